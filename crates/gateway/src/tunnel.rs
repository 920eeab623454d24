//! WebSockets after their handshake: bytes both ways until one side ends, nothing moves for too
//! long, the client may no longer open one like it, or the gateway stops.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Buf, BytesMut};
use countersign_core::{ApiKeyId, Reason, Refusal};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, copy, split},
    time::{sleep, timeout},
};

use crate::{
    activity::{ActiveRequest, Activity},
    connection::{Connection, now, remaining},
    record,
};

/// One tunnel.
#[derive(Debug)]
pub(crate) struct Tunnel {
    pub(crate) connection: Arc<Connection>,
    /// What it was opened for, decoded.
    pub(crate) path: Box<str>,
    /// With which API key, if the route asks for one.
    pub(crate) api_key: Option<ApiKeyId>,
    /// Whether the app was told of the client's certificate.
    pub(crate) told: bool,
}

impl Tunnel {
    /// Carries bytes until it is over.
    pub(crate) async fn run(self, client: OnUpgrade, app: OnUpgrade, _request: ActiveRequest) {
        let idle = self.connection.limits.tunnel_idle_timeout;
        // Both handshakes are done; the upgrades resolve as soon as hyper lets go of the streams.
        let Ok((Ok(client), Ok(app))) = timeout(idle, async { tokio::join!(client, app) }).await else { return };
        let activity = Activity::new();
        let client = Watched { stream: TokioIo::new(client), activity: Arc::clone(&activity) };
        let (mut from_client, mut to_client) = split(client);
        let (mut from_app, mut to_app) = split(TokioIo::new(app));
        // Each way may end before the other; a failure ends both.
        let both =
            async { tokio::try_join!(to_slow_app(&mut from_client, &mut to_app), back(&mut from_app, &mut to_client)) };
        tokio::select! {
            carried = both => if let Err(Carried::TooSlow) = carried {
                let refusal = Refusal::new(Reason::UpstreamTimeout).received("the app does not read its WebSocket");
                record::tunnel_ended(self.connection.addr, &self.connection.standing().site, &self.path, &refusal);
            },
            () = self.over(&activity, idle) => {}
        }
    }

    /// Resolves when nothing moved for too long, the gateway stops, or a new handshake for the same
    /// path would be refused: the certificate or the API key ended or was revoked, or the configuration changed.
    async fn over(&self, activity: &Activity, idle: Duration) {
        let Self { connection, path, api_key, told } = self;
        let mut phase = connection.worker.phase.clone();
        loop {
            if phase.borrow_and_update().stopping {
                return;
            }
            let standing = connection.standing();
            let key_ends = match standing.still_admits(path, *api_key, now(), *told) {
                Ok(ends) => ends,
                Err(refusal) => {
                    record::tunnel_ended(connection.addr, &standing.site, path, &refusal);
                    return;
                }
            };
            if activity.quiet_for(idle) {
                return;
            }
            let again = idle
                .min(remaining(connection.peer.holds_until()))
                .min(key_ends.map_or(idle, remaining))
                .max(Duration::from_millis(10));
            tokio::select! {
                () = sleep(again) => {}
                changed = phase.changed() => if changed.is_err() { return },
            }
        }
    }
}

/// How the way from client to app ended before its end.
enum Carried {
    Failed,
    TooSlow,
}

impl From<io::Error> for Carried {
    fn from(_: io::Error) -> Self {
        Self::Failed
    }
}

/// What is held for an app that does not read.
const HELD: usize = 256 << 10;

/// Pieces below this cost an HTTP/2 connection more than their bytes: h2 ends a connection on which too
/// many of them wait to be read, and with it every other stream.
const SMALL: usize = 256;

/// From the client to the app. The client is read whether the app reads or not, up to a bound; behind it
/// a client that sends large pieces has to wait, which costs nobody else anything, and one that sends
/// small ones loses this tunnel.
async fn to_slow_app(
    client: &mut (impl AsyncRead + Unpin),
    app: &mut (impl AsyncWrite + Unpin),
) -> Result<(), Carried> {
    let mut piece = vec![0; 16 << 10];
    let (mut held, mut pieces, mut ended) = (BytesMut::new(), 0_usize, false);
    loop {
        if ended && held.is_empty() {
            app.shutdown().await?;
            return Ok(());
        }
        let room = held.len() < HELD;
        tokio::select! {
            read = client.read(&mut piece), if !ended && room => {
                let read = read?;
                ended = read == 0;
                pieces += 1;
                held.extend_from_slice(piece.get(..read).unwrap_or_default());
                if held.len() >= HELD && held.len() / pieces < SMALL {
                    return Err(Carried::TooSlow);
                }
            }
            written = app.write(&held), if !held.is_empty() => {
                let written = written?;
                if written == 0 {
                    return Err(Carried::Failed);
                }
                let before = held.len();
                held.advance(written);
                pieces = (pieces * held.len()).div_ceil(before);
                if held.is_empty() {
                    app.flush().await?;
                }
            }
        }
    }
}

/// From the app to the client, who is flow-controlled by itself.
async fn back(app: &mut (impl AsyncRead + Unpin), client: &mut (impl AsyncWrite + Unpin)) -> Result<(), Carried> {
    copy(app, client).await?;
    client.shutdown().await?;
    Ok(())
}

/// Notes that something moves, in either direction.
struct Watched<S> {
    stream: S,
    activity: Arc<Activity>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        if result.is_ready() {
            self.activity.read(false);
        }
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        if result.is_ready() {
            self.activity.wrote(true);
        }
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
