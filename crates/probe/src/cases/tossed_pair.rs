//! A cookie tossed by a sibling site.
//!
//! A sibling site (any host under the same parent domain) can set a cookie for the parent. It sets the CSRF
//! cookie to a value of its own, then submits a form with the token that fits. Double submit compares the
//! two, and they agree.

use super::{random_token, sibling, tossed};
use crate::{
    case::{Case, Class, Needs},
    forgery::Forgery,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "tossed-pair",
    class: Class::Forgery,
    title: "A cookie tossed by a sibling site",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &[
        "CWE-352",
        "OWASP Cross-Site Request Forgery Prevention",
        "RFC 6265 section 8.6",
        "OWASP: naive double submit",
    ],
    proves: "A page on any sibling host, or somebody who can write one cookie there, forges requests.",
    cannot: "That a page could read the answer: it cannot, unless CORS lets it (see cors-reflection).",
    fix: "Check `Origin` beside the token, name the cookie `__Host-csrftoken` so that no sibling can set it, or bind it to the certificate (`bind_cookies` in countersign).",
    needs: Needs::Write,
    source: include_str!("tossed_pair.rs"),
    run: |probe| {
        let token = random_token();
        let cookies = tossed(probe, &token, false);
        Forgery::new(probe).origin(sibling(probe)).fetch_site("same-site").cookies(cookies).token(token).run(probe)
    },
};
