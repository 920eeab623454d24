//! The header as a trailer.
//!
//! A chunked body may be followed by fields. What was removed from the head comes back as a trailer, and a
//! server that merges the two gives it to the app.

use crate::{
    case::{Case, Class, Needs, Outcome},
    request::{Body, Who},
    spoof,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "identity-header-trailer",
    class: Class::Identity,
    title: "The header as a trailer",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["RFC 9440 section 2.4", "CWE-290", "CVE-2026-88004", "RFC 9110 section 6.5.1"],
    proves: "A field after the body is the app's identity.",
    cannot: "That trailers of HTTP/2 are dropped: they were not tried.",
    fix: "Drop request trailers at the proxy.",
    needs: Needs::Page,
    source: include_str!("identity_header_trailer.rs"),
    run: |probe| {
        Outcome::worst([Who::Own, Who::Nobody].map(|who| {
            spoof::placed(probe, &who, &|mut request, said| {
                request.body = Body::Chunked(Vec::new(), said.cloned().collect());
                request.with("TE", "trailers")
            })
        }))
    },
};
