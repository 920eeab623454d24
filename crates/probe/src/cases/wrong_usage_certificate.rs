//! A server's certificate as a client's.
//!
//! A certificate of the right CA whose extended key usage is serverAuth alone, made for this run. Every server
//! of the same CA would then be a user.

use super::let_in;
use crate::case::{Case, Class, Needs};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "wrong-usage-certificate",
    class: Class::Certificate,
    title: "A server's certificate as a client's",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["CVE-2022-21657", "RFC 5280 section 4.2.1.12"],
    proves: "The certificate of any server of that CA, and whoever has stolen one, is a user.",
    cannot: "That every path insists on it: the page that shows the user, and the endpoint, were asked.",
    fix: "Demand clientAuth in the extended key usage; give clients a CA of their own.",
    needs: Needs::Page,
    source: include_str!("wrong_usage_certificate.rs"),
    run: |probe| let_in(probe, |given| given.wrong_usage.clone(), "--issuing-ca-cert and --issuing-ca-key"),
};
