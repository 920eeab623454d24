//! A session cookie that scripts can read.
//!
//! The session cookie as the site set it: without `HttpOnly` any script on the page reads it.

use super::flagged;
use crate::case::{Case, Class, Needs};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "cookie-readable",
    class: Class::Response,
    title: "A session cookie that scripts can read",
    severity: Severity::Low,
    confidence: Confidence::High,
    references: &["Django: security.W013", "RFC 6265 section 4.1.2.6"],
    proves: "A script hole is a stolen session.",
    cannot: "Anything about cookies that the run did not see set.",
    fix: "SESSION_COOKIE_HTTPONLY = True, which is the default.",
    needs: Needs::Page,
    source: include_str!("cookie_readable.rs"),
    run: |probe| {
        flagged(probe, &[&probe.site.session_cookie], |cookie| {
            cookie.attribute("httponly").is_none().then(|| "has no HttpOnly".into())
        })
    },
};
