//! The headers that the gateway alone speaks: where a request came from, and who sent it.
//!
//! `X-Forwarded-For` is the TCP peer and nothing the client said; `-Proto` is always `https`;
//! `-Host` and `-Port` are the canonical Host's; `Forwarded` (RFC 7239) says the same.
//! `Countersign-Assertion` is signed and says all of it about this request; one that cannot be made
//! is a request that is not forwarded.

use std::sync::{Arc, Mutex, PoisonError};

use countersign_assertion::RequestClaims;
use countersign_core::{Permit, Reason, Refusal, UnixTime};
use http::{HeaderName, HeaderValue, Method, header};

use crate::{
    headers::{CleanHeaders, StampedHeaders},
    peer::{Judged, Peer},
    request::Line,
    request_id::RequestId,
    sites::ReadySite,
};

static FORWARDED: HeaderName = header::FORWARDED;
static HOST: HeaderName = header::HOST;
static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
static X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
static X_FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
static ASSERTION: HeaderName = HeaderName::from_static(countersign_assertion::HEADER);
static REQUEST_ID: HeaderName = HeaderName::from_static("countersign-request-id");

/// What depends on the Host alone, remembered per connection: it rarely changes.
#[derive(Debug, Default)]
pub(crate) struct HostStamps(Mutex<Option<Arc<ForHost>>>);

#[derive(Debug)]
struct ForHost {
    host: HeaderValue,
    port: HeaderValue,
    forwarded: HeaderValue,
}

impl HostStamps {
    fn get(&self, line: &Line, peer: &Peer) -> Arc<ForHost> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last.as_ref().filter(|last| last.host == line.host) {
            return Arc::clone(last);
        }
        let made =
            Arc::new(ForHost { host: line.host.clone(), port: line.port.into(), forwarded: forwarded(line, peer) });
        *last = Some(Arc::clone(&made));
        made
    }
}

fn forwarded(line: &Line, peer: &Peer) -> HeaderValue {
    let ip = peer.forwarded_for().to_str().unwrap_or("unknown");
    let node = if ip.contains(':') { format!("\"[{ip}]\"") } else { ip.to_owned() };
    let host = line.host.to_str().unwrap_or_default();
    HeaderValue::from_str(&format!("for={node};host=\"{host}\";proto=https"))
        .unwrap_or(HeaderValue::from_static("proto=https"))
}

/// The assertion for a permitted request.
///
/// # Errors
/// A [`Refusal`] of stage `Upstream`: an app must not take its lack for a request from elsewhere.
pub(crate) fn assertion(
    permit: &Permit<'_>,
    method: &Method,
    line: &Line,
    site: &ReadySite,
    judged: &Judged,
    now: UnixTime,
    id: RequestId,
) -> Result<HeaderValue, Refusal> {
    let failed = |why: &str| {
        tracing::error!(site = %site.name, "no assertion can be made: {why}");
        Refusal::new(Reason::UpstreamUnreachable).received(why)
    };
    let prepared = judged.assertion.as_ref().ok_or_else(|| failed("the client was rejected"))?;
    let claims = RequestClaims {
        request: line.facts(method),
        id: id.as_str(),
        basis: permit.basis(),
        audience: permit.route().audience,
        api_key: permit.api_key(),
        reported: Some(permit.reported()),
    };
    let token = site.assertion.mint(prepared, &claims, now).map_err(|error| failed(&error.to_string()))?;
    let mut value = HeaderValue::from_str(&token).map_err(|error| failed(&error.to_string()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Stamps what the app is told.
pub(crate) fn stamp(
    headers: CleanHeaders,
    line: &Line,
    peer: &Peer,
    judged: &Judged,
    hosts: &HostStamps,
    assertion: HeaderValue,
    id: RequestId,
) -> StampedHeaders {
    let for_host = hosts.get(line, peer);
    let own = [
        (&HOST, for_host.host.clone()),
        (&X_FORWARDED_FOR, peer.forwarded_for().clone()),
        (&X_FORWARDED_PROTO, HeaderValue::from_static("https")),
        (&X_FORWARDED_HOST, for_host.host.clone()),
        (&X_FORWARDED_PORT, for_host.port.clone()),
        (&FORWARDED, for_host.forwarded.clone()),
        (&REQUEST_ID, id.header()),
        (&ASSERTION, assertion),
    ];
    headers.stamp(own.into_iter().chain(judged.stamps()))
}
