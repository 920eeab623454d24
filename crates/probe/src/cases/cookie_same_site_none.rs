//! A cookie for every site.
//!
//! The session and CSRF cookies as the site set them: `SameSite=None` sends them with every site's requests.

use super::flagged;
use crate::case::{Case, Class, Needs};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "cookie-same-site-none",
    class: Class::Response,
    title: "A cookie for every site",
    severity: Severity::Medium,
    confidence: Confidence::High,
    references: &["RFC 6265bis section 5.6.7"],
    proves: "The one limit that browsers put on cookies is off; a forged request brings session and CSRF cookie.",
    cannot: "Anything about cookies that the run did not see set.",
    fix: "SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = \"Lax\" or \"Strict\".",
    needs: Needs::Page,
    source: include_str!("cookie_same_site_none.rs"),
    run: |probe| {
        flagged(probe, &[&probe.site.session_cookie, &probe.site.csrf_cookie], |cookie| {
            let none = cookie.attribute("samesite").is_some_and(|site| site.eq_ignore_ascii_case("none"));
            none.then(|| "has SameSite=None".into())
        })
    },
};
