//! Other spellings of the host.
//!
//! `Host` in upper case, with a trailing dot, with the default port, and in an absolute-form target, without a
//! certificate: a policy that is found by the exact name is not found by these.

use super::entered;
use crate::{
    case::{Case, Class, Needs, Outcome},
    request::Who,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "host-alias",
    class: Class::Site,
    title: "Other spellings of the host",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["CVE-2022-23632"],
    proves: "Mutual TLS is skipped by another spelling of the host.",
    cannot: "",
    fix: "Normalise the host once, before the policy is chosen.",
    needs: Needs::Page,
    source: include_str!("host_alias.rs"),
    run: |probe| {
        let target = probe.client.target;
        let spelled = |host: String| {
            let mut request = probe.bare(&probe.site.whoami).by(Who::Nobody);
            request.host = host;
            request
        };
        let mut absolute = probe.bare(&target.url(&probe.site.whoami)).by(Who::Nobody);
        absolute.host = target.authority();
        let mut dotted = spelled(target.authority_of(&format!("{}.", target.host)));
        dotted.server_name = Some(target.host.clone());
        let requests = [
            spelled(target.authority().to_ascii_uppercase()),
            dotted,
            spelled(format!("{}:{}", target.host, target.port)),
            absolute,
        ];
        Outcome::worst(
            requests.map(|request| entered(probe, request, "another spelling of the host in place of a certificate")),
        )
    },
};
