//! One worker: a thread with a runtime of its own, its own upstream pools, and every listener.
//!
//! A connection stays on the thread that accepted it, and so do its upstream connections: nothing
//! is handed between threads on a request's way. All workers accept from the same sockets, so that
//! a busy one takes fewer.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::task::TaskTracker;

use crate::{
    Upstream, connection,
    live::{Live, Phase, Serving},
    metrics::Metrics,
    slots::{Slot, Slots},
    upstream::{Pool, pool},
};

/// After `accept` failed for want of file descriptors or memory.
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) live: Arc<Live>,
    pub(crate) metrics: Arc<Metrics>,
    /// One for each upstream, kept over reloads that leave it alone.
    pools: Mutex<Vec<Pooled>>,
    pub(crate) phase: watch::Receiver<Phase>,
    /// WebSockets, which outlive their connection's HTTP.
    pub(crate) tunnels: TaskTracker,
    slots: Arc<Slots>,
}

#[derive(Debug)]
struct Pooled {
    upstream: Upstream,
    connect_timeout: Duration,
    pool: Pool,
}

impl Worker {
    pub(crate) fn new(live: Arc<Live>, metrics: Arc<Metrics>, slots: Arc<Slots>) -> Self {
        let phase = live.phase();
        Self { live, metrics, pools: Mutex::default(), phase, tunnels: TaskTracker::new(), slots }
    }

    /// The pool of an upstream. Asked for by connections, not by requests.
    pub(crate) fn pool(&self, serving: &Serving, upstream: &Upstream) -> Pool {
        let connect_timeout = serving.limits.connect_timeout;
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = |p: &&Pooled| p.upstream == *upstream && p.connect_timeout == connect_timeout;
        if let Some(pooled) = pools.iter().find(ours) {
            return pooled.pool.clone();
        }
        // A new one means that the configuration changed: those that nobody names any more go.
        pools.retain(|pooled| serving.sites.iter().any(|site| site.upstream == pooled.upstream));
        let pool = pool(upstream, connect_timeout);
        pools.push(Pooled { upstream: upstream.clone(), connect_timeout, pool: pool.clone() });
        pool
    }

    /// Accepts until told to stop, then waits for what is under way.
    pub(crate) async fn run(self: Arc<Self>, listeners: Vec<std::net::TcpListener>) -> io::Result<()> {
        let connections = TaskTracker::new();
        for listener in listeners {
            let (worker, tasks) = (Arc::clone(&self), connections.clone());
            let listener = TcpListener::from_std(listener)?;
            connections.spawn(async move { worker.accept(listener, tasks).await });
        }
        let mut phase = self.phase.clone();
        let _ = phase.wait_for(|phase| phase.stopping).await;
        connections.close();
        self.tunnels.close();
        let drained = async {
            connections.wait().await;
            self.tunnels.wait().await;
        };
        if timeout(self.live.serving().limits.drain_timeout, drained).await.is_err() {
            tracing::warn!(left = connections.len() + self.tunnels.len(), "the time to drain is over");
        }
        Ok(())
    }

    async fn accept(self: Arc<Self>, listener: TcpListener, tasks: TaskTracker) {
        let mut phase = self.phase.clone();
        loop {
            let accepted = tokio::select! {
                accepted = self.next(&listener) => accepted,
                _ = phase.wait_for(|phase| phase.stopping) => return,
            };
            match accepted {
                Ok((tcp, addr, slot)) => {
                    let _ = tcp.set_nodelay(true);
                    let worker = Arc::clone(&self);
                    let open = self.metrics.connections.count();
                    tasks.spawn(async move {
                        connection::serve(worker, tcp, addr).await;
                        drop((slot, open));
                    });
                }
                Err(error) => {
                    tracing::error!(%error, "cannot accept connections");
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// Past `max_connections` the others wait in the listen queue.
    async fn next(&self, listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr, Slot)> {
        let (tcp, addr) = listener.accept().await?;
        let slot = self.slots.take().await.ok_or_else(|| io::Error::other("there are no places left"))?;
        Ok((tcp, addr, slot))
    }
}
