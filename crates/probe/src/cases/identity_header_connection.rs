//! Connection removes the proxy's own header.
//!
//! `Connection: close, X-SSL-Client-S-DN` calls the proxy's own headers hop-by-hop. A proxy that stamps first
//! and removes then sends the app a request without an identity, or with the default one.

use crate::{
    case::{Case, Class, Needs, Outcome},
    evidence::{Layer, alike},
    forgery::refused,
    spoof,
};
use countersign_audit::{Confidence, Severity};

use super::steady;
pub(super) const CASE: Case = Case {
    id: "identity-header-connection",
    class: Class::Identity,
    title: "Connection removes the proxy's own header",
    severity: Severity::High,
    confidence: Confidence::Medium,
    references: &["CVE-2024-45410", "CVE-2025-48865", "RFC 9110 section 7.6.1"],
    proves: "A client chooses which of the proxy's headers the app sees.",
    cannot: "Which header it was: all known ones were named.",
    fix: "Process `Connection` before adding fields.",
    needs: Needs::Page,
    source: include_str!("identity_header_connection.rs"),
    run: |probe| {
        let names: Vec<String> = spoof::groups(probe, "x")
            .into_iter()
            .flat_map(|group| group.fields.into_iter().map(|(name, _)| name))
            .chain(
                ["X-Forwarded-Proto", "X-Forwarded-For", "X-Forwarded-Host", "Countersign-Assertion"].map(Into::into),
            )
            .collect();
        let usual = match steady(probe, &probe.bare(&probe.site.whoami)) {
            Ok(usual) => usual,
            Err(outcome) => return outcome,
        };
        let nominated = format!("close, {}", names.join(", "));
        let exchange = probe.client.send(probe.bare(&probe.site.whoami).with("Connection", nominated));
        let replay = probe.client.replay(&exchange.request);
        match &exchange.result {
            Err(failure) => refused(failure.layer(), &failure.to_string(), replay),
            Ok(answer) if alike(answer, &usual) => Outcome::held(Layer::Proxy("the page is the same".into()), replay),
            Ok(answer) if matches!(answer.status, 400 | 431) => Outcome::held(Layer::behind(answer), replay),
            Ok(answer) => {
                let (was, is) = (usual.excerpt(), answer.excerpt());
                let evidence = format!("the page changed from {} {was} to {} {is}", usual.status, answer.status);
                Outcome::vulnerable(evidence, replay)
            }
        }
    },
};
