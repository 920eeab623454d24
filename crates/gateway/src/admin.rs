//! The admin address: health, metrics and public keys, over plain HTTP/1.
//!
//! Read-only, without a password, and so for loopback alone unless the operator says otherwise
//! (`listen.insecure_admin`); web pages are refused (`guard`). It tells nothing of a request beyond
//! counts, and no secret. It has a thread of its own: it answers while all workers are busy.
//!
//! Invariant: it takes at most [`CONNECTIONS`] at once, each for [`PATIENCE`] and one request, and
//! reads no bodies.

mod answer;
mod guard;
mod snapshot;

use std::{
    convert::Infallible,
    fmt, io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::TcpStream,
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};

use self::snapshot::Jwks;
pub(crate) use self::snapshot::{Owner, Snapshot};
use crate::{live::Phase, metrics::Metrics};

/// Connections at once; the others wait in the listen queue.
const CONNECTIONS: usize = 64;
/// For a request head.
const HEAD: Duration = Duration::from_secs(5);
/// For a connection as a whole.
const PATIENCE: Duration = Duration::from_secs(10);
/// hyper refuses to go below 8 KiB.
const MAX_HEAD: usize = 8 << 10;
/// After `accept` failed for want of file descriptors or memory.
const PAUSE: Duration = Duration::from_millis(50);

/// What answers are made of.
pub(crate) struct State {
    pub(crate) metrics: Arc<Metrics>,
    /// What is in force when it is asked.
    pub(crate) source: Box<dyn Fn() -> Snapshot + Send + Sync>,
    pub(crate) phase: watch::Receiver<Phase>,
}

impl State {
    fn snapshot(&self) -> Snapshot {
        (self.source)()
    }

    fn stops(&self) -> bool {
        self.phase.borrow().stopping
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("stopping", &self.stops()).finish_non_exhaustive()
    }
}

/// The server, until it is dropped.
#[derive(Debug)]
pub(crate) struct Admin {
    address: SocketAddr,
    /// Dropped to end it.
    end: Option<watch::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Admin {
    /// Serves on a listener that does not block.
    pub(crate) fn start(listener: TcpListener, state: State) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _entered = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let (end, mut ended) = watch::channel(());
        let run = move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, Arc::new(state)) => {}
                    _ = ended.changed() => {}
                }
            });
        };
        let thread = std::thread::Builder::new().name("admin".into()).spawn(run)?;
        Ok(Self { address, end: Some(end), thread: Some(thread) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        self.end = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the admin thread panicked");
        }
    }
}

async fn accept(listener: tokio::net::TcpListener, state: Arc<State>) {
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&free).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((tcp, _)) => {
                let state = Arc::clone(&state);
                tokio::spawn(async move {
                    let _ = timeout(PATIENCE, serve(tcp, state)).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::error!(%error, "cannot accept admin connections");
                sleep(PAUSE).await;
            }
        }
    }
}

/// One request. What goes wrong on the way is between the client and its network.
async fn serve(tcp: TcpStream, state: Arc<State>) {
    let service = service_fn(|request: http::Request<hyper::body::Incoming>| {
        let (head, _body) = request.into_parts();
        let response = answer::answer(&head.method, &head.uri, head.version, &head.headers, &state);
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .keep_alive(false)
        .max_buf_size(MAX_HEAD)
        .max_headers(64)
        .serve_connection(TokioIo::new(tcp), service)
        .await;
}
