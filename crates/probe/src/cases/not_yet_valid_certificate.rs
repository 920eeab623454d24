//! A certificate that has not begun.
//!
//! A certificate of the right CA that begins tomorrow, made for this run.

use super::let_in;
use crate::case::{Case, Class, Needs};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "not-yet-valid-certificate",
    class: Class::Certificate,
    title: "A certificate that has not begun",
    severity: Severity::Medium,
    confidence: Confidence::High,
    references: &["RFC 5280 section 6.1"],
    proves: "Validity is not looked at.",
    cannot: "That every path insists on it: the page that shows the user, and the endpoint, were asked.",
    fix: "Verify validity.",
    needs: Needs::Page,
    source: include_str!("not_yet_valid_certificate.rs"),
    run: |probe| let_in(probe, |given| given.not_yet_valid.clone(), "--issuing-ca-cert and --issuing-ca-key"),
};
