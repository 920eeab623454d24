//! `bind_cookies`, `bind_to`, `accept_unbound_until` and `cookies = { … }` of a site.
//!
//! Refused is what could not hold: a name that no cookie has, `__Host-` without what browsers demand
//! for it, a date for a site that binds nothing. The key file follows the rules of `assertion`, but
//! no app reads it, so nobody but its owner may.

use std::{io, path::Path};

use countersign_assertion::{Algorithm, KeySet};
use countersign_core::{HostPattern, UnixTime};
use countersign_gateway::{BindTo, CookiePolicy, CookieRepair, CookieRing, SameSite};
use http::HeaderName;
use time::{Month, OffsetDateTime, Time};
use toml::{de::DeValue, value::Datetime};

use super::{
    files,
    section::{Field, Section},
};
use crate::key::{KeyFile, Purpose};

/// What is bound unless the site says otherwise: Django's two.
const DEFAULT_NAMES: [&str; 2] = ["sessionid", CookiePolicy::CSRF_COOKIE];

/// None if an error was reported. The key file is there if cookies are bound.
/// `exported`: the names of Django's CSRF cookie and header in the app's exported settings.
pub(super) fn read(
    site: &Section<'_>,
    hosts: &[HostPattern],
    state: &Path,
    exported: Option<&(String, String)>,
) -> Option<(CookiePolicy, Option<KeyFile>)> {
    let name = hosts.first()?.to_string();
    let section = site.table("cookies");
    let section = section.as_ref();
    let broken = ["bind_cookies", "bind_to", "accept_unbound_until", "cookies"].iter().any(|key| site.is_bad(key));
    if broken || section.is_some_and(|section| !section.is_whole()) {
        return None;
    }
    let names = names(site);
    let repair = section.map_or_else(|| Some(CookieRepair::default()), |section| repair(section, names.as_deref()));
    let csrf = csrf(section, exported);
    let until = until(site, names.as_deref());
    let (names, repair, (csrf_cookie, csrf_header), accept_unbound_until) = (names?, repair?, csrf?, until?);
    let named = section.and_then(|section| section.field("keys"));
    let (ring, file) = if names.is_empty() {
        if let Some(field) = named {
            field.error(
                "no cookie is bound, so there is nothing to seal",
                "remove keys, or name cookies in bind_cookies",
            );
            return None;
        }
        (CookieRing::empty(), None)
    } else {
        let file = key_file(site, named, &name, state)?;
        let ring = CookieRing::new(&file.keys);
        (ring?, Some(file))
    };
    let bind_to = match site.field("bind_to").map(Field::text) {
        Some("key") => BindTo::Key,
        _ => BindTo::Identity,
    };
    let policy = CookiePolicy {
        site: name.into(),
        names,
        bind_to,
        ring,
        accept_unbound_until,
        csrf_cookie,
        csrf_header,
        repair,
    };
    Some((policy, file))
}

fn names(site: &Section<'_>) -> Option<Vec<Box<str>>> {
    let Some(field) = site.field("bind_cookies") else { return Some(DEFAULT_NAMES.map(Into::into).to_vec()) };
    let mut names: Vec<Box<str>> = Vec::new();
    let mut fits = true;
    for item in field.items() {
        let name = item.text();
        if !is_name(name) {
            item.error(format!("{name:?} is no cookie name"), "write the name alone: \"sessionid\"");
            fits = false;
        } else if names.iter().any(|known| **known == *name) {
            item.error(format!("{name:?} is listed twice"), "remove one of the two");
            fits = false;
        } else {
            names.push(name.into());
        }
    }
    fits.then_some(names)
}

/// A token of RFC 9110, as RFC 6265 has it; `%` and spaces are what a server could read otherwise.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&'*+-.^_`|~".contains(&b))
}

fn repair(section: &Section<'_>, names: Option<&[Box<str>]>) -> Option<CookieRepair> {
    let default = CookieRepair::default();
    let flag = |key: &str, default| section.flag(key).unwrap_or(default);
    let repair = CookieRepair {
        secure: flag("secure", default.secure),
        http_only: flag("http_only", default.http_only),
        same_site: match section.field("same_site").map(Field::text) {
            Some("off") => None,
            Some("strict") => Some(SameSite::Strict),
            _ => default.same_site,
        },
        host_only: flag("host_only", default.host_only),
        host_prefix: flag("host_prefix", default.host_prefix),
    };
    let Some(field) = section.field("host_prefix").filter(|_| repair.host_prefix) else { return Some(repair) };
    let mut fits = true;
    for (key, on) in [("secure", repair.secure), ("host_only", repair.host_only)] {
        if !on {
            field.error(
                format!("browsers take a __Host- cookie only with Secure and without Domain, and {key} = false keeps it from that"),
                format!("remove {key} = false, or write host_prefix = false"),
            );
            fits = false;
        }
    }
    if let Some(names) = names {
        if names.is_empty() {
            field.error(
                "host_prefix renames bound cookies, and none is bound",
                "remove host_prefix, or name cookies in bind_cookies",
            );
            fits = false;
        }
        for name in names.iter().filter(|name| name.starts_with("__")) {
            field.error(format!("the app's {name:?} has a prefix of its own"), "write host_prefix = false");
            fits = false;
        }
    }
    fits.then_some(repair)
}

