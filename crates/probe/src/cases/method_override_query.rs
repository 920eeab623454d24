//! GET that a parameter turns into POST.
//!
//! A GET from another site with `_method=POST` in its query, which an image can ask for. Some frameworks and
//! middlewares run the method that a parameter names.

use super::overridden;
use crate::{
    case::{Case, Class, Needs},
    forgery::Forgery,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "method-override-query",
    class: Class::Forgery,
    title: "GET that a parameter turns into POST",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "CWE-650"],
    proves: "An image on any page runs an unsafe method.",
    cannot: "That a page could read the answer: it cannot, unless CORS lets it (see cors-reflection).",
    fix: "Read `_method` from the body of a POST only, after the CSRF check of the method that it names.",
    needs: Needs::Write,
    source: include_str!("method_override_query.rs"),
    run: |probe| {
        let forged = Forgery::new(probe).no_origin().by_get(&format!("_method={}", probe.site.method));
        overridden(probe, &forged)
    },
};
