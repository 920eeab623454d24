//! One event and one count per decision, with the same labels for permit and refuse; one of each per
//! failed handshake.
//!
//! Target `countersign::decision` is INFO for a permit and WARN for a refusal and for what `report_only`
//! let through,
//! `countersign::handshake` is WARN. Header values, cookies and bodies are never in it.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use countersign_core::{ApiKeyId, Basis, Permit, Reason, Refusal};
use http::{Method, Uri, Version};

use crate::{
    connection::Connection,
    cookies::Opened,
    metrics::Handshakes,
    outcome::{HandshakeOutcome, RequestOutcome},
    peer::{Judged, Standing},
    report::{Report, Told},
    request_id::RequestId,
    sites::ReadySite,
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
    /// What proved the intent of a request that is on its way to the app, and since when it is.
    pub(crate) under_way: Option<(Basis, Instant)>,
    /// The API key that it was permitted with.
    pub(crate) api_key: Option<ApiKeyId>,
    /// What its route reports of it instead of refusing it.
    pub(crate) report: Option<Box<Report>>,
}

macro_rules! event {
    ($level:ident, $entry:ident, $outcome:expr, $took:expr, $status:expr, $detail:expr) => {{
        let told = Told::of($entry.report.as_deref());
        tracing::$level!(
            target: "countersign::decision",
            verdict = $outcome.verdict(),
            reason = $outcome.reason(),
            status = $status,
            site = &*$entry.standing.site.name,
            route = $entry.route,
            method = $entry.method.as_str(),
            path = $entry.uri.path(),
            client = $entry.judged.subject(),
            api_key = $entry.api_key.as_ref().map_or("", ApiKeyId::as_str),
            peer = %$entry.connection.addr,
            protocol = if $entry.version == Version::HTTP_2 { "h2" } else { "http/1.1" },
            took_us = u64::try_from($took.as_micros()).unwrap_or(u64::MAX),
            request_id = $entry.id.as_str(),
            would_refuse = told.would_refuse,
            origin = told.origin,
            sec_fetch_site = told.sec_fetch_site,
            sec_fetch_mode = told.sec_fetch_mode,
            referer_origin = told.referer_origin,
            program = told.program,
            detail = Some($detail).filter(|detail| !detail.is_empty()).or(told.detail).unwrap_or_default(),
        )
    }};
}

impl Entry<'_> {
    /// It is permitted, and the app is asked.
    pub(crate) fn forwarding(&mut self, permit: &Permit<'_>) {
        self.api_key = permit.api_key().map(|key| key.id);
        self.under_way = Some((permit.basis(), Instant::now()));
        if let Some(report) = &mut self.report {
            report.note(permit.reported());
            self.standing.site.reports.count(permit);
        }
    }

    /// What became of its bound cookies and of those of its answer. Values are never told.
    pub(crate) fn cookies(&self, opened: &Opened) {
        for (cookie, outcome) in &opened.outcomes {
            self.standing.site.metrics.cookie(*outcome);
            if outcome.is_drop() {
                tracing::warn!(
                    target: "countersign::cookies",
                    reason = outcome.code(),
                    cookie = &**cookie,
                    site = &*self.standing.site.name,
                    route = self.route,
                    client = self.judged.subject(),
                    peer = %self.connection.addr,
                    request_id = self.id.as_str(),
                    "a bound cookie was dropped",
                );
            }
        }
    }

    /// It is a preflight that the policy grants, and the app is not asked.
    pub(crate) fn preflight(&self) {
        self.told(RequestOutcome::Permit(Basis::Preflight), 204, "");
    }

    /// The gateway answered it itself, with a page that says nothing of anybody.
    pub(crate) fn own_page(&self) {
        self.told(RequestOutcome::Permit(Basis::SafeMethod), 200, "");
    }

    /// The app answered with this status.
    pub(crate) fn answered(&mut self, status: u16) {
        self.permitted(status, "");
    }

    /// It was refused; an upstream that failed is no verdict on the client and is told apart.
    pub(crate) fn refused(&mut self, refusal: &Refusal) {
        if let Some((_, since)) = self.under_way.take() {
            self.standing.site.metrics.upstream(since.elapsed());
        }
        let outcome = RequestOutcome::Refuse(refusal.reason());
        let took = self.counted(outcome);
        let (status, detail) = (refusal.reason().info().status, refusal.to_string());
        if outcome.verdict() == "failed" {
            event!(error, self, outcome, took, status, detail.as_str());
        } else {
            event!(warn, self, outcome, took, status, detail.as_str());
        }
    }

    fn permitted(&mut self, status: u16, detail: &str) {
        let Some((basis, since)) = self.under_way.take() else { return };
        self.standing.site.metrics.upstream(since.elapsed());
        self.told(RequestOutcome::Permit(basis), status, detail);
    }

    fn told(&self, outcome: RequestOutcome, status: u16, detail: &str) {
        let took = self.counted(outcome);
        if self.report.as_ref().is_some_and(|report| report.is_told()) {
            event!(warn, self, outcome, took, status, detail);
        } else if self.standing.serving.access_log {
            event!(info, self, outcome, took, status, detail);
        }
    }

    fn counted(&self, outcome: RequestOutcome) -> Duration {
        let took = self.begun.elapsed();
        self.standing.site.metrics.decided(outcome, Some(took));
        took
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.permitted(CLIENT_LEFT, "the client left before the answer");
    }
}

/// No request came of this connection. `reason` is a code if the client's certificate was it;
/// `counts` are those of the site, or of those who found none.
pub(crate) fn handshake(
    counts: &Handshakes,
    peer: SocketAddr,
    server_name: &str,
    outcome: HandshakeOutcome,
    detail: &str,
) {
    counts.count(outcome);
    let reason = if let HandshakeOutcome::Refused(reason) = outcome { reason.code() } else { "" };
    let result = outcome.code();
    tracing::warn!(target: "countersign::handshake", %peer, server_name, result, reason, detail, "handshake failed");
}

/// A request asks for another method than its own, by this header or parameter. Its value is not told.
pub(crate) fn method_override(site: &ReadySite, peer: SocketAddr, by: &str, path: &str, id: RequestId) {
    site.metrics.method_override();
    let (site, request_id) = (&*site.name, id.as_str());
    tracing::warn!(target: "countersign::override", by, site, path, %peer, request_id, "a request asks for another method than its own");
}

/// A WebSocket was closed because its handshake would now be refused.
pub(crate) fn tunnel_ended(peer: SocketAddr, site: &ReadySite, path: &str, refusal: &Refusal) {
    site.metrics.tunnel_closed();
    let site = &*site.name;
    let reason = refusal.reason().code();
    tracing::warn!(target: "countersign::decision", verdict = "ended", reason, site, path, %peer, detail = %refusal);
}

/// hyper gave up on a connection: what came was no HTTP, or too much of it. It answered 400 or 431
/// by itself.
pub(crate) fn malformed(peer: SocketAddr, site: &ReadySite, error: &hyper::Error) {
    let reason = if error.is_parse_too_large() { Reason::HeadersTooLarge } else { Reason::RequestMalformed };
    let outcome = RequestOutcome::Refuse(reason);
    site.metrics.decided(outcome, None);
    tracing::warn!(
        target: "countersign::decision",
        verdict = outcome.verdict(),
        reason = outcome.reason(),
        status = reason.info().status,
        site = &*site.name,
        %peer,
        detail = %error,
    );
}
