//! Any origin may read.
//!
//! A GET from another site. If `Access-Control-Allow-Origin` repeats the foreign `Origin` and credentials are
//! allowed, the page reads what the certificate opens.

use super::cors;
use crate::{
    case::{Case, Class, Needs},
    forgery::ATTACKER_ORIGIN,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "cors-reflection",
    class: Class::Forgery,
    title: "Any origin may read",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["Fetch: CORS protocol and credentials", "CWE-942"],
    proves: "Any page reads the victim's data, tokens included, and with them every other protection.",
    cannot: "That every path does so: the page that shows the user was asked.",
    fix: "Allow the origins that need it one by one; never reflect `Origin`.",
    needs: Needs::Page,
    source: include_str!("cors_reflection.rs"),
    run: |probe| {
        let request =
            probe.bare(&probe.site.whoami).with("Origin", ATTACKER_ORIGIN).with("Sec-Fetch-Site", "cross-site");
        let exchange = probe.client.send(request.with("Sec-Fetch-Mode", "cors"));
        cors(probe, &exchange, ATTACKER_ORIGIN)
    },
};
