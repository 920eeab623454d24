//! To the app and back. Nothing gets here without a [`Permit`] and [`StampedHeaders`].

use std::{future::Future, time::Duration};

use countersign_core::{Permit, Reason, Refusal};
use http::{Method, Request, Response, StatusCode, Uri, Version, uri::Scheme};
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
    websocket::is_websocket,
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
    let opening = line.opening.as_deref();
    let mut request = request(method, line, headers, body)?;
    if let Some(opening) = opening {
        opening.ask(request.headers_mut());
    }
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
    let names_websocket = is_websocket(&response);
    if switched && !(opening.is_some() && names_websocket) {
        return Err(Refusal::new(Reason::UpstreamBroken).received("101 Switching Protocols that nobody asked for"));
    }
    clean_response(response.headers_mut());
    *response.version_mut() = Version::HTTP_11;
    if let Some(opening) = opening {
        opening.answered(&mut response, names_websocket)?;
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
    Ok(request)
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
