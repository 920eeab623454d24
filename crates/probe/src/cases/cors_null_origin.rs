//! A sandboxed frame may read.
//!
//! As `cors-reflection` with `Origin: null`, which every page can have: lists of trusted origins that contain
//! `null` are common.

use super::cors;
use crate::case::{Case, Class, Needs};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "cors-null-origin",
    class: Class::Forgery,
    title: "A sandboxed frame may read",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["Fetch: CORS protocol and credentials", "CWE-942"],
    proves: "Any page reads the victim's data, from a sandboxed frame.",
    cannot: "That every path does so: the page that shows the user was asked.",
    fix: "Take `null` off the list of allowed origins.",
    needs: Needs::Page,
    source: include_str!("cors_null_origin.rs"),
    run: |probe| {
        let request = probe.bare(&probe.site.whoami).with("Origin", "null").with("Sec-Fetch-Site", "cross-site");
        let exchange = probe.client.send(request.with("Sec-Fetch-Mode", "cors"));
        cors(probe, &exchange, "null")
    },
};
