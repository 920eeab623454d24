//! A revoked certificate.
//!
//! A certificate that its CA has revoked (`--revoked-cert`, `--revoked-key`). Traefik, Caddy and many nginx
//! configurations look at no CRL.

use super::let_in;
use crate::case::{Case, Class, Needs};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "revoked-certificate",
    class: Class::Certificate,
    title: "A revoked certificate",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["RFC 5280 section 6.3", "CWE-299"],
    proves: "A stolen and revoked certificate still opens the site.",
    cannot: "That every path insists on it: the page that shows the user, and the endpoint, were asked.",
    fix: "Give the proxy the CRL of every CA in the chain (`ssl_crl`, `crl-file`), and reload it before it ends.",
    needs: Needs::Page,
    source: include_str!("revoked_certificate.rs"),
    run: |probe| let_in(probe, |given| given.revoked.clone(), "--revoked-cert and --revoked-key"),
};
