//! No certificate at all.
//!
//! The page and the write, without a client certificate and without the holder's cookies.

use super::nobody;
use crate::case::{Case, Class, Needs};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "no-certificate",
    class: Class::Certificate,
    title: "No certificate at all",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["nginx: ssl_verify_client optional"],
    proves: "The site answers anybody as it answers a holder of a certificate.",
    cannot: "That another path does not: only the page that shows the user, and the endpoint, were asked.",
    fix: "Verify in the proxy (`ssl_verify_client on`), or check the result before every location.",
    needs: Needs::Page,
    source: include_str!("no_certificate.rs"),
    run: |probe| nobody(probe),
};
