//! A certificate that nobody signed.
//!
//! A certificate that was made a moment ago and signed by itself.

use super::let_in;
use crate::case::{Case, Class, Needs};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "self-signed-certificate",
    class: Class::Certificate,
    title: "A certificate that nobody signed",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["nginx: optional_no_ca", "CWE-295"],
    proves: "Everybody can make themselves a certificate that counts.",
    cannot: "That every path insists on it: the page that shows the user, and the endpoint, were asked.",
    fix: "Let the proxy verify chains against your own CA only (`ssl_verify_client on`, not `optional_no_ca`), and ignore no error (`ca-ignore-err`, `crt-ignore-err`, `ACCEPT_UNTRUSTED`).",
    needs: Needs::Page,
    source: include_str!("self_signed_certificate.rs"),
    run: |probe| let_in(probe, |given| given.self_signed.clone(), "a certificate of the run itself"),
};
