//! The same WebSocket over HTTP/2.
//!
//! The handshake of `websocket-hijack` as an extended CONNECT of HTTP/2: not a GET and not an Upgrade, so that
//! rules for either may not see it.

use crate::{
    case::{Case, Class, Needs, Outcome},
    evidence::Layer,
    forgery::{ATTACKER_ORIGIN, refused},
    http2,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "websocket-hijack-http2",
    class: Class::Forgery,
    title: "The same WebSocket over HTTP/2",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "RFC 8441"],
    proves: "Any page talks with the socket as the victim, over HTTP/2.",
    cannot: "What the socket does: it is closed at once.",
    fix: "Check `Origin` of extended CONNECT as of the Upgrade, or switch RFC 8441 off.",
    needs: Needs::Page,
    source: include_str!("websocket_hijack_http2.rs"),
    run: |probe| {
        let Some(path) = &probe.site.websocket else { return Outcome::not_tested("--websocket PATH") };
        let replay = format!("# HTTP/2: CONNECT {path}, :protocol websocket, origin {ATTACKER_ORIGIN}");
        let ask = |origin: &str| http2::connect(&probe.client, path, origin);
        match ask(&probe.client.target.origin()) {
            Ok(None) => return Outcome::held(Layer::Proxy("it speaks no WebSocket over HTTP/2".into()), replay),
            Ok(Some(answer)) if answer.status == 200 => {}
            Ok(Some(answer)) => {
                let why = format!("an honest handshake to {path} is answered {}", answer.status);
                return Outcome::inconclusive(why, None);
            }
            Err(failure) => return refused(failure.layer(), &failure.to_string(), replay),
        }
        match ask(ATTACKER_ORIGIN) {
            Ok(Some(answer)) if answer.status == 200 => {
                Outcome::vulnerable(format!("200: the socket opened for {ATTACKER_ORIGIN}"), replay)
            }
            Ok(Some(answer)) => Outcome::held(Layer::behind(&answer), replay),
            Ok(None) => Outcome::inconclusive("it spoke WebSocket over HTTP/2 a moment ago", None),
            Err(failure) => refused(failure.layer(), &failure.to_string(), replay),
        }
    },
};
