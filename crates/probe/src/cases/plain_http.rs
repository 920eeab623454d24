//! The site over plain http.
//!
//! The page over http, at port 80 or where `--plain-http` says. It may redirect to https and nothing else: no
//! certificate can be asked for there.

use super::plain_http;
use crate::case::{Case, Class, Needs};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "plain-http",
    class: Class::Site,
    title: "The site over plain http",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["RFC 6797", "CWE-319"],
    proves: "The site answers without TLS: without a certificate, readable and changeable on the way.",
    cannot: "",
    fix: "Answer http with a redirect to https only, or not at all.",
    needs: Needs::Page,
    source: include_str!("plain_http.rs"),
    run: |probe| plain_http(probe),
};
