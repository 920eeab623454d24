//! A holder of a certificate names somebody else.
//!
//! Every identity header that a proxy is known to set, with a name that nobody has, beside a good certificate:
//! what nginx, Apache, HAProxy, Envoy, Traefik, AWS and RFC 9440 call it, remote-user headers, and the site's own
//! (`--identity-header`). Evidence is a page that shows the name.

use crate::{
    case::{Case, Class, Needs},
    request::Who,
    spoof,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "identity-header-certificate",
    class: Class::Identity,
    title: "A holder of a certificate names somebody else",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["RFC 9440 section 2.4", "CWE-290", "CVE-2024-10039"],
    proves: "Whoever holds any certificate is whoever they say.",
    cannot: "That a header which no name was tried for is not read: say yours with --identity-header.",
    fix: "Remove every identity header that a client sends, in every spelling, and then set it, in one place for all locations; prove the origin of the header to the app (`Countersign-Assertion`).",
    needs: Needs::Page,
    source: include_str!("identity_header_certificate.rs"),
    run: |probe| spoof::any(probe, &Who::Own, &[str::to_owned]),
};
