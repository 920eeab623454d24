//! `assertion = { … }` of a site: what the statement to its app says and is signed with.
//!
//! There is no site without it. A key file that is not there yet is made at the start of `run` and
//! `dev`: here its keys exist in memory only, so that `check` writes nothing. One that is there and
//! cannot be used is refused, never replaced: an app may hold the same keys.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use countersign_assertion::{Algorithm, KeySet, Minter, Mode};
use countersign_core::HostPattern;

use super::{
    files,
    section::{Field, Section},
};
use crate::key::{KeyFile, Purpose};

/// A longer name is a mistake.
const LONGEST_NAME: usize = 255;

/// None if an error was reported.
pub(super) fn read(site: &Section<'_>, hosts: &[HostPattern], state: &Path) -> Option<(Arc<Minter>, KeyFile)> {
    let name = hosts.first()?.to_string();
    let section = site.table("assertion");
    let section = section.as_ref();
    if site.is_bad("assertion") || section.is_some_and(|section| !section.is_whole()) {
        return None;
    }
    let text = |key: &str, default: &str| match section.and_then(|section| section.field(key)) {
        Some(field) => checked_name(field),
        None => Some(default.to_owned()),
    };
    let code = |key: &str| section.and_then(|section| section.field(key)).map(Field::text);
    let algorithm: Algorithm = code("alg").and_then(|code| code.parse().ok()).unwrap_or_default();
    let mode = if code("mode") == Some(Mode::Session.code()) { Mode::Session } else { Mode::Bound };
    let (issuer, audience) = (text("issuer", "countersign"), text("audience", &name));
    if mode == Mode::Session && algorithm == Algorithm::Hs256 {
        let help = "remove mode, or write alg = \"es256\"";
        section?.error("mode \"session\" saves signatures, which cost nothing with hs256: it would only loosen", help);
        return None;
    }
    let file = key_file(site, section.and_then(|section| section.field("keys")), name, algorithm, state)?;
    let minter = Minter::new(file.keys.clone(), mode, &issuer?, &audience?);
    let minter = minter.map_err(|error| site.error(error.to_string(), "name the file with the private keys"));
    Some((Arc::new(minter.ok()?), file))
}

fn checked_name(field: &Field<'_>) -> Option<String> {
    let text = field.text();
    if !text.is_empty() && text.len() <= LONGEST_NAME && !text.chars().any(char::is_control) {
        return Some(text.to_owned());
    }
    field.error(
        format!("{text:?} is no name: expected 1 to {LONGEST_NAME} bytes without control characters"),
        "write what the app is configured with",
    );
    None
}

fn key_file(
    site: &Section<'_>,
    named: Option<&Field<'_>>,
    name: String,
    algorithm: Algorithm,
    state: &Path,
) -> Option<KeyFile> {
    let error = |message: String, help: String| match named {
        Some(field) => field.error(message, help),
        None => site.error(message, help),
    };
    let (path, public) = match named.map(Field::text) {
        Some("") => {
            error("the path of the key file is empty".into(), "remove keys to have a file made".into());
            return None;
        }
        Some(file) => KeyFile::named(&site.cx.resolve(file), algorithm),
        None => KeyFile::made(state, &name, algorithm),
    };
    let bytes = match site.cx.files.read(&path) {
        Ok(bytes) => bytes,
        Err(missing) if missing.kind() == io::ErrorKind::NotFound && named.is_none() => {
            in_the_way(site, public.as_deref(), &error)?;
            let keys = KeySet::generate(algorithm, site.cx.now);
            let keys = keys.map_err(|fault| error(fault.to_string(), String::new())).ok()?;
            return Some(KeyFile { site: name, purpose: Purpose::Assertion, path, public, keys, missing: true });
        }
        Err(fault) => {
            error(files::reason(&path, &fault), "remove keys to have a file made".into());
            return None;
        }
    };
    // The app reads the HS256 file too, and may be of another user but the same group.
    let (forbidden, help) = match algorithm {
        Algorithm::Hs256 => (0o037, "600, or 640 if the app is another user of the file's group"),
        Algorithm::Es256 => (0o077, "600"),
    };
    if let Some(mode) = site.cx.files.mode(&path).filter(|mode| mode & forbidden != 0) {
        error(
            format!(
                "too many may read or write the key file {path:?} (mode {mode:04o}): they could speak for the gateway"
            ),
            format!("chmod it to {help}, and make new keys: countersign key rotate --now"),
        );
        return None;
    }
    let keys = KeySet::read(algorithm, &bytes).map_err(|fault| {
        let help = if named.is_some() {
            "write a JWK Set as docs/assertion.md has it, or remove keys to have one made"
        } else {
            "put the file back, or move it away to have another made: the app needs the new one too"
        };
        error(format!("the key file {path:?} cannot be used: {fault}"), help.into());
    });
    in_the_way(site, public.as_deref(), &error)?;
    Some(KeyFile { site: name, purpose: Purpose::Assertion, path, public, keys: keys.ok()?, missing: false })
}

/// The public file is written over; something else that stands there is not.
fn in_the_way(site: &Section<'_>, public: Option<&Path>, error: &impl Fn(String, String)) -> Option<()> {
    let Some(path) = public else { return Some(()) };
    match site.cx.files.read(path) {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Some(()),
        Ok(bytes) if KeySet::read(Algorithm::Es256, &bytes).is_ok_and(|keys| !keys.signs()) => Some(()),
        _ => {
            error(
                format!("the public keys belong into {path:?}, where something else stands"),
                "move it away: keys of another algorithm, perhaps".into(),
            );
            None
        }
    }
}

/// Sites whose apps differ and that share a secret: each app could speak for the gateway to the other.
pub(super) fn warn_shared(sites: &[(Option<Field<'_>>, &KeyFile, String)]) {
    let mut seen: Vec<(&PathBuf, &str, &str)> = Vec::new();
    for (field, file, upstream) in sites {
        let other = seen.iter().find(|(path, _, app)| **path == file.path && app != upstream);
        if let (Some((_, site, _)), Some(field)) = (other, field)
            && file.public.is_none()
        {
            field.warn(
                format!(
                    "the app of {site:?} has the same keys: each of the two could speak for the gateway to the other"
                ),
                "remove keys to have a file made for each site",
            );
        }
        seen.push((&file.path, &file.site, upstream));
    }
}
