//! Requests whose framing two parsers may read differently.
//!
//! **Invariant**: no request leaves bytes behind that another user's connection could pick up. The first
//! probe ends early for whoever waits for chunks, so it hangs and is given up. The second would leave
//! one byte behind if the proxy counted and the app read chunks: it is sent only where the first one
//! found that not to be so.

use std::time::Duration;

use crate::{
    case::{Outcome, Verdict},
    client::{Exchange, Failure},
    evidence::Layer,
    forgery::refused,
    probe::{FORM, Probe},
    request::{Body, Request},
};

fn request(probe: &Probe<'_>, fields: &[(&str, &str)], body: &str) -> Request {
    let mut request = probe.browse(&probe.site.whoami).with("Content-Type", FORM);
    request.method = "POST".into();
    for (name, value) in fields {
        request.fields.push(((*name).into(), (*value).into()));
    }
    request.body = Body::Raw(body.as_bytes().into());
    request
}

/// What a counting proxy forwards of this ends within a chunk; who reads chunks meets a size that is none.
pub(crate) fn counted_then_chunked(probe: &Probe<'_>, coding: &str) -> Outcome {
    // As it is written, a field that is none included.
    let (name, value) = coding.split_once(':').unwrap_or((coding, ""));
    let value = value.strip_prefix(' ').unwrap_or(value);
    hangs(probe, || request(probe, &[("Content-Length", "4"), (name, value)], "1\r\nZ\r\nQ\r\n\r\n"))
}

/// What a chunk-reading proxy forwards of this is shorter than its length.
pub(crate) fn chunked_then_counted(probe: &Probe<'_>) -> Outcome {
    let first = counted_then_chunked(probe, "Transfer-Encoding: chunked");
    if matches!(first.verdict, Verdict::Vulnerable { .. } | Verdict::Inconclusive { .. }) {
        return Outcome::not_tested("smuggling-cl-te to hold: on such a site this could disturb others");
    }
    hangs(probe, || request(probe, &[("Content-Length", "6"), ("Transfer-Encoding", "chunked")], "0\r\n\r\nX"))
}

/// Twice without an answer, while a whole request is answered.
fn hangs(probe: &Probe<'_>, make: impl Fn() -> Request) -> Outcome {
    let whole = || {
        let mut request = request(probe, &[], "");
        request.body = Body::Chunked(b"a=1".to_vec(), Vec::new());
        probe.client.timed(request)
    };
    let (usual, took) = whole();
    if usual.result == Err(Failure::Silent) {
        return Outcome::inconclusive(
            "a whole chunked request is not answered either",
            Some(probe.client.replay(&usual.request)),
        );
    }
    let (exchange, _) = probe.client.timed(make());
    let silent = |exchange: &Exchange| exchange.result == Err(Failure::Silent);
    let replay = probe.client.replay(&exchange.request);
    if !silent(&exchange) {
        return match &exchange.result {
            Ok(answer) if answer.status >= 400 => Outcome::held(Layer::behind(answer), replay),
            Ok(answer) => {
                let says = format!("answered at once ({}): whoever reads it agrees about its end", answer.status);
                Outcome::held(Layer::Proxy(says), replay)
            }
            Err(failure) => refused(failure.layer(), &failure.to_string(), replay),
        };
    }
    let (again, _) = probe.client.timed(make());
    let (after, _) = whole();
    if silent(&again) && !silent(&after) && took < probe.client.pace.hang / 2 {
        let waited: Duration = probe.client.pace.hang;
        let evidence = format!(
            "twice no answer within {} s, while a whole request takes {} ms: one of two parsers waits for more",
            waited.as_secs_f32(),
            took.as_millis()
        );
        return Outcome::vulnerable(evidence, replay);
    }
    Outcome::inconclusive("sometimes answered, sometimes not", Some(replay))
}
