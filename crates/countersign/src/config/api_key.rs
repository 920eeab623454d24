//! `api_key = { … }` of a route, and the file of the keys.
//!
//! A file that is not there holds no keys, so that nobody passes such a route: the first
//! `countersign key new` makes it. One that is there and cannot be used, or that others may read or
//! write, is refused.

use std::{io, path::Path};

use countersign_core::{ApiKeyRule, ApiKeyRuleError, ApiKeys, Audience};

use super::{
    files::{self, Files},
    section::Section,
};
use crate::key::ApiKeyFile;

/// None if an error was reported.
pub(super) fn file(root: &Section<'_>, state: &Path) -> Option<ApiKeyFile> {
    let section = root.table("state");
    let section = section.as_ref();
    if section.is_some_and(|section| section.is_bad("api_keys")) {
        return None;
    }
    let named = section.and_then(|section| section.field("api_keys"));
    let error = |message: String, help: &str| match named {
        Some(field) => field.error(message, help),
        None => root.error(message, help),
    };
    let path = match named.map(|field| field.text()) {
        Some("") => {
            error(
                "the path of the file of API keys is empty".into(),
                "remove api_keys to have it in the state directory",
            );
            return None;
        }
        Some(path) => root.cx.resolve(path),
        None => ApiKeyFile::made(state),
    };
    read(root.cx.files, &path).map_err(|(message, help)| error(message, help)).ok()
}

/// The keys of a file, or what is wrong with it and what to do.
pub(super) fn read(files: &dyn Files, path: &Path) -> Result<ApiKeyFile, (String, &'static str)> {
    let bytes = match files.read(path) {
        Ok(bytes) => bytes,
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(ApiKeyFile::empty(path)),
        Err(fault) => return Err((files::reason(path, &fault), "")),
    };
    if let Some(mode) = files.mode(path).filter(|mode| mode & 0o077 != 0) {
        let message = format!(
            "too many may read or write the file of API keys {path:?} (mode {mode:04o}): who writes it hands out keys"
        );
        return Err((message, "chmod it to 600, and look through it: countersign key list"));
    }
    ApiKeyFile::read(path, &bytes).map_err(|fault| {
        let help = "put the last good one back; countersign key new and revoke write it as a whole";
        (format!("the file of API keys {path:?} cannot be used: {fault}"), help)
    })
}

/// None within Some: the route asks for no key. None: an error was reported. `keys` are those of the
/// site, if they are known.
pub(super) fn of_route(
    route: &Section<'_>,
    audience: Option<Audience>,
    keys: Option<&ApiKeys>,
) -> Option<Option<ApiKeyRule>> {
    if route.is_bad("api_key") {
        return None;
    }
    let Some(section) = route.table("api_key") else { return Some(None) };
    let scope = section.required("scope", "write scope = \"orders\", as countersign key new --scope orders has it");
    if section.is_bad("header") || section.is_bad("forward") {
        return None;
    }
    let field = section.field("header");
    let header = field.map_or(ApiKeyRule::HEADER, |field| field.text());
    let scope = scope?;
    let forward = section.flag("forward").unwrap_or(false);
    let rule = match ApiKeyRule::new(header, scope.text(), forward) {
        Ok(rule) => rule,
        Err(error @ ApiKeyRuleError::Scope) => {
            scope.error(format!("{:?} is no scope: {error}", scope.text()), "write scope = \"orders\"");
            return None;
        }
        Err(error) => {
            field?.error(format!("{header:?} cannot bear a key: {error}"), "write header = \"X-API-Key\"");
            return None;
        }
    };
    if audience == Some(Audience::Browser) {
        section.warn(
            "a page can send a key only if its scripts know it, and so does everybody who reads the page",
            "write audience = \"machine\" or \"any\" for the route, or remove api_key",
        );
    }
    let usable = |keys: &ApiKeys| keys.iter().any(|key| key.has_scope(rule.scope()) && key.counts(route.cx.now));
    if keys.is_some_and(|keys| !usable(keys)) {
        scope.warn(
            format!("nobody has a key for {:?}, so that nobody may call this route", rule.scope()),
            format!("make one: countersign key new --scope {}", rule.scope()),
        );
    }
    Some(Some(rule))
}
