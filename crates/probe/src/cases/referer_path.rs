//! A Referer with the site in its path.
//!
//! `Referer: https://attacker.example/app.example.com/` and `?app.example.com`: checks that search the value
//! for the site's name find it.

use crate::{
    case::{Case, Class, Needs},
    forgery::{ATTACKER_ORIGIN, Forgery, any},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "referer-path",
    class: Class::Forgery,
    title: "A Referer with the site in its path",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention"],
    proves: "Any page whose address contains the site's name forges requests.",
    cannot: "That a page could read the answer: it cannot, unless CORS lets it (see cors-reflection).",
    fix: "Without `Origin`, compare scheme, host and port of the `Referer` with the site's own; refuse when it is missing.",
    needs: Needs::Write,
    source: include_str!("referer_path.rs"),
    run: |probe| {
        let target = probe.client.target;
        let addresses =
            [format!("{ATTACKER_ORIGIN}/{}/", target.authority()), format!("{ATTACKER_ORIGIN}/?{}/", target.origin())];
        any(probe, addresses.map(|referer| Forgery::by_referer(probe, referer)))
    },
};
