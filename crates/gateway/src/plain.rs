//! Small servers in clear, HTTP/1 alone: the admin address and the redirect to https.
//!
//! Each has a thread of its own, so that it answers while all workers are busy. Invariant: it takes
//! a fixed number of connections at once, each for a bounded time and one request, and reads no
//! bodies.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, thread::JoinHandle, time::Duration};

use bytes::Bytes;
use http::{Response, request::Parts};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::TcpStream,
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};

/// For a request head.
const HEAD: Duration = Duration::from_secs(5);
/// For a connection as a whole.
const PATIENCE: Duration = Duration::from_secs(10);
/// hyper refuses to go below 8 KiB.
const MAX_HEAD: usize = 8 << 10;
/// After `accept` failed for want of file descriptors or memory.
const PAUSE: Duration = Duration::from_millis(50);

/// Answers a request by its head. `SocketAddr` is the address that it came to.
pub(crate) type Answer = Arc<dyn Fn(&Parts, SocketAddr) -> Response<Full<Bytes>> + Send + Sync>;

/// A server, until it is dropped.
#[derive(Debug)]
pub(crate) struct Plain {
    name: &'static str,
    addresses: Vec<SocketAddr>,
    /// Dropped to end it.
    end: Option<watch::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Plain {
    /// Serves on listeners that do not block; `connections` at once, the others wait in the listen
    /// queue.
    pub(crate) fn start(
        name: &'static str,
        listeners: Vec<std::net::TcpListener>,
        connections: usize,
        answer: Answer,
    ) -> io::Result<Self> {
        let addresses = listeners.iter().map(std::net::TcpListener::local_addr).collect::<io::Result<_>>()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listeners = {
            let _entered = runtime.enter();
            listeners.into_iter().map(tokio::net::TcpListener::from_std).collect::<io::Result<Vec<_>>>()?
        };
        let (end, mut ended) = watch::channel(());
        let run = move || {
            let free = Arc::new(Semaphore::new(connections));
            runtime.block_on(async {
                for listener in listeners {
                    tokio::spawn(accept(name, listener, Arc::clone(&free), Arc::clone(&answer)));
                }
                let _ = ended.changed().await;
            });
        };
        let thread = std::thread::Builder::new().name(name.into()).spawn(run)?;
        Ok(Self { name, addresses, end: Some(end), thread: Some(thread) })
    }

    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        self.end = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the {} thread panicked", self.name);
        }
    }
}

async fn accept(name: &'static str, listener: tokio::net::TcpListener, free: Arc<Semaphore>, answer: Answer) {
    loop {
        let Ok(place) = Arc::clone(&free).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((tcp, _)) => {
                let answer = Arc::clone(&answer);
                tokio::spawn(async move {
                    let _ = timeout(PATIENCE, serve(tcp, answer)).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::error!(%error, server = name, "cannot accept connections in clear");
                sleep(PAUSE).await;
            }
        }
    }
}

/// One request. What goes wrong on the way is between the client and its network.
async fn serve(tcp: TcpStream, answer: Answer) -> Option<()> {
    let local = tcp.local_addr().ok()?;
    let service = service_fn(|request: http::Request<Incoming>| {
        let (head, _body) = request.into_parts();
        std::future::ready(Ok::<_, Infallible>(answer(&head, local)))
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .keep_alive(false)
        .max_buf_size(MAX_HEAD)
        .max_headers(64)
        .serve_connection(TokioIo::new(tcp), service)
        .await
        .ok()
}
