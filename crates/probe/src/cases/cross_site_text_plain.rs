//! JSON in a text/plain form.
//!
//! A form with `enctype="text/plain"` sends its fields as they are, so that name and value together are
//! a JSON object. An app that parses the body without looking at `Content-Type` takes it, and no preflight
//! was needed.

use crate::{
    case::{Case, Class, Needs},
    forgery::{Encoding, Forgery},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "cross-site-text-plain",
    class: Class::Forgery,
    title: "JSON in a text/plain form",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "Fetch: CORS-safelisted request-header"],
    proves: "An endpoint that was thought safe because it takes JSON takes it from any page.",
    cannot: "That a page could read the answer: it cannot, unless CORS lets it (see cors-reflection).",
    fix: "Take JSON only with `Content-Type: application/json`, which a page cannot send to another site without a preflight, and check `Origin` all the same.",
    needs: Needs::Write,
    source: include_str!("cross_site_text_plain.rs"),
    run: |probe| Forgery::new(probe).encoded(Encoding::Text).run(probe),
};
