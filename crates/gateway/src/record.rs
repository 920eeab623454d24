//! One event per decision, with the same labels for permit and refuse; one per failed handshake.
//!
//! Target `countersign::decision` is INFO for a permit and WARN for a refusal,
//! `countersign::handshake` is WARN. Header values, cookies and bodies are never in it.

use std::{net::SocketAddr, time::Instant};

use countersign_core::{Basis, Reason, Refusal, Stage};
use http::{Method, Uri, Version};

use crate::{
    connection::Connection,
    peer::{Judged, Standing},
    request_id::RequestId,
};

/// nginx's word for a client that left before the answer.
const CLIENT_LEFT: u16 = 499;

/// What is told of one request. A permit that gets no answer, because the client left, is recorded
/// when this is dropped: the app may have acted on it.
#[derive(Debug)]
pub(crate) struct Entry<'c> {
    pub(crate) connection: &'c Connection,
    pub(crate) standing: &'c Standing,
    /// By the site's own trust until there is a route, then by the route's.
    pub(crate) judged: &'c Judged,
    pub(crate) id: RequestId,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) version: Version,
    pub(crate) begun: Instant,
    /// Path of the route; empty before there is one.
    pub(crate) route: &'c str,
    /// What proved the intent of a request that is on its way to the app.
    pub(crate) under_way: Option<Basis>,
}

macro_rules! event {
    ($level:ident, $entry:ident, $verdict:literal, $reason:expr, $status:expr, $detail:expr) => {
        tracing::$level!(
            target: "countersign::decision",
            verdict = $verdict,
            reason = $reason,
            status = $status,
            site = &*$entry.standing.site.name,
            route = $entry.route,
            method = $entry.method.as_str(),
            path = $entry.uri.path(),
            client = $entry.judged.subject(),
            peer = %$entry.connection.addr,
            protocol = if $entry.version == Version::HTTP_2 { "h2" } else { "http/1.1" },
            took_us = u64::try_from($entry.begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            request_id = $entry.id.as_str(),
            detail = $detail,
        )
    };
}

impl Entry<'_> {
    /// The app answered with this status.
    pub(crate) fn answered(&mut self, status: u16) {
        self.permitted(status, "");
    }

    /// It was refused; an upstream that failed is no verdict on the client and is told apart.
    pub(crate) fn refused(&mut self, refusal: &Refusal) {
        self.under_way = None;
        let info = refusal.reason().info();
        let detail = refusal.to_string();
        if info.stage == Stage::Upstream {
            event!(error, self, "failed", info.code, info.status, detail.as_str());
        } else {
            event!(warn, self, "refuse", info.code, info.status, detail.as_str());
        }
    }

    fn permitted(&mut self, status: u16, detail: &str) {
        if let Some(basis) = self.under_way.take()
            && self.standing.serving.access_log
        {
            event!(info, self, "permit", basis.code(), status, detail);
        }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.permitted(CLIENT_LEFT, "the client left before the answer");
    }
}

/// No request came of this connection. `reason` is a code if the client's certificate was it.
pub(crate) fn handshake(peer: SocketAddr, server_name: &str, reason: &str, detail: &str) {
    tracing::warn!(target: "countersign::handshake", %peer, server_name, reason, detail, "handshake failed");
}

/// A WebSocket was closed because its handshake would now be refused.
pub(crate) fn tunnel_ended(peer: SocketAddr, site: &str, path: &str, refusal: &Refusal) {
    let reason = refusal.reason().code();
    tracing::warn!(target: "countersign::decision", verdict = "ended", reason, site, path, %peer, detail = %refusal);
}

/// hyper gave up on a connection: what came was no HTTP, or too much of it. It answered 400 or 431
/// by itself.
pub(crate) fn malformed(peer: SocketAddr, site: &str, error: &hyper::Error) {
    let reason = if error.is_parse_too_large() { Reason::HeadersTooLarge } else { Reason::RequestMalformed };
    let info = reason.info();
    tracing::warn!(
        target: "countersign::decision",
        verdict = "refuse",
        reason = info.code,
        status = info.status,
        site,
        %peer,
        detail = %error,
    );
}
