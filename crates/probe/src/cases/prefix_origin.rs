//! A host that ends like the site's.
//!
//! `Origin: https://attackerapp.example.com`, without a dot before the site's name: checks with `endswith`
//! take it for the site or for one of its subdomains.

use crate::{
    case::{Case, Class, Needs},
    forgery::Forgery,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "prefix-origin",
    class: Class::Forgery,
    title: "A host that ends like the site's",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "CWE-1289"],
    proves: "Whoever registers a name that ends with the site's forges requests.",
    cannot: "That a page could read the answer: it cannot, unless CORS lets it (see cors-reflection).",
    fix: "Compare the whole origin, scheme, host and port, as one string with the site's own, and refuse everything else.",
    needs: Needs::Write,
    source: include_str!("prefix_origin.rs"),
    run: |probe| {
        let origin = format!("https://attacker{}", probe.client.target.authority());
        Forgery::new(probe).origin(origin).no_fetch_metadata().run(probe)
    },
};
