//! Starting and stopping.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread::JoinHandle,
};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::{Semaphore, watch};
use tokio_util::task::TaskTracker;

use crate::{
    Settings, SiteError,
    admin::{Admin, Snapshot, State},
    metrics::Metrics,
    sites::Sites,
    upstream::pool,
    worker::Worker,
};

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1_024;

/// Why the gateway does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// An address cannot be listened on.
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// A site cannot be served.
    #[error(transparent)]
    Site(#[from] SiteError),
    /// The admin address cannot be listened on.
    #[error("cannot listen on the admin address {addr}: {source}")]
    Admin {
        /// The address.
        addr: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// No thread or no runtime could be made.
    #[error("cannot start a worker: {0}")]
    Worker(io::Error),
}

/// A running gateway. Dropped, it drains as after [`stop`](Self::stop), but nobody waits for it.
#[derive(Debug)]
pub struct Gateway {
    addresses: Vec<SocketAddr>,
    stop: watch::Sender<bool>,
    workers: Vec<JoinHandle<io::Result<()>>>,
    admin: Option<Admin>,
}

impl Gateway {
    /// Listens and serves. When this returns, connections are accepted.
    ///
    /// # Errors
    /// [`StartError`]; then nothing listens.
    pub fn start(settings: Settings) -> Result<Self, StartError> {
        let Settings { https, admin, workers, access_log, limits, sites } = settings;
        let metrics = Metrics::new();
        let sites = Arc::new(Sites::new(sites, &metrics)?);
        let listeners = https
            .into_iter()
            .map(|addr| listen(addr).map_err(|source| StartError::Listen { addr, source }))
            .collect::<Result<Vec<_>, _>>()?;
        let addresses =
            listeners.iter().map(TcpListener::local_addr).collect::<Result<_, _>>().map_err(StartError::Worker)?;
        let admin = match admin {
            Some(addr) => Some((addr, listen(addr).map_err(|source| StartError::Admin { addr, source })?)),
            None => None,
        };
        let (stop, stopped) = watch::channel(false);
        let connections = Arc::new(Semaphore::new(limits.max_connections));
        let count = match workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            count => count,
        };
        let mut gateway = Self { addresses, stop, workers: Vec::new(), admin: None };
        for n in 0..count {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Worker)?;
            let listeners = listeners
                .iter()
                .map(TcpListener::try_clone)
                .collect::<Result<Vec<_>, _>>()
                .map_err(StartError::Worker)?;
            let (sites, limits, stop) = (Arc::clone(&sites), limits.clone(), stopped.clone());
            let (connections, metrics) = (Arc::clone(&connections), Arc::clone(&metrics));
            let run = move || {
                runtime.block_on(async {
                    let pools = sites.iter().map(|site| pool(&site.upstream, &limits)).collect();
                    let tunnels = TaskTracker::new();
                    let worker = Worker { sites, limits, access_log, metrics, pools, stop, tunnels, connections };
                    Arc::new(worker).run(listeners).await
                })
            };
            let thread =
                std::thread::Builder::new().name(format!("worker-{n}")).spawn(run).map_err(StartError::Worker)?;
            gateway.workers.push(thread);
        }
        // Last, so that nobody hears `ready` of a gateway that did not start.
        if let Some((addr, listener)) = admin {
            let source = Box::new(move || Snapshot::of(&sites));
            let state = State { metrics, source, stopping: stopped };
            gateway.admin = Some(Admin::start(listener, state).map_err(|source| StartError::Admin { addr, source })?);
        }
        Ok(gateway)
    }

    /// The addresses that are listened on, in the order of the settings.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Where health, metrics and public keys are told.
    #[must_use]
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(Admin::address)
    }

    /// Accepts no more, lets requests under way end (`drain_timeout`), and returns when all is
    /// done.
    pub fn stop(self) {
        let _ = self.stop.send(true);
        for worker in self.workers {
            match worker.join() {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "a worker failed"),
                Err(_) => tracing::error!("a worker panicked"),
            }
        }
        // Until here it said that the gateway is draining.
        drop(self.admin);
    }
}

fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if addr.is_ipv6() {
        // [::] takes IPv4 as well, whatever the system's default is.
        socket.set_only_v6(false)?;
    }
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}
