//! A cookie for the whole domain.
//!
//! The session and CSRF cookies as the site set them: with a `Domain` every sibling host gets them and, with a
//! CSRF cookie domain, Django takes a `Referer` of every sibling.

use super::flagged;
use crate::case::{Case, Class, Needs};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "cookie-domain",
    class: Class::Response,
    title: "A cookie for the whole domain",
    severity: Severity::Medium,
    confidence: Confidence::High,
    references: &["RFC 6265 section 4.1.2.3"],
    proves: "Every sibling host reads the cookie, and can play its user.",
    cannot: "Anything about cookies that the run did not see set.",
    fix: "Leave SESSION_COOKIE_DOMAIN and CSRF_COOKIE_DOMAIN unset; name the cookies with `__Host-`.",
    needs: Needs::Page,
    source: include_str!("cookie_domain.rs"),
    run: |probe| {
        flagged(probe, &[&probe.site.session_cookie, &probe.site.csrf_cookie], |cookie| {
            cookie.attribute("domain").filter(|domain| !domain.is_empty()).map(|domain| format!("is set for {domain}"))
        })
    },
};
