//! `cors = { … }` of a site: what pages of other origins may ask and read.
//!
//! Refused is what could not hold: `*` beside credentials or other origins, methods and headers that
//! browsers never let a page send, a certificate-bearing policy for everybody.

use countersign_core::{ClientMode, Cors, CorsOrigins, Methods, RouteError, SIMPLE_METHODS, TrustedOrigin};

use super::{origins, section::Section};

/// A day; Chromium remembers a grant for two hours at most, Firefox for a day.
const LONGEST: i64 = 86_400;
/// Browsers forget it after five seconds if nothing is said.
const DEFAULT_MAX_AGE: u32 = 600;

/// None within Some: nothing is declared. None: an error was reported.
pub(super) fn read(site: &Section<'_>, mode: ClientMode, trusted: &[TrustedOrigin]) -> Option<Option<Cors>> {
    if site.is_bad("cors") {
        return None;
    }
    let Some(section) = site.table("cors") else { return Some(None) };
    let credentials = section.flag("credentials").unwrap_or(false);
    let origins = origins_of(&section, credentials, mode);
    let methods = methods(&section);
    let (headers, expose) = (headers(&section, "headers"), headers(&section, "expose"));
    let max_age = section.number("max_age").unwrap_or_else(|| DEFAULT_MAX_AGE.into());
    if !section.is_whole() {
        return None;
    }
    let (origins, methods) = (origins?, methods?);
    warn_untrusted(&section, &origins, &methods, trusted);
    Some(Some(Cors {
        origins,
        methods,
        headers: headers?,
        expose: expose?,
        credentials,
        max_age: u32::try_from(max_age.clamp(0, LONGEST)).unwrap_or(DEFAULT_MAX_AGE),
        private_network: section.flag("private_network").unwrap_or(false),
    }))
}

fn origins_of(section: &Section<'_>, credentials: bool, mode: ClientMode) -> Option<CorsOrigins> {
    let field = section.required("origins", "write origins = [\"https://ui.example.com\"]")?;
    let items = field.items();
    let texts: Vec<&str> = items.iter().map(|item| item.text()).collect();
    if texts.is_empty() {
        field.error(
            "a policy without origins grants nothing",
            "write origins = [\"https://ui.example.com\"], or remove cors",
        );
        return None;
    }
    if texts == ["*"] {
        if credentials {
            field.error(
                "browsers refuse \"*\" together with credentials, and it would give what a certificate protects to every page",
                "list the origins, or write credentials = false",
            );
            return None;
        }
        if mode != ClientMode::Off {
            field.warn(
                "\"*\" covers answers to anonymous clients alone: a page that asks without credentials has no certificate (Firefox), and must not profit from one (Chromium)",
                "list the origins, with credentials = true, if pages of other origins act for clients with a certificate",
            );
        }
        return Some(CorsOrigins::Any);
    }
    let mut fits = true;
    for item in &items {
        if item.text() == "*" {
            item.error("\"*\" makes the other origins meaningless", "remove it, or the others");
            fits = false;
        }
    }
    match CorsOrigins::parse(&texts) {
        Ok(origins) => Some(origins).filter(|_| fits),
        Err(errors) => {
            for (index, error) in errors {
                if let Some(item) = items.get(index).filter(|item| item.text() != "*") {
                    item.error(format!("invalid origin {:?}: {error}", item.text()), origins::help(item.text(), error));
                }
            }
            None
        }
    }
}

fn methods(section: &Section<'_>) -> Option<Vec<Box<str>>> {
    let Some(field) = section.field("methods") else { return Some(SIMPLE_METHODS.map(Into::into).to_vec()) };
    let mut methods: Vec<Box<str>> = Vec::new();
    let mut fits = true;
    for item in field.items() {
        let text = item.text();
        if Methods::new([text]).is_err() {
            let upper = text.to_ascii_uppercase();
            let help = if text == "*" {
                "list the methods".into()
            } else if Methods::new([upper.as_str()]).is_ok() {
                format!("write {upper:?}")
            } else {
                "remove it".into()
            };
            item.error(RouteError::Method(text.into()).to_string(), help);
            fits = false;
        } else if !methods.iter().any(|method| &**method == text) {
            methods.push(text.into());
        }
    }
    if methods.is_empty() && fits {
        field.error(
            "a policy without methods grants nothing",
            "write methods = [\"GET\", \"POST\"], or leave it out for GET, HEAD and POST",
        );
        return None;
    }
    fits.then_some(methods)
}

/// Header names in lower case.
fn headers(section: &Section<'_>, key: &str) -> Option<Vec<Box<str>>> {
    let mut names: Vec<Box<str>> = Vec::new();
    let mut fits = true;
    for item in section.items(key) {
        let name = item.text().to_ascii_lowercase();
        let token =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'+-.^_`|~".contains(&b));
        if !token {
            let help = if name == "*" {
                "list the headers: \"*\" does not cover Authorization, nor requests with credentials"
            } else {
                "write the name alone: \"content-type\""
            };
            item.error(format!("{:?} is no header name", item.text()), help);
            fits = false;
        } else if !names.iter().any(|known| **known == *name) {
            names.push(name.into());
        }
    }
    fits.then_some(names)
}

/// Leave to ask is no proof of intent: the request itself is judged as every other.
fn warn_untrusted(section: &Section<'_>, origins: &CorsOrigins, methods: &[Box<str>], trusted: &[TrustedOrigin]) {
    let CorsOrigins::Listed(list) = origins else { return };
    if methods.iter().all(|method| matches!(&**method, "GET" | "HEAD" | "OPTIONS")) {
        return;
    }
    let untrusted: Vec<String> =
        list.iter().filter(|origin| !trusted.contains(origin)).map(|origin| format!("\"{origin}\"")).collect();
    if let (false, Some(field)) = (untrusted.is_empty(), section.field("origins")) {
        field.warn(
            format!("preflights of {} are granted, but their unsafe requests are refused: leave to ask is no proof of intent", untrusted.join(", ")),
            "add them to trusted_origins as well, or declare methods = [\"GET\"]",
        );
    }
}
