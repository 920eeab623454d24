//! To the app and back. Nothing gets here without a [`Permit`] and [`StampedHeaders`].

use std::{future::Future, time::Duration};

use countersign_core::{Permit, Reason, Refusal};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header, uri::Scheme};
use http_body::Body;
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::capture_connection;
use tokio::time::timeout;

use crate::{
    Limits,
    body::{BodyWatch, RequestBody},
    headers::{StampedHeaders, clean_response},
    request::Line,
    upstream::Pool,
};

/// The pool connects to one place, whatever stands here.
const AUTHORITY: &str = "upstream";

/// Sends a permitted request to the app.
///
/// # Errors
/// A [`Refusal`] of stage `Upstream`, or of stage `Wire` if it was the client's body that failed.
pub(crate) async fn forward(
    _permit: &Permit<'_>,
    pool: &Pool,
    method: Method,
    line: &Line,
    headers: StampedHeaders,
    body: RequestBody,
    limits: &Limits,
) -> Result<Response<Incoming>, Refusal> {
    let watch = body.watch();
    let mut request = request(method, line, headers, body)?;
    if !request.body().is_end_stream() {
        let connection = capture_connection(&mut request);
        request.body_mut().goes_out_on(connection);
    }
    let answer = answer_in_time(pool.request(request), &watch, limits.upstream_timeout).await;
    let mut response = match answer {
        Some(Ok(response)) => response,
        Some(Err(error)) => return Err(failure(&error, &watch)),
        None => return Err(watch.flaw().map_or_else(|| Refusal::new(Reason::UpstreamTimeout), Refusal::new)),
    };
    let switched = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    if switched && !(line.websocket && is_websocket(&response)) {
        return Err(Refusal::new(Reason::UpstreamBroken).received("101 Switching Protocols that nobody asked for"));
    }
    clean_response(response.headers_mut());
    *response.version_mut() = Version::HTTP_11;
    if switched {
        mark_upgrade(response.headers_mut());
    }
    Ok(response)
}

fn request(
    method: Method,
    line: &Line,
    headers: StampedHeaders,
    body: RequestBody,
) -> Result<Request<RequestBody>, Refusal> {
    let mut uri = http::uri::Parts::default();
    uri.scheme = Some(Scheme::HTTP);
    uri.authority = Some(http::uri::Authority::from_static(AUTHORITY));
    uri.path_and_query = Some(line.target.clone());
    let uri = Uri::from_parts(uri).map_err(|e| Refusal::new(Reason::TargetMalformed).received(e.to_string()))?;
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers.into_map();
    if line.websocket {
        mark_upgrade(request.headers_mut());
    }
    Ok(request)
}

fn mark_upgrade(headers: &mut http::HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
}

fn is_websocket<B>(response: &Response<B>) -> bool {
    response.headers().get(header::UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Waits for the head of the answer. The limit counts from the last piece of the client's body: an
/// app that is being sent an upload has nothing to answer yet.
async fn answer_in_time<T>(answer: impl Future<Output = T>, watch: &BodyWatch, limit: Duration) -> Option<T> {
    let mut answer = std::pin::pin!(answer);
    let mut left = limit;
    loop {
        if let Ok(result) = timeout(left, answer.as_mut()).await {
            return Some(result);
        }
        left = limit.saturating_sub(watch.quiet());
        if left.is_zero() {
            return None;
        }
    }
}

fn failure(error: &hyper_util::client::legacy::Error, watch: &BodyWatch) -> Refusal {
    if let Some(reason) = watch.flaw() {
        return Refusal::new(reason);
    }
    // The innermost cause says what happened; addresses are not in it.
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let reason = if error.is_connect() { Reason::UpstreamUnreachable } else { Reason::UpstreamBroken };
    Refusal::new(reason).received(cause.to_string())
}

const WEBSOCKET_KEY: HeaderName = HeaderName::from_static("sec-websocket-key");
const WEBSOCKET_VERSION: HeaderName = HeaderName::from_static("sec-websocket-version");

/// Whether a WebSocket handshake is complete (RFC 6455 section 4.2.1).
pub(crate) fn check_websocket(version: Version, headers: &http::HeaderMap) -> Result<(), Refusal> {
    let one = |name: HeaderName| {
        let mut values = headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none())
    };
    // 16 bytes in base64
    let key = one(WEBSOCKET_KEY).is_some_and(|key| key.len() == 24 && key.as_bytes().ends_with(b"=="));
    let protocol = one(WEBSOCKET_VERSION).is_some_and(|protocol| protocol == "13");
    // An Upgrade that Connection does not name is none (RFC 9110 section 7.8).
    let asked = headers.get_all(header::CONNECTION).iter().any(|value| {
        value.as_bytes().split(|&b| b == b',').any(|token| token.trim_ascii().eq_ignore_ascii_case(b"upgrade"))
    });
    // Over HTTP/2 it takes an extended CONNECT, which is not offered.
    if key && protocol && asked && version == Version::HTTP_11 {
        return Ok(());
    }
    Err(Refusal::new(Reason::UpgradeMalformed)
        .expected("HTTP/1.1, Connection: Upgrade, one Sec-WebSocket-Key of 16 bytes and Sec-WebSocket-Version: 13"))
}
