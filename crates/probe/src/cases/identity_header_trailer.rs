//! The header as a trailer.
//!
//! A chunked body may be followed by fields. What was removed from the head comes back as a trailer, and a
//! server that merges the two gives it to the app.

use crate::{
    case::{Case, Class, Needs, Outcome},
    evidence::Layer,
    forgery::refused,
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
        let mut last = None;
        for who in [Who::Own, Who::Nobody] {
            for name in spoof::names(probe) {
                let fields: Vec<_> = spoof::groups(probe, &name).into_iter().flat_map(|group| group.fields).collect();
                let mut request = probe.bare(&probe.site.whoami).by(who.clone()).with("TE", "trailers");
                request.body = Body::Chunked(Vec::new(), fields);
                let exchange = probe.client.send(request);
                if let Some(outcome) = spoof::believed(probe, &exchange, &name, "trailers") {
                    return outcome;
                }
                let replay = probe.client.replay(&exchange.request);
                last = Some(match &exchange.result {
                    Err(failure) => refused(failure.layer(), &failure.to_string(), replay),
                    Ok(answer) if answer.status >= 400 => Outcome::held(Layer::behind(answer), replay),
                    Ok(_) => Outcome::held(Layer::Proxy("the trailers made no difference".into()), replay),
                });
            }
        }
        last.unwrap_or_else(|| Outcome::not_tested("a name"))
    },
};
