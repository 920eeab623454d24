//! A redirect to http.
//!
//! Redirects of the site to itself: the page without its trailing slash, the login. An app that does not know
//! that it is behind TLS points to `http://`.

use super::insecure_redirect;
use crate::case::{Case, Class, Needs};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "redirect-insecure",
    class: Class::Response,
    title: "A redirect to http",
    severity: Severity::Low,
    confidence: Confidence::High,
    references: &["CWE-319"],
    proves: "A redirect leaves TLS: the next request goes over the network in the clear.",
    cannot: "Anything about cookies that the run did not see set.",
    fix: "Set SECURE_PROXY_SSL_HEADER, and the header in the proxy.",
    needs: Needs::Page,
    source: include_str!("redirect_insecure.rs"),
    run: |probe| insecure_redirect(probe),
};
