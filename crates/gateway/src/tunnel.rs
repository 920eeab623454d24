//! WebSockets after their handshake: bytes both ways until one side ends, nothing moves for too
//! long, the client may no longer open one like it, or the gateway stops.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use countersign_core::ApiKeyId;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional},
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
        let mut client = Watched { stream: TokioIo::new(client), activity: Arc::clone(&activity) };
        let mut app = TokioIo::new(app);
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut app) => {}
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
