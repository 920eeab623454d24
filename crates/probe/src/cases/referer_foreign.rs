//! No Origin, a foreign Referer.
//!
//! Without `Origin` and Fetch Metadata, as old browsers, the `Referer` names the attacker's page. Go's check
//! does not look at it.

use crate::{
    case::{Case, Class, Needs},
    forgery::{ATTACKER_ORIGIN, Forgery},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "referer-foreign",
    class: Class::Forgery,
    title: "No Origin, a foreign Referer",
    severity: Severity::Medium,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention"],
    proves: "The one field that tells the truth is not looked at.",
    cannot: "That today's browsers leave `Origin` out: they always send it with a POST.",
    fix: "Without `Origin`, compare scheme, host and port of the `Referer` with the site's own; refuse when it is missing.",
    needs: Needs::Write,
    source: include_str!("referer_foreign.rs"),
    run: |probe| Forgery::by_referer(probe, format!("{ATTACKER_ORIGIN}/")).run(probe),
};
