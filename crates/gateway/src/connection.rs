//! One client connection: handshake, judgement, then HTTP/1.1 or HTTP/2 until it ends.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use countersign_core::{Client, Clients, TrustIndex, UnixTime};
use http::{Request, Response};
use hyper::{body::Incoming, server::conn, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::{HandshakeKind, server::Acceptor};
use tokio::{
    net::TcpStream,
    sync::Notify,
    time::{sleep, timeout},
};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};

use crate::{
    Limits,
    activity::{Activity, Overdue},
    body::ResponseBody,
    exchange,
    live::Serving,
    metrics::Handshakes,
    outcome::HandshakeOutcome,
    peer::{Peer, Shown, Standing},
    record,
    sites::ReadySite,
    stamp::HostStamps,
    verifier,
    wire::{Scan, Wire},
    worker::Worker,
};

/// HTTP/2 ping interval and patience: finds clients that are gone without a word.
const PING: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(20));
/// What hyper may buffer of a head; it refuses to go below 8 KiB.
const READ_BUFFER: usize = 16 << 10;

/// What a request needs to know of its connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) worker: Arc<Worker>,
    /// Those that were in force when it began.
    pub(crate) limits: Arc<Limits>,
    pub(crate) peer: Peer,
    pub(crate) addr: SocketAddr,
    pub(crate) hosts: HostStamps,
    pub(crate) activity: Arc<Activity>,
    /// Of HTTP/1.
    pub(crate) scan: Option<Arc<Scan>>,
    /// See [`leave`](Self::leave).
    left: Notify,
}

/// Serves one TCP connection to its end.
pub(crate) async fn serve(worker: Arc<Worker>, tcp: TcpStream, addr: SocketAddr) {
    let serving = worker.live.serving();
    let limits = Arc::clone(&serving.limits);
    let strangers = &worker.metrics.strangers;
    // Boxed: its room is given back when it is over.
    let handshake = timeout(limits.handshake_timeout, Box::pin(handshake(&serving, strangers, tcp, addr))).await;
    let Handshake { site, server_name, local, tls } = match handshake {
        Ok(Some(done)) => done,
        Ok(None) => return,
        Err(_) => return record::handshake(strangers, addr, "", HandshakeOutcome::Timeout, "it took too long"),
    };
    let (_, session) = tls.get_ref();
    let resumed = session.handshake_kind() == Some(HandshakeKind::Resumed);
    site.metrics.handshakes.count(if resumed { HandshakeOutcome::Resumed } else { HandshakeOutcome::Done });
    let h2 = session.alpn_protocol() == Some(b"h2");
    let shown = Shown::in_handshake(session, server_name);
    let peer = Peer::new(shown, &worker, serving, site, (addr, local), now());
    let (standing, opened) = (peer.standing(&worker, now()), now());
    if let Client::Verified(identity) = standing.at(opened).under(TrustIndex::default()) {
        standing.site.metrics.certificate(identity.not_after, opened);
    }
    drop(standing);
    let activity = Activity::new();
    let scan = (!h2).then(|| Scan::new(limits.max_header_bytes));
    let wire = TokioIo::new(Wire::new(tls, Arc::clone(&activity), scan.clone()));
    let connection = Arc::new(Connection {
        worker,
        limits,
        peer,
        addr,
        hosts: HostStamps::default(),
        activity,
        scan,
        left: Notify::new(),
    });
    // Boxed, so that an idle HTTP/1 connection does not hold the room of an HTTP/2 one.
    let result = if h2 { Box::pin(http2(&connection, wire)).await } else { Box::pin(http1(&connection, wire)).await };
    if let Err(error) = result
        && error.is_parse()
    {
        record::malformed(addr, &connection.standing().site, &error);
    }
}

impl Connection {
    /// Takes no more requests; those under way end. Firefox has connections without a certificate for requests
    /// without credentials, preflights among them, and sends others over the same HTTP/2 connection if no
    /// other one is open: they would be refused for a certificate that it would have shown on a new one.
    pub(crate) fn leave(&self) {
        self.left.notify_one();
    }

    /// How its client stands now.
    pub(crate) fn standing(&self) -> Arc<Standing> {
        self.peer.standing(&self.worker, now())
    }
}

struct Handshake {
    site: Arc<ReadySite>,
    server_name: Option<Box<str>>,
    local: IpAddr,
    tls: TlsStream<TcpStream>,
}

