//! No name in the handshake.
//!
//! A handshake without a server name gets the default site's policy, which may ask for no certificate; the
//! request's `Host` names this site.

use super::entered;
use crate::{
    case::{Case, Class, Needs},
    request::Who,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "no-sni",
    class: Class::Site,
    title: "No name in the handshake",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["CVE-2022-23632"],
    proves: "Mutual TLS is skipped by saying no name.",
    cannot: "",
    fix: "Let the default server refuse the handshake (`ssl_reject_handshake on`) or every `Host` it does not serve.",
    needs: Needs::Page,
    source: include_str!("no_sni.rs"),
    run: |probe| {
        let mut request = probe.bare(&probe.site.whoami).by(Who::Nobody);
        request.server_name = Some(String::new());
        entered(probe, request, "no server name in place of a certificate")
    },
};