fn csrf(section: Option<&Section<'_>>, exported: Option<&(String, String)>) -> Option<(Box<str>, HeaderName)> {
    let field = |key: &str| section.and_then(|section| section.field(key));
    let cookie = match field("csrf_cookie") {
        Some(field) if !is_name(field.text()) => {
            field.error(format!("{:?} is no cookie name", field.text()), "write the value of CSRF_COOKIE_NAME");
            None
        }
        Some(field) => match exported {
            Some((name, _)) if name != field.text() => {
                differs(field, name);
                None
            }
            _ => Some(field.text().into()),
        },
        None => Some(exported.map_or(CookiePolicy::CSRF_COOKIE, |(name, _)| name).into()),
    };
    let header = match field("csrf_header") {
        Some(field) => {
            let text = field.text();
            let name = HeaderName::try_from(text).ok();
            let name = name.filter(|_| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
            if name.is_none() {
                field.error(format!("{text:?} is no header name"), "write it as it is sent: \"X-CSRFToken\"");
            }
            match exported {
                Some((_, exported)) if name.as_ref().is_some_and(|name| name.as_str() != exported) => {
                    differs(field, exported);
                    None
                }
                _ => name,
            }
        }
        None => exported.map_or(Some(CookiePolicy::CSRF_HEADER), |(_, name)| HeaderName::try_from(name).ok()),
    };
    Some((cookie?, header?))
}

/// There is one truth about the app.
fn differs(field: &Field<'_>, exported: &str) {
    field.error(
        format!("the app's exported settings (django.settings) say {exported:?}, and not {:?}", field.text()),
        "remove it here, or export the settings again: python manage.py countersign settings",
    );
}

/// None within Some: no such date.
fn until(site: &Section<'_>, names: Option<&[Box<str>]>) -> Option<Option<UnixTime>> {
    let Some(field) = site.field("accept_unbound_until") else { return Some(None) };
    let DeValue::Datetime(date) = field.value else { return None };
    let Some(until) = instant(date) else {
        field.error(format!("{date} is no date in UTC"), "write a day, 2027-01-31: its first second in UTC ends it");
        return None;
    };
    if names.is_some_and(<[_]>::is_empty) {
        field.error(
            "no cookie is bound, so all are accepted",
            "remove accept_unbound_until, or name cookies in bind_cookies",
        );
        return None;
    }
    if until <= site.cx.now {
        field.warn(
            format!("{date} is over: values from before are dropped, as without it"),
            "remove accept_unbound_until",
        );
    }
    Some(Some(until))
}

/// A day begins at midnight UTC; a time needs its offset.
fn instant(date: &Datetime) -> Option<UnixTime> {
    let day = date.date?;
    let day = time::Date::from_calendar_date(day.year.into(), Month::try_from(day.month).ok()?, day.day).ok()?;
    let (time, offset) = match (date.time, date.offset) {
        (None, None) => (Time::MIDNIGHT, 0),
        (Some(time), Some(offset)) => {
            let minutes = match offset {
                toml::value::Offset::Z => 0,
                toml::value::Offset::Custom { minutes } => minutes.into(),
            };
            (Time::from_hms(time.hour, time.minute, time.second.unwrap_or(0)).ok()?, minutes)
        }
        _ => return None,
    };
    Some(UnixTime(OffsetDateTime::new_utc(day, time).unix_timestamp() - i64::from(offset) * 60))
}

fn key_file(site: &Section<'_>, named: Option<&Field<'_>>, name: &str, state: &Path) -> Option<KeyFile> {
    let error = |message: String, help: &str| match named {
        Some(field) => field.error(message, help),
        None => site.error(message, help),
    };
    let path = match named.map(Field::text) {
        Some("") => {
            error("the path of the key file is empty".into(), "remove keys to have a file made");
            return None;
        }
        Some(file) => site.cx.resolve(file),
        None => KeyFile::made_for_cookies(state, name),
    };
    let file = |keys, missing| KeyFile {
        site: name.into(),
        purpose: Purpose::Cookies,
        path: path.clone(),
        public: None,
        keys,
        missing,
    };
    let bytes = match site.cx.files.read(&path) {
        Ok(bytes) => bytes,
        Err(fault) if fault.kind() == io::ErrorKind::NotFound && named.is_none() => {
            let keys = KeySet::generate(Algorithm::Hs256, site.cx.now);
            return Some(file(keys.map_err(|fault| error(fault.to_string(), "")).ok()?, true));
        }
        Err(fault) => {
            error(files::reason(&path, &fault), "remove keys to have a file made");
            return None;
        }
    };
    if let Some(mode) = site.cx.files.mode(&path).filter(|mode| mode & 0o077 != 0) {
        error(
            format!(
                "others may read or write the cookie keys {path:?} (mode {mode:04o}): they could open stolen cookies, and make some for anybody"
            ),
            "chmod it to 600, and make new keys: countersign key rotate --cookies --now",
        );
        return None;
    }
    match KeySet::read(Algorithm::Hs256, &bytes) {
        Ok(keys) => Some(file(keys, false)),
        Err(fault) => {
            error(
                format!("the cookie keys {path:?} cannot be used: {fault}"),
                "put the file back, or move it away to have another made: everybody then logs in once more",
            );
            None
        }
    }
}
