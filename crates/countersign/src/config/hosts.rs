//! `hosts` of a site, and that no two sites claim one name.

use std::{collections::HashMap, ops::Range};

use countersign_core::{Host, HostError, HostPattern};

use super::section::{Field, Section};
use crate::diagnostic::{Problem, Severity};

/// A host with its place.
pub(super) struct Named<'d> {
    pub(super) pattern: HostPattern,
    field: Field<'d>,
}

pub(super) fn read<'d>(section: &Section<'d>) -> Vec<Named<'d>> {
    let Some(field) = section.required("hosts", "write hosts = [\"app.example.com\"]") else { return Vec::new() };
    if field.items().is_empty() {
        field.error("a site without hosts serves nothing", "write hosts = [\"app.example.com\"]");
    }
    let named = field.items().into_iter().filter_map(|field| match HostPattern::parse(field.text()) {
        Ok(pattern) => Some(Named { pattern, field }),
        Err(error) => {
            let why = if field.text().contains("://") { "it is a URL".into() } else { error.to_string() };
            field.error(format!("{:?} is no host name: {why}", field.text()), help(field.text(), error));
            None
        }
    });
    named.collect()
}

/// What was probably meant: a URL, a port or a dot too many.
fn help(text: &str, error: HostError) -> String {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let rest = rest
        .split('/')
        .next()
        .unwrap_or_default()
        .trim_end_matches('.')
        .trim_start_matches("*.")
        .trim_start_matches('.');
    let bare = Host::parse(rest.as_bytes()).map_or(rest, |host| host.name());
    let guess = if text.contains('*') || text.starts_with('.') { format!("*.{bare}") } else { bare.to_owned() };
    match (error, HostPattern::parse(&guess)) {
        (_, Ok(guess)) => format!("write {:?}", guess.to_string()),
        (HostError::Wildcard, _) => {
            "write \"*.example.com\"; there is no site for all names, because each needs its certificate".into()
        }
        (HostError::Character, _) if !text.is_ascii() => "write its ASCII form, which starts with xn--".into(),
        _ => "write \"app.example.com\"".into(),
    }
}

/// Two equal patterns are an error. An exact name beside a wildcard that covers it is worth a note:
/// the exact one wins.
pub(super) fn report_overlaps(root: &Section<'_>, sites: &[Vec<Named<'_>>]) {
    let mut seen: HashMap<&HostPattern, Range<usize>> = HashMap::new();
    for named in sites.iter().flatten() {
        if let Some(first) = seen.get(&named.pattern) {
            root.cx.push(
                Problem::new(
                    Severity::Error,
                    Some(named.field.at.clone()),
                    &named.field.key,
                    format!("{:?} is served twice", named.pattern.to_string()),
                    "remove one of the two",
                )
                .related(first.clone(), "first named here"),
            );
        } else {
            seen.insert(&named.pattern, named.field.at.clone());
        }
    }
    for (n, site) in sites.iter().enumerate() {
        for named in site.iter().filter(|named| !named.pattern.is_wildcard()) {
            let Some(dot) = named.pattern.name().find('.') else { continue };
            let parent = named.pattern.name().get(dot..).unwrap_or_default();
            let covers = |other: &&Named<'_>| other.pattern.is_wildcard() && other.pattern.name() == parent;
            let elsewhere = sites.iter().enumerate().filter(|(m, _)| *m != n);
            if let Some(other) = elsewhere.flat_map(|(_, site)| site).find(covers) {
                root.cx.push(
                    Problem::new(
                        Severity::Note,
                        Some(named.field.at.clone()),
                        &named.field.key,
                        format!(
                            "{:?} is served here, not by the site of {:?}",
                            named.pattern.to_string(),
                            other.pattern.to_string()
                        ),
                        "",
                    )
                    .related(other.field.at.clone(), "an exact name wins over this"),
                );
            }
        }
    }
}
