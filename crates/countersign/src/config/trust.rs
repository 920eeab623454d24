//! `[trust.NAME]`: which CAs vouch for clients.

use std::{cell::Cell, ops::Range, path::PathBuf, sync::Arc};

use countersign_gateway::{Trust, TrustError};
use rustls::pki_types::CertificateDer;

use super::{
    pem, revocation,
    section::{Field, Section},
};
use crate::diagnostic::{Problem, Severity};

/// CAs allowed between a leaf and an anchor, unless `max_depth` says otherwise.
pub(super) const MAX_DEPTH: usize = 3;

/// A declared trust.
pub(super) struct Declared {
    pub(super) name: String,
    at: Range<usize>,
    /// None if it was refused.
    pub(super) trust: Option<Arc<Trust>>,
    /// Its deny list, if it has one.
    pub(super) deny: Option<PathBuf>,
    pub(super) used: Cell<bool>,
}

pub(super) fn read(root: &Section<'_>) -> Vec<Declared> {
    let declared = root.named("trust").into_iter().map(|(name, section)| {
        let well_named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !well_named {
            section.error(
                format!("{name:?} is no name for a trust, because logs and metrics bear it"),
                "write letters, digits, hyphens and underscores",
            );
        }
        let deny = section.field("deny").map(|field| root.cx.resolve(field.text()));
        let trust = one(name, &section);
        Declared { name: name.into(), at: section.at, trust, deny, used: Cell::new(false) }
    });
    declared.collect()
}

fn one(name: &str, section: &Section<'_>) -> Option<Arc<Trust>> {
    let field = section.required("ca", "write ca = [\"ca.pem\"]")?;
    let max_depth = section.number("max_depth").and_then(|n| n.try_into().ok()).unwrap_or(MAX_DEPTH);
    let mut cas = Vec::new();
    // For each certificate, the field that brought it and its position in that file.
    let mut from: Vec<(Field<'_>, usize)> = Vec::new();
    let mut whole = true;
    for item in field.items() {
        match file(section, &item) {
            Some(list) => {
                from.extend((1..=list.len()).map(|n| (item.clone(), n)));
                cas.extend(list);
            }
            None => whole = false,
        }
    }
    if field.items().is_empty() {
        field.error("there is no CA in it, so nobody could be let in", "write ca = [\"ca.pem\"]");
        return None;
    }
    // Read even if the CAs are refused, so that all that is wrong is told at once.
    let lists = revocation::read(section);
    match Trust::new(name, &cas, max_depth, section.cx.now) {
        Ok(trust) => {
            let revocation = revocation::check(section, &trust, lists?)?;
            Some(Arc::new(trust.with_revocation(revocation))).filter(|_| whole)
        }
        Err(errors) => {
            for error in errors {
                refused(field, &from, &error, whole);
            }
            None
        }
    }
}

fn file(section: &Section<'_>, item: &Field<'_>) -> Option<Vec<CertificateDer<'static>>> {
    let read = section.cx.read(item.text()).and_then(|bytes| {
        pem::certificates(&bytes).map_err(|(why, help)| {
            (format!("{:?} is no list of CAs: {why}", item.text()), help.replace("FILE", item.text()))
        })
    });
    read.map_err(|(message, help)| item.error(message, help)).ok()
}

fn refused(field: &Field<'_>, from: &[(Field<'_>, usize)], error: &TrustError, whole: bool) {
    const HELP: &str = "put the CA certificate that holds now in its place, or leave it out";
    match error {
        TrustError::Certificate { index, why } => match from.get(index.wrapping_sub(1)) {
            Some((item, n)) => {
                item.error(format!("certificate {n} of {:?} cannot be used as a CA: {why}", item.text()), HELP);
            }
            None => field.error(error.to_string(), ""),
        },
        // Empty because a file was refused: that was said.
        TrustError::Empty if !whole => {}
        _ => field.error(error.to_string(), ""),
    }
}

/// Warns of a trust that no site refers to.
pub(super) fn report_unused(trusts: &[Declared], root: &Section<'_>) {
    for trust in trusts.iter().filter(|trust| !trust.used.get() && !root.cx.broken.get()) {
        let key = format!("trust.{}", trust.name);
        let message = format!("no site refers to {key}");
        let help = format!("write client = {{ trust = {:?} }} in a [[site]], or remove it", trust.name);
        root.cx.push(Problem::new(Severity::Warning, Some(trust.at.clone()), key, message, help));
    }
}