/// Reads the ClientHello, finds the site, and completes the handshake with its configuration.
async fn handshake(serving: &Serving, strangers: &Handshakes, tcp: TcpStream, addr: SocketAddr) -> Option<Handshake> {
    let local = tcp.local_addr().ok()?.ip();
    let start = match LazyConfigAcceptor::new(Acceptor::default(), tcp).await {
        Ok(start) => start,
        Err(error) => {
            // A port scan or a health check that connects and leaves is no event.
            if error.kind() != std::io::ErrorKind::UnexpectedEof {
                record::handshake(strangers, addr, "", HandshakeOutcome::NotTls, &error.to_string());
            }
            return None;
        }
    };
    let server_name: Option<Box<str>> = start.client_hello().server_name().map(Into::into);
    let shown = server_name.as_deref().unwrap_or_default();
    let Some(site) = serving.sites.find(server_name.as_deref(), local) else {
        let _ = start.into_stream(Arc::clone(&serving.sites.nobody)).await;
        record::handshake(strangers, addr, shown, HandshakeOutcome::NoSite, "no site has this name");
        return None;
    };
    let site = Arc::clone(site);
    match start.into_stream(Arc::clone(&site.tls)).await {
        Ok(tls) => Some(Handshake { site, server_name, local, tls }),
        Err(error) => {
            let (reason, detail) = verifier::explain(&error);
            let outcome = HandshakeOutcome::of(&error, reason);
            record::handshake(&site.metrics.handshakes, addr, shown, outcome, &detail);
            None
        }
    }
}

/// What one stream may have sent that its app has not read yet.
const STREAM_WINDOW: u32 = 256 << 10;

/// A stream that nobody reads holds back its own window of the connection's, so that many have to be stuck
/// before others wait for them. It is also what a client can make the gateway hold.
fn connection_window(max_streams: u32) -> u32 {
    const MOST: u32 = 16 << 20;
    max_streams.saturating_mul(STREAM_WINDOW).clamp(1 << 20, MOST)
}

type Io = TokioIo<Wire<TlsStream<TcpStream>>>;

async fn http1(connection: &Arc<Connection>, io: Io) -> Result<(), hyper::Error> {
    let limits = &connection.limits;
    let served = conn::http1::Builder::new()
        .max_headers(limits.max_headers)
        .max_header_size(limits.max_header_bytes)
        .max_buf_size(READ_BUFFER.max(limits.max_header_bytes))
        .serve_connection(io, service_fn(|request| answer(connection, request)))
        .with_upgrades();
    drive(connection, served, |served| served.graceful_shutdown()).await
}

async fn http2(connection: &Arc<Connection>, io: Io) -> Result<(), hyper::Error> {
    let limits = &connection.limits;
    let served = conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(limits.max_header_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(limits.max_streams)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(connection_window(limits.max_streams))
        .enable_connect_protocol()
        .keep_alive_interval(PING.0)
        .keep_alive_timeout(PING.1)
        .serve_connection(io, service_fn(|request| answer(connection, request)));
    drive(connection, served, |served| served.graceful_shutdown()).await
}

/// Runs a connection to its end: by itself, by a limit, because its client's certificate counts no
/// more, or because the gateway stops.
async fn drive<C>(connection: &Connection, served: C, say_goodbye: fn(Pin<&mut C>)) -> Result<(), hyper::Error>
where
    C: Future<Output = Result<(), hyper::Error>>,
{
    let mut served = std::pin::pin!(served);
    let mut phase = connection.worker.phase.clone();
    let mut stopping = false;
    let mut lost: Option<Instant> = None;
    loop {
        tokio::select! {
            result = served.as_mut() => return result,
            overdue = overdue(connection) => match overdue {
                Some(Overdue::Stalled) => return Ok(()),
                Some(Overdue::Idle) => say_goodbye(served.as_mut()),
                None => {}
            },
            () = connection.left.notified() => say_goodbye(served.as_mut()),
            changed = phase.changed(), if !stopping => {
                stopping = changed.is_err() || phase.borrow_and_update().stopping;
                if stopping {
                    say_goodbye(served.as_mut());
                }
            }
        }
        match lost {
            None if connection.peer.lost(&connection.worker, now()) => {
                lost = Some(Instant::now());
                connection.standing().site.metrics.connection_closed();
                say_goodbye(served.as_mut());
            }
            // Requests under way were permitted while the certificate held. They may end, but not
            // take for ever.
            Some(since) if since.elapsed() >= connection.limits.drain_timeout => return Ok(()),
            _ => {}
        }
    }
}

/// Resolves when a limit has passed, or when it is time to look at the certificate again. Looks at
/// the notes as often as the shortest limit asks for.
async fn overdue(connection: &Connection) -> Option<Overdue> {
    let limits = &connection.limits;
    let shortest = limits.header_timeout.min(limits.idle_timeout).min(limits.body_timeout);
    let holds = remaining(connection.peer.holds_until());
    sleep((shortest / 2).min(holds).max(Duration::from_millis(10))).await;
    connection.activity.overdue(limits)
}

/// The time until this second is over: ends of validity are inclusive.
pub(crate) fn remaining(until: UnixTime) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_secs(u64::try_from(until.0).unwrap_or(0).saturating_add(1)).saturating_sub(now)
}

fn answer(
    connection: &Arc<Connection>,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<ResponseBody>, Infallible>> + use<> {
    let connection = Arc::clone(connection);
    async move { Ok(exchange::answer(&connection, request).await) }
}

/// The clock that decisions are given.
pub(crate) fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixTime(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
