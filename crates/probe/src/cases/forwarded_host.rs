//! The client says which host it asked.
//!
//! `X-Forwarded-Host: attacker.example` and its kin. If the attacker's name is in the answer, links (of a
//! password reset, say), redirects and the origin that a CSRF check compares with are the client's to choose.

use crate::{
    case::{Case, Class, Needs, Outcome},
    evidence::Layer,
    forgery::{ATTACKER, refused},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "forwarded-host",
    class: Class::Identity,
    title: "The client says which host it asked",
    severity: Severity::Medium,
    confidence: Confidence::High,
    references: &["CWE-644", "Django: USE_X_FORWARDED_HOST", "CVE-2026-40575"],
    proves: "The site believes a client about its own name.",
    cannot: "That an app which shows no link now never will.",
    fix: "Overwrite or remove `X-Forwarded-Host` at the proxy; leave USE_X_FORWARDED_HOST off.",
    needs: Needs::Page,
    source: include_str!("forwarded_host.rs"),
    run: |probe| {
        let mut request = probe.browse(&probe.site.page);
        for name in ["X-Forwarded-Host", "X-Host", "X-Forwarded-Server", "X-Original-Host"] {
            request = request.with(name, ATTACKER);
        }
        let exchange = probe.client.send(request.with("Forwarded", format!("host={ATTACKER}")));
        let replay = probe.client.replay(&exchange.request);
        match &exchange.result {
            Err(failure) => refused(failure.layer(), &failure.to_string(), replay),
            Ok(answer) if answer.text().contains(ATTACKER) || answer.location().contains(ATTACKER) => {
                Outcome::vulnerable(format!("the answer ({}) names {ATTACKER}", answer.status), replay)
            }
            Ok(answer) if answer.status >= 400 => Outcome::held(Layer::behind(answer), replay),
            Ok(_) => Outcome::held(Layer::Proxy("the name is not in the answer".into()), replay),
        }
    },
};
