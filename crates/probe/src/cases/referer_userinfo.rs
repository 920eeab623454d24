//! A Referer with the site as user name.
//!
//! `Referer: https://app.example.com@attacker.example/`: before the `@` stands a user name, not a host.
//! Browsers remove it; checks that split by hand take it for the site.

use crate::{
    case::{Case, Class, Needs},
    forgery::{ATTACKER, Forgery},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "referer-userinfo",
    class: Class::Forgery,
    title: "A Referer with the site as user name",
    severity: Severity::Medium,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention"],
    proves: "The value is split by hand, and its host is not what was compared.",
    cannot: "That a browser can be made to send it.",
    fix: "Without `Origin`, compare scheme, host and port of the `Referer` with the site's own; refuse when it is missing.",
    needs: Needs::Write,
    source: include_str!("referer_userinfo.rs"),
    run: |probe| Forgery::by_referer(probe, format!("{}@{ATTACKER}/", probe.client.target.origin())).run(probe),
};
