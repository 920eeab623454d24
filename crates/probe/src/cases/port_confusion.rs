//! The site's name on another port.
//!
//! `Origin` with the site's host and another port: another program on the same machine, or one that a user
//! runs there. Cookies know no ports, origins do.

use crate::{
    case::{Case, Class, Needs},
    forgery::Forgery,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "port-confusion",
    class: Class::Forgery,
    title: "The site's name on another port",
    severity: Severity::Medium,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention"],
    proves: "Whatever serves a page on another port of that host forges requests.",
    cannot: "That a page could read the answer: it cannot, unless CORS lets it (see cors-reflection).",
    fix: "Compare the whole origin, scheme, host and port, as one string with the site's own, and refuse everything else.",
    needs: Needs::Write,
    source: include_str!("port_confusion.rs"),
    run: |probe| {
        let target = probe.client.target;
        let port = if target.port == 8444 { 8445 } else { 8444 };
        Forgery::new(probe).origin(format!("https://{}:{port}", target.host)).no_fetch_metadata().run(probe)
    },
};
