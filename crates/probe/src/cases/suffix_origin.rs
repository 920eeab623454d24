//! A host that begins like the site's.
//!
//! `Origin: https://app.example.com.attacker.example`, a name that anybody can register under their own
//! domain: checks by prefix or by `in` take it for the site.

use crate::{
    case::{Case, Class, Needs},
    forgery::{ATTACKER, Forgery, any},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "suffix-origin",
    class: Class::Forgery,
    title: "A host that begins like the site's",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "CWE-1289"],
    proves: "Whoever registers a name that begins with the site's forges requests.",
    cannot: "That a page could read the answer: it cannot, unless CORS lets it (see cors-reflection).",
    fix: "Compare the whole origin, scheme, host and port, as one string with the site's own, and refuse everything else.",
    needs: Needs::Write,
    source: include_str!("suffix_origin.rs"),
    run: |probe| {
        let target = probe.client.target;
        let begins = format!("https://{}.{ATTACKER}", target.host);
        let joined = format!("{}.{ATTACKER}", target.origin());
        any(probe, [begins, joined].map(|origin| Forgery::new(probe).origin(origin).no_fetch_metadata()))
    },
};
