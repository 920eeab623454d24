//! A Referer over http.
//!
//! The `Referer` names the site itself over plain http, where anybody on the network can serve a page.

use crate::{
    case::{Case, Class, Needs},
    forgery::Forgery,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "referer-insecure",
    class: Class::Forgery,
    title: "A Referer over http",
    severity: Severity::Medium,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "Django: REASON_INSECURE_REFERER"],
    proves: "Anybody between a user and the network forges requests with an injected http page.",
    cannot: "That today's browsers leave `Origin` out: they always send it with a POST.",
    fix: "Without `Origin`, compare scheme, host and port of the `Referer` with the site's own; refuse when it is missing.",
    needs: Needs::Write,
    source: include_str!("referer_insecure.rs"),
    run: |probe| Forgery::by_referer(probe, format!("http://{}/", probe.client.target.authority())).run(probe),
};
