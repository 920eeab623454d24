//! Two cookies of one name.
//!
//! As `tossed-pair`, and the victim's own cookie is still there: the request carries two of the name. Django
//! takes the last one, which is the attacker's if both have the same path.

use super::{random_token, sibling, tossed};
use crate::{
    case::{Case, Class, Needs},
    forgery::Forgery,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "duplicate-cookie",
    class: Class::Forgery,
    title: "Two cookies of one name",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "RFC 6265 section 5.4"],
    proves: "The attacker's cookie wins over the victim's, and its token counts.",
    cannot: "That a page could read the answer: it cannot, unless CORS lets it (see cors-reflection).",
    fix: "Refuse a request with two CSRF cookies; check `Origin` beside the token; name the cookie `__Host-csrftoken`.",
    needs: Needs::Write,
    source: include_str!("duplicate_cookie.rs"),
    run: |probe| {
        let token = random_token();
        let cookies = tossed(probe, &token, true);
        Forgery::new(probe).origin(sibling(probe)).fetch_site("same-site").cookies(cookies).token(token).run(probe)
    },
};
