//! WebSockets after their handshake: bytes both ways until one side ends, nothing moves for too
//! long, the client's certificate ends, or the gateway stops.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use countersign_core::UnixTime;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional},
    sync::watch,
    time::{sleep, timeout},
};

use crate::activity::{ActiveRequest, Activity};

/// How one tunnel may last.
#[derive(Debug)]
pub(crate) struct Tunnel {
    pub(crate) idle: Duration,
    pub(crate) holds_until: Option<UnixTime>,
    pub(crate) stop: watch::Receiver<bool>,
}

impl Tunnel {
    /// Carries bytes until it is over.
    pub(crate) async fn run(self, client: OnUpgrade, app: OnUpgrade, _request: ActiveRequest) {
        let Self { idle, holds_until, mut stop } = self;
        // Both handshakes are done; the upgrades resolve as soon as hyper lets go of the streams.
        let Ok((Ok(client), Ok(app))) = timeout(idle, async { tokio::join!(client, app) }).await else { return };
        let activity = Activity::new();
        let mut client = Watched { stream: TokioIo::new(client), activity: Arc::clone(&activity) };
        let mut app = TokioIo::new(app);
        let begun = Instant::now();
        let remaining = holds_until.map_or(Duration::MAX, remaining);
        let over = async {
            loop {
                sleep(idle.min(remaining.saturating_sub(begun.elapsed())).max(Duration::from_millis(10))).await;
                if activity.quiet_for(idle) || begun.elapsed() >= remaining {
                    return;
                }
            }
        };
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut app) => {}
            () = over => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

fn remaining(until: UnixTime) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // One second more: notAfter is inclusive.
    Duration::from_secs(u64::try_from(until.0).unwrap_or(0).saturating_add(1)).saturating_sub(now)
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
