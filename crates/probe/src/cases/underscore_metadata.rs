//! Fetch Metadata with underscores.
//!
//! `Sec_Fetch_Site: same-origin` beside the true `Sec-Fetch-Site: cross-site`, and alone: in WSGI both are one
//! variable, and a server that takes them joins them.

use countersign_audit::{Confidence, Severity};

use crate::{
    case::{Case, Class, Needs},
    forgery::{Carried, Forgery, any},
};

pub(super) const CASE: Case = Case {
    id: "underscore-metadata",
    class: Class::Forgery,
    title: "Fetch Metadata with underscores",
    severity: Severity::Low,
    confidence: Confidence::High,
    references: &["CWE-352", "CVE-2026-3902"],
    proves: "A field that the proxy does not know by this spelling decides.",
    cannot: "That a page can send it without a preflight: it cannot, what stands in front of the site must.",
    fix: "Drop names with underscores at the proxy, and leave gunicorn's `header_map` at `drop`.",
    needs: Needs::Write,
    source: include_str!("underscore_metadata.rs"),
    run: |probe| {
        let base = || Forgery::new(probe).cookies(Carried::All);
        any(probe, [base(), base().no_fetch_metadata()].map(|forged| forged.add("Sec_Fetch_Site", "same-origin")))
    },
};
