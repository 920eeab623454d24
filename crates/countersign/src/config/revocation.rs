//! `crl`, `crl_stale` and `deny` of `[trust.NAME]`: what was revoked.
//!
//! A file that is missing, empty, cut off or of the wrong kind is an error, and so is a line of the
//! deny list that cannot be read: each would let in somebody who was shut out. A CRL that *ended*
//! is a warning, even where it means that every client is refused: a gateway that is restarted after
//! a missed update must come up and tell people so on its pages, and admit them as soon as the new
//! CRL is there; one that does not start tells nobody anything.

use std::sync::Arc;

use countersign_core::UnixTime;
use countersign_gateway::{Crl, CrlFacts, DenyList, LoadedCrl, Revocation, Stale, Trust};

use super::{
    pem,
    section::{Field, Section},
    value,
};

/// No CRL file is larger: five million entries.
const LARGEST: u64 = 256 << 20;
/// A CRL that ends so soon should have been replaced by now.
const SOON: i64 = 24 * 3_600;

/// What the keys name, read.
pub(super) struct Lists {
    crls: Vec<LoadedCrl>,
    stale: Stale,
    deny: DenyList,
}

/// None only if an error was reported.
pub(super) fn read(section: &Section<'_>) -> Option<Lists> {
    let crls: Vec<Option<Vec<LoadedCrl>>> = section.items("crl").iter().map(|item| file(section, item)).collect();
    let crls: Option<Vec<Vec<LoadedCrl>>> = crls.into_iter().collect();
    let stale = stale(section);
    let deny = match section.field("deny") {
        Some(field) => deny(section, field),
        None => Some(DenyList::default()),
    };
    let whole = !["crl", "crl_stale", "deny"].iter().any(|name| section.is_bad(name));
    let lists = Lists { crls: crls?.concat(), stale: stale?, deny: deny? };
    whole.then_some(lists)
}

/// For this trust; None only if an error was reported.
pub(super) fn check(section: &Section<'_>, trust: &Trust, lists: Lists) -> Option<Revocation> {
    let now = section.cx.now;
    let Some(field) = section.field("crl") else {
        return Revocation::new(trust, Vec::new(), lists.stale, lists.deny, now).ok();
    };
    let items = field.items();
    let item = |file: &str| items.iter().find(|item| item.text() == file).unwrap_or(field);
    let revocation = Revocation::new(trust, lists.crls, lists.stale, lists.deny, now).map_err(|errors| {
        for error in errors {
            let help = "ask the CA for the CRL that holds now, and put it in the place of the file";
            item(error.file()).error(error.to_string(), help);
        }
    });
    let revocation = revocation.ok()?;
    for crl in revocation.crls() {
        warn(item(crl.file), &crl, lists.stale, now);
    }
    for ca in revocation.uncovered(trust) {
        field.warn(
            format!("there is no CRL of {ca:?}, so whoever it issued is refused (client-cert-crl-missing)"),
            "add its CRL, or put the CA into a trust of its own",
        );
    }
    Some(revocation)
}

fn file(section: &Section<'_>, item: &Field<'_>) -> Option<Vec<LoadedCrl>> {
    let name = item.text();
    if name.starts_with("https://") || name.starts_with("http://") {
        item.error(
            format!("{name:?} is not available yet: fetching CRLs"),
            "download it now and then, rename it into place, and name the file",
        );
        return None;
    }
    let crls = section.cx.read_at_most(name, LARGEST).and_then(|bytes| {
        let read = || {
            let ders = pem::crls(&bytes).map_err(|(why, help)| {
                (format!("{name:?} is no list of revoked certificates: {why}"), help.replace("FILE", name))
            })?;
            let one = |(n, der): (usize, &Vec<u8>)| {
                let which = if ders.len() == 1 { String::new() } else { format!("CRL {} of ", n + 1) };
                Crl::read(der).map(Arc::new).map_err(|error| {
                    let help = "see what it is with openssl crl -noout -text -in FILE".replace("FILE", name);
                    (format!("{which}{name:?} cannot be used: {error}"), help)
                })
            };
            ders.iter().enumerate().map(one).collect::<Result<Vec<_>, _>>()
        };
        match section.cx.files.crl_cache() {
            Some(cache) => cache.get(&bytes, read),
            None => read(),
        }
    });
    let crls = crls.map_err(|(message, help)| item.error(message, help)).ok()?;
    Some(crls.into_iter().map(|crl| LoadedCrl { crl, file: name.into() }).collect())
}

