//! A cookie without Secure.
//!
//! The session and CSRF cookies as the site set them: without `Secure` the browser sends them over http as well.

use super::flagged;
use crate::case::{Case, Class, Needs};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "cookie-insecure",
    class: Class::Response,
    title: "A cookie without Secure",
    severity: Severity::Medium,
    confidence: Confidence::High,
    references: &["Django: security.W012, W016", "RFC 6265 section 4.1.2.5"],
    proves: "Whoever listens on the network, or answers for http, reads the session.",
    cannot: "Anything about cookies that the run did not see set.",
    fix: "SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True.",
    needs: Needs::Page,
    source: include_str!("cookie_insecure.rs"),
    run: |probe| {
        flagged(probe, &[&probe.site.session_cookie, &probe.site.csrf_cookie], |cookie| {
            cookie.attribute("secure").is_none().then(|| "has no Secure".into())
        })
    },
};
