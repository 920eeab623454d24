//! A WebSocket opened by another site.
//!
//! A page on another site opens a WebSocket. The handshake is a GET, the certificate comes along, and
//! Chromium sends no Fetch Metadata with it: only `Origin` tells.

use crate::{
    case::{Case, Class, Needs, Outcome},
    evidence::Layer,
    forgery::{ATTACKER_ORIGIN, refused},
    request::Request,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "websocket-hijack",
    class: Class::Forgery,
    title: "A WebSocket opened by another site",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "RFC 6455 section 10.2", "CWE-1385"],
    proves: "Any page talks with the socket as the victim, and unlike a form it reads the answers.",
    cannot: "What the socket does: it is closed at once.",
    fix: "Check `Origin` in the handshake (`OriginValidator` in Channels), or at the proxy.",
    needs: Needs::Page,
    source: include_str!("websocket_hijack.rs"),
    run: |probe| {
        let Some(path) = &probe.site.websocket else { return Outcome::not_tested("--websocket PATH") };
        let handshake = |request: Request| {
            request
                .with("Connection", "Upgrade")
                .with("Upgrade", "websocket")
                .with("Sec-WebSocket-Version", "13")
                .with("Sec-WebSocket-Key", "Y291bnRlcnNpZ24gcHJvYg==")
        };
        let honest =
            handshake(probe.same_origin("GET", path)).without(&["Sec-Fetch-Mode"]).with("Sec-Fetch-Mode", "websocket");
        let honest = probe.client.send(honest);
        if !honest.result.as_ref().is_ok_and(|answer| answer.status == 101) {
            let came = honest.result.map_or_else(|failure| failure.to_string(), |answer| answer.status.to_string());
            return Outcome::inconclusive(
                format!("an honest handshake to {path} does not work: {came}"),
                Some(probe.client.replay(&honest.request)),
            );
        }
        let forged = handshake(probe.bare(path)).with("Origin", ATTACKER_ORIGIN);
        let exchange = probe.client.send(forged);
        let replay = probe.client.replay(&exchange.request);
        match &exchange.result {
            Err(failure) => refused(failure.layer(), &failure.to_string(), replay),
            Ok(answer) if answer.status == 101 => {
                Outcome::vulnerable(format!("101: the socket opened for {ATTACKER_ORIGIN}"), replay)
            }
            Ok(answer) => Outcome::held(Layer::behind(answer), replay),
        }
    },
};
