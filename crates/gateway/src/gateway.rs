//! Starting and stopping.

use std::{
    collections::HashMap,
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread::JoinHandle,
};

use countersign_core::ApiKeys;

use crate::{
    DenyList, Limits, Settings, SiteError,
    admin::{Admin, Snapshot, State},
    live::Live,
    metrics::Metrics,
    plain::Plain,
    redirect,
    sites::Sites,
    slots::Slots,
    worker::Worker,
};
use socket2::{Domain, Protocol, Socket, Type};

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
    /// An address that redirects cannot be listened on.
    #[error("cannot listen on {addr}, to redirect: {source}")]
    Http {
        /// The address.
        addr: SocketAddr,
        /// Why.
        source: io::Error,
    },
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

/// Why a reload is refused. What ran before goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReloadError {
    /// What a running gateway cannot change.
    #[error("{0} cannot change while the gateway runs: restart it")]
    Fixed(&'static str),
    /// A site cannot be served.
    #[error(transparent)]
    Site(#[from] SiteError),
}

/// A running gateway. Dropped, it drains as after [`stop`](Self::stop), but nobody waits for it.
#[derive(Debug)]
pub struct Gateway {
    addresses: Vec<SocketAddr>,
    /// As configured, to tell a reload that would change them.
    https: Vec<SocketAddr>,
    http: Vec<SocketAddr>,
    admin_configured: Option<SocketAddr>,
    worker_count: usize,
    live: Arc<Live>,
    slots: Arc<Slots>,
    workers: Vec<JoinHandle<io::Result<()>>>,
    metrics: Arc<Metrics>,
    admin: Option<Admin>,
    redirect: Option<Plain>,
}

impl Gateway {
    /// Listens and serves. When this returns, connections are accepted.
    ///
    /// # Errors
    /// [`StartError`]; then nothing listens.
    pub fn start(settings: Settings) -> Result<Self, StartError> {
        let Settings { https, http, admin, workers, access_log, limits, sites } = settings;
        let metrics = Metrics::new();
        let slots = Arc::new(Slots::new(limits.max_connections));
        let live = Arc::new(Live::new(Sites::new(sites, None, &metrics)?, limits, access_log));
        let listeners = https
            .iter()
            .map(|&addr| listen(addr).map_err(|source| StartError::Listen { addr, source }))
            .collect::<Result<Vec<_>, _>>()?;
        let addresses =
            listeners.iter().map(TcpListener::local_addr).collect::<Result<_, _>>().map_err(StartError::Worker)?;
        let admin_listener = match admin {
            Some(addr) => Some((addr, listen(addr).map_err(|source| StartError::Admin { addr, source })?)),
            None => None,
        };
        let redirects = http
            .iter()
            .map(|&addr| listen(addr).map_err(|source| StartError::Http { addr, source }))
            .collect::<Result<Vec<_>, _>>()?;
        let count = match workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            count => count,
        };
        let mut gateway = Self {
            addresses,
            https,
            http,
            admin_configured: admin,
            worker_count: workers,
            live,
            slots,
            workers: Vec::new(),
            metrics,
            admin: None,
            redirect: None,
        };
        for n in 0..count {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Worker)?;
            let listeners = listeners
                .iter()
                .map(TcpListener::try_clone)
                .collect::<Result<Vec<_>, _>>()
                .map_err(StartError::Worker)?;
            let worker = Arc::new(Worker::new(
                Arc::clone(&gateway.live),
                Arc::clone(&gateway.metrics),
                Arc::clone(&gateway.slots),
            ));
            let run = move || runtime.block_on(worker.run(listeners));
            let thread =
                std::thread::Builder::new().name(format!("worker-{n}")).spawn(run).map_err(StartError::Worker)?;
            gateway.workers.push(thread);
        }
        if !redirects.is_empty() {
            let (live, port) = (Arc::clone(&gateway.live), gateway.addresses.first().map_or(443, SocketAddr::port));
            let answer = move |head: &http::request::Parts, came_to: SocketAddr| {
                redirect::answer(head, came_to, &live.serving(), port)
            };
            let server = Plain::start("redirect", redirects, redirect::CONNECTIONS, Arc::new(answer));
            gateway.redirect = Some(server.map_err(StartError::Worker)?);
        }
        // Last, so that nobody hears `ready` of a gateway that did not start.
        if let Some((addr, listener)) = admin_listener {
            let live = Arc::clone(&gateway.live);
            let source = Box::new(move || Snapshot::of(&live.serving().sites));
            let state = State { metrics: Arc::clone(&gateway.metrics), source, phase: gateway.live.phase() };
            gateway.admin = Some(Admin::start(listener, state).map_err(|source| StartError::Admin { addr, source })?);
        }
        Ok(gateway)
    }

    /// The addresses that are listened on, in the order of the settings.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The addresses that redirect to https, in the order of the settings.
    #[must_use]
    pub fn http_addresses(&self) -> &[SocketAddr] {
        self.redirect.as_ref().map_or(&[], Plain::addresses)
    }

    /// Where health, metrics and public keys are told.
    #[must_use]
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(Admin::address)
    }

    /// Counts a change of the configuration, taken or refused: most are refused before there are
    /// settings to [`reload`](Self::reload) by, so who reads the configuration tells.
    pub fn count_reload(&self, taken: bool) {
        self.metrics.reloaded(taken);
    }

    /// Serves by these settings from now on. Connections stay open; each is judged anew, and those
    /// whose certificate no longer holds are closed.
    ///
    /// # Errors
    /// [`ReloadError`]; then nothing has changed.
    pub fn reload(&self, settings: Settings) -> Result<(), ReloadError> {
        let Settings { https, http, admin, workers, access_log, limits, sites } = settings;
        if https != self.https {
            return Err(ReloadError::Fixed("listen.https"));
        }
        if http != self.http {
            return Err(ReloadError::Fixed("listen.http"));
        }
        if admin != self.admin_configured {
            return Err(ReloadError::Fixed("listen.admin"));
        }
        if workers != self.worker_count {
            return Err(ReloadError::Fixed("listen.workers"));
        }
        let before = self.live.serving();
        let sites = Sites::new(sites, Some(&before.sites), &self.metrics)?;
        self.slots.resize(before.limits.max_connections, limits.max_connections);
        self.live.replace(sites, limits, access_log);
        Ok(())
    }

    /// Has these deny lists, by the name of their trust, and these API keys, by the name of their site,
    /// count from now on, and nothing else: for when the rest of a configuration is refused. Who is to
    /// be shut out must not wait for it.
    pub fn shut_out(&self, lists: &HashMap<String, DenyList>, keys: &HashMap<String, Arc<ApiKeys>>) {
        let before = self.live.serving();
        let limits = Limits::clone(&before.limits);
        let sites = before.sites.with_deny(lists).with_api_keys(keys);
        self.live.replace(sites, limits, before.access_log);
    }

    /// Accepts no more, lets requests under way end (`drain_timeout`), and returns when all is
    /// done.
    pub fn stop(mut self) {
        self.live.stop();
        self.redirect = None;
        for worker in std::mem::take(&mut self.workers) {
            match worker.join() {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "a worker failed"),
                Err(_) => tracing::error!("a worker panicked"),
            }
        }
        // Until here it said that the gateway is draining.
        self.admin = None;
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.live.stop();
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
