//! One request and its answer: head, decision, forwarding, record.

use std::{sync::Arc, time::Instant};

use countersign_core::{
    ApiKeyId, ClientMode, Decision, Pending, Permit, Preflight, Reason, Refusal, Silent, TrustIndex, UnixTime, Verdict,
    decide,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version, header, request::Parts};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::{
    activity::ActiveRequest,
    api_key,
    body::{RequestBody, ResponseBody},
    connection::{Connection, now},
    cors,
    forward::forward,
    headers::CleanHeaders,
    overrides,
    peer::Standing,
    reasons,
    record::{self, Entry},
    refuse,
    report::Report,
    request::{self, Line},
    request_id::RequestId,
    stamp::{assertion, stamp},
    token,
    tunnel::Tunnel,
    websocket::Opening,
};

/// A refused body up to this size is read, so that the connection can go on.
const DRAINED: u64 = 64 << 10;

/// Answers one request. Every way out is recorded.
pub(crate) async fn answer(connection: &Arc<Connection>, request: Request<Incoming>) -> Response<ResponseBody> {
    let begun = Instant::now();
    let active = connection.activity.begin(&connection.worker.metrics.requests);
    let id = RequestId::new();
    let now = now();
    let standing = connection.peer.standing(&connection.worker, now);
    let (parts, body) = request.into_parts();
    let version = parts.version;
    let page = refuse::wants_page(&parts.headers);
    let mut entry = Entry {
        connection,
        standing: &standing,
        judged: standing.judged(TrustIndex::default(), now),
        id,
        method: parts.method.clone(),
        uri: parts.uri.clone(),
        version,
        begun,
        route: "",
        under_way: None,
        api_key: None,
        report: None,
    };
    let exchange = Exchange { connection, standing: &standing, now, id };
    let mut response = match exchange.run(parts, body, active, &mut entry).await {
        Outcome::Answered(response) => {
            entry.answered(response.status().as_u16());
            response
        }
        Outcome::Refused { refusal, body, active } => {
            entry.refused(&refusal);
            if refusal.reason() == Reason::ClientCertMissing && version == Version::HTTP_2 {
                connection.leave();
            }
            let keep = !loses_framing(&refusal) && drained(body, version, connection).await;
            let mut response = refuse::response(&refusal, page, id).map(|body| body.of(active));
            if !keep && version != Version::HTTP_2 {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            response
        }
    };
    if let Some(hsts) = &standing.site.hsts {
        // What the app says of it stands.
        response.headers_mut().entry(header::STRICT_TRANSPORT_SECURITY).or_insert_with(|| hsts.clone());
    }
    response
}

/// How an exchange ends.
enum Outcome {
    Answered(Response<ResponseBody>),
    Refused { refusal: Refusal, body: Unread, active: ActiveRequest },
}

/// What is left of a refused request's body.
pub(crate) enum Unread {
    /// Not touched yet, and whether the client waits to be asked for it.
    Whole(Incoming, bool),
    /// Handed on, in part at least.
    Gone,
    /// There was none.
    None,
}

/// What is to be done with a request that is not refused.
enum Decided<'s> {
    /// At once, or once its token was seen.
    Forward(Result<Permit<'s>, Pending<'s>>, Line),
    Answer(Preflight<'s>),
    /// A page of the gateway's own.
    Page(Response<ResponseBody>),
}

struct Exchange<'c> {
    connection: &'c Arc<Connection>,
    standing: &'c Standing,
    now: UnixTime,
    id: RequestId,
}