fn stale(section: &Section<'_>) -> Option<Stale> {
    const HELP: &str = "write \"deny\", \"grace:6h\" or \"allow\"";
    let Some(field) = section.field("crl_stale") else { return Some(Stale::Deny) };
    if section.items("crl").is_empty() {
        field.warn("crl_stale means nothing without crl", "write crl = [\"FILE\"], or remove it");
    }
    match field.text() {
        "deny" => Some(Stale::Deny),
        "allow" => Some(Stale::Allow),
        text => match text.strip_prefix("grace:").map(value::duration) {
            Some(Ok(grace)) => Some(Stale::Grace(grace)),
            Some(Err(_)) => {
                field.error(
                    format!("{text:?} has no duration behind \"grace:\""),
                    "write a number and a unit: \"grace:6h\"",
                );
                None
            }
            None => {
                field.error(format!("expected \"deny\", \"grace:…\" or \"allow\", found {text:?}"), HELP);
                None
            }
        },
    }
}

fn deny(section: &Section<'_>, field: &Field<'_>) -> Option<DenyList> {
    let name = field.text();
    if name.is_empty() {
        field.error("deny names no file", "write deny = \"denied.txt\", or remove it");
        return None;
    }
    let bytes = section.cx.read(name).map_err(|(message, help)| field.error(message, help)).ok()?;
    let report = |errors: Vec<String>| {
        for error in errors {
            let help = if error == EMPTY {
                "if nobody is denied, write a comment into it: # nobody"
            } else {
                "a line that is skipped would let in whom it denies"
            };
            field.error(format!("{name:?} {error}"), help);
        }
    };
    parse_deny_list(bytes).map_err(report).ok()
}

const EMPTY: &str = "is empty";

/// What is wrong follows the name of the file.
pub(super) fn parse_deny_list(bytes: Vec<u8>) -> Result<DenyList, Vec<String>> {
    if bytes.trim_ascii().is_empty() {
        // A copy that failed looks the same as a list on which nobody is.
        return Err(vec![EMPTY.into()]);
    }
    let text = String::from_utf8(bytes).map_err(|_| vec!["is no UTF-8 text".into()])?;
    DenyList::parse(&text).map_err(|errors| errors.iter().map(|error| format!("is no deny list: {error}")).collect())
}

fn warn(item: &Field<'_>, crl: &CrlFacts<'_>, stale: Stale, now: UnixTime) {
    const HELP: &str = "put the CA's current CRL in its place";
    let CrlFacts { issuer, this_update, next_update, .. } = crl;
    if now < *this_update {
        let message = format!("the CRL of {issuer:?} counts from {this_update} only");
        item.warn(message, "check this machine's clock and the CA's");
    }
    if now <= *next_update {
        if next_update.0.saturating_sub(now.0) < SOON {
            item.warn(format!("the CRL of {issuer:?} ends on {next_update}, within a day"), HELP);
        }
        return;
    }
    let message = format!("the CRL of {issuer:?} ended on {next_update}");
    let consequence = match stale {
        Stale::Grace(grace) => {
            let end = next_update.0.saturating_add(i64::try_from(grace.as_secs()).unwrap_or(i64::MAX));
            if now.0 <= end { format!("it still counts until {}", UnixTime(end)) } else { everybody() }
        }
        Stale::Allow => "it still counts, and what was revoked since is let in".into(),
        Stale::Deny => everybody(),
    };
    item.warn(format!("{message}; {consequence}"), HELP);
}

fn everybody() -> String {
    "every client that it covers is refused (client-cert-crl-stale)".into()
}
