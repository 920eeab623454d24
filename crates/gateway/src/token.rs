//! A route with a token: the form is read, as far as `max_form_bytes` allows, before the app sees a
//! byte of the request.
//!
//! Gateway and app have to see one token, or a form could show a good one here and another there.
//! Django takes the last field of the name, which may come late in a large upload:
//!
//! - A form within the limit is read whole, judged, and forwarded with the length that it turned out
//!   to have: WSGI servers show Django an empty form where there is no `Content-Length`.
//! - Of a larger one the last token so far is judged, or else the header. While the rest streams, the
//!   reader goes on (`RequestBody`): a token that is not the one that was judged ends the request,
//!   and the piece that it stands in is held back until it is known, so that the app never sees it.
//!   What the app has got by then ends without it, and bears the token that was judged.
//! - Without either, and where nobody said how long it is: refused, `csrf-form-too-large`. Of a
//!   chunked form that is passed on in pieces Django would see nothing.
//!
//! On a route that reports only (`report_only`) a form that cannot be read, or not within the limit, is
//! forwarded as it came; what would have been refused is told.
//!
//! Nothing forged gets through: identity and intent were proved before; the app's own check sees the
//! same cookie, header and form, and where this reading differed from Django's, Django would still
//! refuse what it does not like. What a form can be read as is [`countersign_core::form`]'s to say;
//! what could be read in two ways is refused there. Memory is bounded by the limit, a piece of the
//! body, and some kilobytes of the reader's.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use countersign_core::{
    Pending, Permit, Reason, Refusal, Silent, Verdict,
    django::{Forwarded, Meta},
    form::MAX_FIELD_BYTES,
    token::Evidence,
};
use http::{HeaderMap, header};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::{Limits, body::RequestBody, exchange::Unread, request::Line, sites::ReadySite};

/// Judges the token of a request that nothing else is held against.
///
/// # Errors
/// The refusal, with what is left of the body.
pub(crate) async fn judge<'s>(
    mut pending: Pending<'s>,
    headers: &HeaderMap,
    mut body: Incoming,
    site: &ReadySite,
    line: &Line,
    limits: &Limits,
) -> Result<(Permit<'s>, RequestBody), (Refusal, Unread)> {
    let shown = shown(headers, site, line);
    let header_token = || shown.get(&site.policy.django.header_name);
    let waits = headers.contains_key(header::EXPECT);
    let fresh = |body| RequestBody::new(body, limits.max_body_bytes, limits.body_timeout);
    let Some(mut reader) = pending.take_form() else {
        return end(
            pending.with(&Evidence { meta: &shown, form: None }, &mut Silent),
            fresh(body),
            Left::Unread(waits),
        );
    };
    let length = body.size_hint().exact();
    if reader.limits_body() && length.is_some_and(|length| length > MAX_FIELD_BYTES) {
        let refusal = too_large(format!("at most {MAX_FIELD_BYTES} bytes, as Django has it"));
        return end(pending.unproved(refusal, &mut Silent), fresh(body), Left::Unread(waits));
    }
    let mut read = BytesMut::new();
    let whole = loop {
        let piece = match next(&mut body, limits.body_timeout).await {
            Ok(Some(piece)) => piece,
            Ok(None) => break true,
            Err(reason) => return Err((Refusal::new(reason), Unread::Gone)),
        };
        read.extend_from_slice(&piece);
        if read.len() as u64 > limits.max_body_bytes {
            return Err((Refusal::new(Reason::BodyTooLarge), Unread::Gone));
        }
        if let Err(error) = reader.push(&piece) {
            let verdict = pending.unreadable(error, &mut Silent);
            return end(verdict, RequestBody::partly(read, body, limits), Left::Unread(false));
        }
        if read.len() > limits.max_form_bytes {
            break false;
        }
    };
    if whole {
        let verdict = match reader.finish() {
            Err(error) => pending.unreadable(error, &mut Silent),
            Ok(token) => pending.with(&Evidence { meta: &shown, form: token.as_deref() }, &mut Silent),
        };
        return end(verdict, RequestBody::whole(read), Left::Nothing);
    }
    let token = reader.token().filter(|token| !token.is_empty());
    let too_long = if length.is_none() {
        Some(format!("Content-Length, or at most {} bytes", limits.max_form_bytes))
    } else if token.is_none() && header_token().is_none() {
        Some(format!("a token within the first {} bytes", limits.max_form_bytes))
    } else {
        None
    };
    if let Some(expected) = too_long {
        let verdict = pending.unproved(too_large(expected), &mut Silent);
        return end(verdict, RequestBody::partly(read, body, limits), Left::Gone);
    }
    // Nothing that comes late may end a request whose route reports only.
    let reads_along = !pending.only_reports();
    let verdict = pending.with(&Evidence { meta: &shown, form: token }, &mut Silent);
    let body = if reads_along {
        let judged = token.map_or_else(|| header_token().unwrap_or_default().into_owned(), str::to_owned);
        reader.settle(&judged);
        RequestBody::checked(read, body, reader, limits)
    } else {
        RequestBody::partly(read, body, limits)
    };
    end(verdict, body, Left::Gone)
}

/// What is left of a body for a refusal.
#[derive(Clone, Copy)]
enum Left {
    /// All that was not read, and whether the client waits to be asked for it.
    Unread(bool),
    Gone,
    Nothing,
}

/// The body goes on with a permit. It does so as it came where only a report was made.
fn end(verdict: Verdict<'_>, body: RequestBody, left: Left) -> Result<(Permit<'_>, RequestBody), (Refusal, Unread)> {
    match verdict {
        Verdict::Permit(permit) => Ok((permit, body)),
        other => Err((
            refusal(other),
            match left {
                Left::Unread(waits) => body.unread(waits),
                Left::Gone => Unread::Gone,
                Left::Nothing => Unread::None,
            },
        )),
    }
}

fn too_large(expected: String) -> Refusal {
    Refusal::new(Reason::CsrfFormTooLarge).expected(expected)
}

/// A pending request is never pending again.
fn refusal(verdict: Verdict<'_>) -> Refusal {
    match verdict {
        Verdict::Refuse(refusal) => refusal,
        _ => Refusal::new(Reason::CsrfTokenMissing),
    }
}

/// The next piece of a body; none at its end, which trailers are too.
async fn next(body: &mut Incoming, limit: Duration) -> Result<Option<Bytes>, Reason> {
    match tokio::time::timeout(limit, body.frame()).await {
        Err(_) => Err(Reason::BodyTimeout),
        Ok(None) => Ok(None),
        Ok(Some(Err(_))) => Err(Reason::BodyMalformed),
        Ok(Some(Ok(frame))) => Ok(frame.into_data().ok()),
    }
}

/// What the headers show Django, each field joined as the app gets it.
fn shown<'h>(
    headers: &'h HeaderMap,
    site: &'h ReadySite,
    line: &'h Line,
) -> Forwarded<'h, impl Fn(&str) -> Option<Vec<u8>> + 'h> {
    Forwarded {
        host: line.host.to_str().unwrap_or_default(),
        port: line.port,
        app_port: site.upstream.port(),
        field: move |name: &str| {
            let passed_on = !site.protected.drops(name);
            passed_on.then(|| joined(headers, name, if name == "cookie" { b"; " } else { b"," })).flatten()
        },
    }
}

fn joined(headers: &HeaderMap, name: &str, with: &[u8]) -> Option<Vec<u8>> {
    let mut values = headers.get_all(name).iter().map(http::HeaderValue::as_bytes);
    let first = values.next()?.to_vec();
    Some(values.fold(first, |all, value| [&all, with, value].concat()))
}
