//! Connections to the app: HTTP/1.1 over TCP or a Unix socket, kept alive.
//!
//! A request body that fails ends its connection, over TCP with a reset ([`Reset`]): WSGI servers take
//! a closed connection for the end of a body, whatever its length was to be, and the app would act
//! on half a form.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use http::Uri;
use hyper_util::{
    client::legacy::{
        Client,
        connect::{CaptureConnection, Connected, Connection},
    },
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
};

use crate::{Upstream, body::RequestBody};

/// Shorter than the keep-alive of gunicorn (2 s) and uvicorn (5 s): who closes first never loses a
/// request to a connection that the other side is closing.
const POOL_IDLE: Duration = Duration::from_millis(1_500);

/// The pool of one upstream in one worker.
pub(crate) type Pool = Client<Connector, RequestBody>;

pub(crate) fn pool(upstream: &Upstream, connect_timeout: Duration) -> Pool {
    Client::builder(TokioExecutor::new())
        .set_host(false)
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(POOL_IDLE)
        .build(Connector { upstream: upstream.clone(), timeout: connect_timeout })
}

/// Connects to the one upstream of a site, whatever the request's address says.
#[derive(Clone, Debug)]
pub(crate) struct Connector {
    upstream: Upstream,
    timeout: Duration,
}

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<Stream>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let Self { upstream, timeout } = self.clone();
        Box::pin(async move {
            let connect = async {
                Ok::<_, io::Error>(match &upstream {
                    Upstream::Tcp { host, port } => {
                        let stream = TcpStream::connect((&**host, *port)).await?;
                        stream.set_nodelay(true)?;
                        Stream::Tcp(stream, Reset::default())
                    }
                    Upstream::Unix(path) => Stream::Unix(UnixStream::connect(path).await?),
                })
            };
            let stream = tokio::time::timeout(timeout, connect)
                .await
                .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
            Ok(TokioIo::new(stream))
        })
    }
}

/// Either kind of connection.
#[derive(Debug)]
pub(crate) enum Stream {
    Tcp(TcpStream, Reset),
    Unix(UnixStream),
}

/// Whether a connection is to be reset rather than closed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reset(Arc<AtomicBool>);

impl Reset {
    /// Has the connection that a request went out on reset once it ends; none that has not begun.
    pub(crate) fn ask(connection: &CaptureConnection) {
        let mut extras = http::Extensions::new();
        if let Some(connected) = &*connection.connection_metadata() {
            connected.get_extras(&mut extras);
        }
        if let Some(Self(asked)) = extras.get() {
            asked.store(true, Relaxed);
        }
    }

    fn is_asked(&self) -> bool {
        self.0.load(Relaxed)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Self::Tcp(stream, reset) = self
            && reset.is_asked()
        {
            // Where it fails the connection is closed, as it would be anyway.
            let _ = socket2::SockRef::from(&*stream).set_linger(Some(Duration::ZERO));
        }
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        match self {
            Self::Tcp(_, reset) => Connected::new().extra(reset.clone()),
            Self::Unix(_) => Connected::new(),
        }
    }
}

macro_rules! either {
    ($self:ident, $stream:ident => $call:expr) => {
        match &mut *$self {
            Stream::Tcp(stream, _) => {
                let $stream = Pin::new(stream);
                $call
            }
            Stream::Unix(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_read(cx, buf))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        either!(self, stream => stream.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self, stream => stream.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if matches!(&*self, Self::Tcp(_, reset) if reset.is_asked()) {
            return Poll::Ready(Ok(())); // what follows is the reset
        }
        either!(self, stream => stream.poll_shutdown(cx))
    }
}
