//! The admin address: health, metrics and public keys, over plain HTTP/1.
//!
//! Read-only, without a password, and so for loopback alone unless the operator says otherwise
//! (`listen.insecure_admin`); web pages are refused (`guard`). It tells nothing of a request beyond
//! counts, and no secret.

mod answer;
mod guard;
mod snapshot;

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use tokio::sync::watch;

use self::snapshot::Jwks;
pub(crate) use self::snapshot::{Owner, Snapshot};
use crate::{live::Phase, metrics::Metrics, plain::Plain};

/// Connections at once; the others wait in the listen queue.
const CONNECTIONS: usize = 64;
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
    _server: Plain,
}

impl Admin {
    /// Serves on a listener that does not block.
    pub(crate) fn start(listener: TcpListener, state: State) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let answer = Arc::new(move |head: &http::request::Parts, _: SocketAddr| {
            answer::answer(&head.method, &head.uri, head.version, &head.headers, &state)
        });
        Ok(Self { address, _server: Plain::start("admin", vec![listener], CONNECTIONS, answer)? })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}
