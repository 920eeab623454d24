//! An expired certificate.
//!
//! A certificate of the right CA that ended yesterday. It is made for this run, with the CA that
//! `--issuing-ca-cert` and `--issuing-ca-key` name.

use super::let_in;
use crate::case::{Case, Class, Needs};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "expired-certificate",
    class: Class::Certificate,
    title: "An expired certificate",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["RFC 5280 section 6.1", "CWE-298"],
    proves: "Whoever once had a certificate has it for ever.",
    cannot: "That every path insists on it: the page that shows the user, and the endpoint, were asked.",
    fix: "Verify validity: ignore no `X509_V_ERR_CERT_HAS_EXPIRED`, set no `allow_expired_certificate`.",
    needs: Needs::Page,
    source: include_str!("expired_certificate.rs"),
    run: |probe| let_in(probe, |given| given.expired.clone(), "--issuing-ca-cert and --issuing-ca-key"),
};
