//! Another name in the handshake.
//!
//! The handshake names another site at the same address (`--other-host`), one that may ask for no certificate;
//! the request's `Host` names this one. A proxy that chooses the TLS policy by the one and the site by the
//! other lets everybody in.

use super::entered;
use crate::{
    case::{Case, Class, Needs, Outcome},
    request::Who,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "sni-other-host",
    class: Class::Site,
    title: "Another name in the handshake",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["GHSA-5r4w-85f3-pw66", "RFC 9110 section 7.4"],
    proves: "Mutual TLS is skipped by naming a neighbour in the handshake.",
    cannot: "That other neighbours are safe: only the one that was named was tried.",
    fix: "Answer 421 when the server name and `Host` differ in policy.",
    needs: Needs::Page,
    source: include_str!("sni_other_host.rs"),
    run: |probe| {
        let Some(other) = &probe.site.other_host else {
            return Outcome::not_tested("--other-host NAME, served at the same address");
        };
        let mut request = probe.bare(&probe.site.whoami).by(Who::Nobody);
        request.server_name = Some(other.clone());
        entered(probe, request, "the server name of a neighbour in place of a certificate")
    },
};
