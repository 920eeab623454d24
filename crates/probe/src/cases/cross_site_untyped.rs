//! A body without a type.
//!
//! `fetch(url, {mode: "no-cors", body: new Blob([json])})` sends a body without any `Content-Type`; Chromium
//! and Firefox both do. Checks that refuse "simple" media types find nothing to refuse.

use crate::{
    case::{Case, Class, Needs},
    forgery::{Encoding, Forgery},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "cross-site-untyped",
    class: Class::Forgery,
    title: "A body without a type",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "Fetch: extract a body, Blob"],
    proves: "An endpoint that refuses form media types takes a body that has none, from any page.",
    cannot: "That a page could read the answer: it cannot, unless CORS lets it (see cors-reflection).",
    fix: "Refuse bodies whose `Content-Type` is absent, and check `Origin` all the same.",
    needs: Needs::Write,
    source: include_str!("cross_site_untyped.rs"),
    run: |probe| Forgery::new(probe).encoded(Encoding::Untyped).run(probe),
};