impl<'c> Exchange<'c> {
    async fn run(&self, mut parts: Parts, body: Incoming, active: ActiveRequest, entry: &mut Entry<'c>) -> Outcome {
        let waits = parts.headers.contains_key(header::EXPECT);
        let (granted, line) = match self.decide(&parts, &body, entry) {
            Ok(Decided::Forward(granted, line)) => (granted, line),
            Ok(Decided::Answer(preflight)) => {
                entry.preflight();
                let asked = matches!(self.standing.site.policy.client, ClientMode::Soft | ClientMode::Hard);
                if asked && !entry.judged.is_verified() && parts.version == Version::HTTP_2 {
                    self.connection.leave();
                }
                return Outcome::Answered(cors::answer(&preflight, &parts.headers).map(|body| body.of(active)));
            }
            Ok(Decided::Page(page)) => {
                entry.own_page();
                return Outcome::Answered(page.map(|body| body.of(active)));
            }
            Err(refusal) => return Outcome::Refused { refusal, body: Unread::Whole(body, waits), active },
        };
        let connection = self.connection;
        let limits = &connection.limits;
        // Of a certificate that does not hold, and is reported only, the app learns nothing.
        let hidden = granted.as_ref().map_or_else(Pending::hides_client, Permit::hides_client);
        let client_is = if hidden { self.standing.nobody(self.now) } else { entry.judged };
        let (site, binding) = (&self.standing.site, &client_is.binding);
        let mut cookies = match site.cookies.open(&mut parts.headers, binding, self.now) {
            Ok(cookies) => cookies,
            Err(refusal) => return Outcome::Refused { refusal, body: Unread::Whole(body, waits), active },
        };
        let (permit, body, now) = match granted {
            Ok(permit) => (permit, RequestBody::new(body, limits.max_body_bytes, limits.body_timeout), self.now),
            Err(pending) => match token::judge(pending, &parts.headers, body, site, &line, limits).await {
                // The form took its time.
                Ok((permit, body)) => (permit, body, now()),
                Err((refusal, body)) => {
                    entry.cookies(&cookies);
                    return Outcome::Refused { refusal, body, active };
                }
            },
        };
        let asked = cors::Asked::new(&parts.headers, client_is.is_verified());
        if line.opening.is_some() {
            // What an extended CONNECT is to an app that speaks HTTP/1.1 (RFC 8441 section 5).
            parts.method = Method::GET;
        }
        let client = line.websocket.then(|| parts.extensions.remove()).flatten();
        api_key::hide(&mut parts.headers, &permit);
        let clean = CleanHeaders::new(std::mem::take(&mut parts.headers), &self.standing.site.protected);
        let assertion = assertion(&permit, &parts.method, &line, &self.standing.site, client_is, now, self.id);
        let assertion = match assertion {
            Ok(assertion) => assertion,
            Err(refusal) => return Outcome::Refused { refusal, body: body.unread(waits), active },
        };
        let headers = stamp(clean, &line, &connection.peer, client_is, &connection.hosts, assertion, self.id);
        let left = if body.is_end_stream() { Unread::None } else { Unread::Gone };
        let opened = permit.api_key().map(|key| key.id);
        entry.forwarding(&permit);
        let pool = &self.standing.pool;
        match forward(&permit, pool, parts.method, &line, headers, body, limits).await {
            Err(refusal) => {
                entry.cookies(&cookies);
                Outcome::Refused { refusal, body: left, active }
            }
            Ok(mut response) => {
                site.cookies.seal(response.headers_mut(), &mut cookies, binding, self.now);
                entry.cookies(&cookies);
                if asked.hold(response.headers_mut(), &self.standing.site.policy, &line.host) {
                    self.standing.site.metrics.cors_corrected();
                }
                let tunnels = response.status() == StatusCode::SWITCHING_PROTOCOLS;
                let told = client_is.is_verified();
                let status = line.opening.as_ref().filter(|_| tunnels).map(|opening| opening.status());
                let mut answer = self.pass_on(response, client, line, (opened, told), active);
                if let Some(status) = status {
                    *answer.status_mut() = status;
                }
                Outcome::Answered(answer)
            }
        }
    }

