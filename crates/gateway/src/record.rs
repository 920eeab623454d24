//! One event per decision, with the same labels for permit and refuse; one per failed handshake.
//!
//! Target `countersign::decision` is INFO for a permit and WARN for a refusal,
//! `countersign::handshake` is WARN. Header values, cookies and bodies are never in it.

use std::{net::SocketAddr, time::Duration};

use countersign_core::{Reason, Refusal, Stage};

use crate::request_id::RequestId;

/// What is the same for every decision.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) id: &'a RequestId,
    pub(crate) site: &'a str,
    pub(crate) route: &'a str,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) client: &'a str,
    pub(crate) peer: SocketAddr,
    pub(crate) protocol: &'static str,
    pub(crate) took: Duration,
}

macro_rules! event {
    ($level:ident, $entry:ident, $verdict:literal, $reason:expr, $status:expr, $detail:expr) => {
        tracing::$level!(
            target: "countersign::decision",
            verdict = $verdict,
            reason = $reason,
            status = $status,
            site = $entry.site,
            route = $entry.route,
            method = $entry.method,
            path = $entry.path,
            client = $entry.client,
            peer = %$entry.peer,
            protocol = $entry.protocol,
            took_us = u64::try_from($entry.took.as_micros()).unwrap_or(u64::MAX),
            request_id = $entry.id.as_str(),
            detail = $detail,
        )
    };
}

impl Entry<'_> {
    /// The request went to the app, which answered with this status.
    pub(crate) fn permit(&self, basis: &'static str, status: u16) {
        event!(info, self, "permit", basis, status, "");
    }

    /// It was refused; an upstream that failed is no verdict on the client and is told apart.
    pub(crate) fn refuse(&self, refusal: &Refusal) {
        let info = refusal.reason().info();
        let detail = refusal.to_string();
        if info.stage == Stage::Upstream {
            event!(error, self, "failed", info.code, info.status, detail.as_str());
        } else {
            event!(warn, self, "refuse", info.code, info.status, detail.as_str());
        }
    }
}

/// No request came of this connection. `reason` is a code if the client's certificate was it.
pub(crate) fn handshake(peer: SocketAddr, server_name: &str, reason: &str, detail: &str) {
    tracing::warn!(target: "countersign::handshake", %peer, server_name, reason, detail, "handshake failed");
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
