//! A Referer that begins like the site's.
//!
//! `Referer: https://app.example.com.attacker.example/`: checks with `startswith` take it for the site.

use crate::{
    case::{Case, Class, Needs},
    forgery::{ATTACKER, Forgery, any},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "referer-suffix",
    class: Class::Forgery,
    title: "A Referer that begins like the site's",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention"],
    proves: "Whoever registers a name that begins with the site's forges requests.",
    cannot: "That a page could read the answer: it cannot, unless CORS lets it (see cors-reflection).",
    fix: "Without `Origin`, compare scheme, host and port of the `Referer` with the site's own; refuse when it is missing.",
    needs: Needs::Write,
    source: include_str!("referer_suffix.rs"),
    run: |probe| {
        let target = probe.client.target;
        let addresses = [format!("https://{}.{ATTACKER}/", target.host), format!("{}.{ATTACKER}/", target.origin())];
        any(probe, addresses.map(|referer| Forgery::by_referer(probe, referer)))
    },
};