    /// Everything that is decided before the app sees a byte.
    fn decide(&self, parts: &Parts, body: &Incoming, entry: &mut Entry<'c>) -> Result<Decided<'c>, Refusal> {
        let connection = self.connection;
        if let Some(flaw) = connection.scan.as_ref().and_then(|scan| scan.next_flaw()) {
            return Err(Refusal::new(flaw));
        }
        if parts.version == Version::HTTP_2 {
            http2_flaw(&parts.headers, connection.limits.max_headers).map_or(Ok(()), |flaw| Err(Refusal::new(flaw)))?;
        }
        self.standing.served()?;
        let policy = &self.standing.site.policy;
        let head = request::head(parts, policy.routes.api_key_headers())?;
        if policy.serves(&head.host())
            && let Some(page) = reasons::answer(&parts.method, head.path().decoded())
        {
            return page.map(Decided::Page);
        }
        if let Some(by) = overrides::asked(&parts.headers, head.query()) {
            record::method_override(&self.standing.site, connection.addr, by, head.path().decoded(), self.id);
        }
        let clients = self.standing.at(self.now);
        let Decision { route, verdict } = decide(policy, &head, &clients, self.now, &mut Silent);
        if let Some(route) = route {
            entry.route = &route.path;
            entry.judged = self.standing.judged(route.trust, self.now);
        }
        let granted = match verdict {
            Verdict::Permit(permit) => Ok(permit),
            Verdict::Pending(pending) => Err(pending),
            Verdict::Preflight(preflight) => return Ok(Decided::Answer(preflight)),
            Verdict::Refuse(refusal) => return Err(refusal),
        };
        entry.report = Report::begin(&granted, &head);
        let max = connection.limits.max_body_bytes;
        if body.size_hint().exact().is_some_and(|size| size > max) {
            return Err(Refusal::new(Reason::BodyTooLarge).expected(format!("at most {max} bytes")));
        }
        let mut line = Line::of(&head, &parts.uri).ok_or_else(|| Refusal::new(Reason::TargetMalformed))?;
        if line.websocket {
            line.opening = Some(Box::new(Opening::of(parts.version, &parts.headers)?));
        }
        Ok(Decided::Forward(granted, line))
    }

    /// The app's answer to the client; a 101 opens the tunnel.
    fn pass_on(
        &self,
        mut response: Response<Incoming>,
        client: Option<hyper::upgrade::OnUpgrade>,
        line: Line,
        (api_key, told): (Option<ApiKeyId>, bool),
        active: ActiveRequest,
    ) -> Response<ResponseBody> {
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return response.map(|body| ResponseBody::app(body).of(active));
        }
        let app = hyper::upgrade::on(&mut response);
        if let (Some(client), Some(path)) = (client, line.tunnel_path) {
            if let Some(scan) = &self.connection.scan {
                scan.stop();
            }
            let worker = &self.connection.worker;
            let tunnel = Tunnel { connection: Arc::clone(self.connection), path, api_key, told };
            let active = active.becomes_tunnel(&worker.metrics.tunnels);
            worker.tunnels.spawn(tunnel.run(client, app, active));
        }
        response.map(|_| ResponseBody::own(""))
    }
}

/// What hyper lets through of an HTTP/2 head. Its cookies count as the one field that they are to
/// the app: browsers send each by itself.
fn http2_flaw(headers: &HeaderMap, max_headers: usize) -> Option<Reason> {
    if headers.get_all(header::CONTENT_LENGTH).iter().nth(1).is_some() {
        return Some(Reason::FramingAmbiguous);
    }
    let crumbs = headers.get_all(header::COOKIE).iter().count().saturating_sub(1);
    (headers.len() - crumbs > max_headers).then_some(Reason::HeadersTooLarge)
}

/// After a flaw in the framing nobody knows where the next request starts.
fn loses_framing(refusal: &Refusal) -> bool {
    matches!(
        refusal.reason(),
        Reason::LineEndingBare | Reason::FramingAmbiguous | Reason::HeadersTooLarge | Reason::RequestMalformed
    )
}

/// Reads what is left of a small body; tells whether the connection can go on.
async fn drained(body: Unread, version: Version, connection: &Connection) -> bool {
    let (mut body, waits) = match body {
        Unread::Whole(body, waits) => (body, waits),
        Unread::Gone => return false,
        Unread::None => return true,
    };
    if body.is_end_stream() {
        return true;
    }
    // Reading would ask a waiting client to send. HTTP/2 resets the one stream.
    if waits || version == Version::HTTP_2 || body.size_hint().lower() > DRAINED {
        return false;
    }
    let read = async {
        let mut left = DRAINED;
        while let Some(frame) = body.frame().await {
            let size = frame.ok()?.data_ref().map_or(0, |data| data.len() as u64);
            left = left.checked_sub(size)?;
        }
        Some(())
    };
    matches!(tokio::time::timeout(connection.limits.body_timeout, read).await, Ok(Some(())))
}
