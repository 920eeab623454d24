//! TRACE is answered.
//!
//! `TRACE` asks the server to send the request back, cookies, identity headers and all. Django counts it among
//! the safe methods.

use crate::{
    case::{Case, Class, Needs, Outcome},
    evidence::Layer,
    forgery::refused,
    probe::canary,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "trace",
    class: Class::Forgery,
    title: "TRACE is answered",
    severity: Severity::Low,
    confidence: Confidence::High,
    references: &["RFC 9110 section 9.3.8", "CWE-693"],
    proves: "The request comes back with the headers that a proxy added: what only proxy and app should know is shown.",
    cannot: "That a page can read it: browsers refuse to send TRACE.",
    fix: "Refuse TRACE at the proxy.",
    needs: Needs::Page,
    source: include_str!("trace.rs"),
    run: |probe| {
        let mark = canary();
        let request = probe.browse(&probe.site.page).bodiless("TRACE").with("X-Countersign-Probe", mark.clone());
        let exchange = probe.client.send(request);
        let replay = probe.client.replay(&exchange.request);
        match &exchange.result {
            Err(failure) => refused(failure.layer(), &failure.to_string(), replay),
            Ok(answer) if answer.is_success() && answer.text().contains(&mark) => {
                Outcome::vulnerable("the answer holds the request's own fields", replay)
            }
            Ok(answer) if answer.status >= 400 || answer.is_redirect() => Outcome::held(Layer::behind(answer), replay),
            Ok(_) => {
                Outcome::held(Layer::Application("answered as a GET, the request is not sent back".into()), replay)
            }
        }
    },
};
