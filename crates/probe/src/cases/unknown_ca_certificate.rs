//! A CA of the same name.
//!
//! A certificate of a CA that calls itself as the right one does, with another key. Verification by name, or by
//! the issuer that the certificate claims, takes it.

use super::let_in;
use crate::case::{Case, Class, Needs};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "unknown-ca-certificate",
    class: Class::Certificate,
    title: "A CA of the same name",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["CWE-295", "OpenBao #172"],
    proves: "Everybody can make themselves a CA whose certificates count.",
    cannot: "That every path insists on it: the page that shows the user, and the endpoint, were asked.",
    fix: "Let the proxy verify chains against your own CA only (`ssl_verify_client on`, not `optional_no_ca`), and ignore no error (`ca-ignore-err`, `crt-ignore-err`, `ACCEPT_UNTRUSTED`).",
    needs: Needs::Page,
    source: include_str!("unknown_ca_certificate.rs"),
    run: |probe| let_in(probe, |given| given.impostor.clone(), "a certificate of the run itself"),
};
