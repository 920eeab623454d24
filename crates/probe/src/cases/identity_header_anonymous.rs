//! Nobody names themselves.
//!
//! As `identity-header-certificate` without a certificate: where the proxy asks for one and does not insist,
//! headers that are only overwritten when there is a certificate are the client's own.

use crate::{
    case::{Case, Class, Needs},
    request::Who,
    spoof,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "identity-header-anonymous",
    class: Class::Identity,
    title: "Nobody names themselves",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["RFC 9440 section 2.4", "CWE-290"],
    proves: "Anybody, without any certificate, is whoever they say.",
    cannot: "That a header which no name was tried for is not read.",
    fix: "Remove every identity header that a client sends, in every spelling, and then set it, in one place for all locations; prove the origin of the header to the app (`Countersign-Assertion`).",
    needs: Needs::Page,
    source: include_str!("identity_header_anonymous.rs"),
    run: |probe| spoof::any(probe, &Who::Nobody, &[str::to_owned]),
};
