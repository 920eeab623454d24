//! One worker: a thread with a runtime of its own, its own upstream pools, and every listener.
//!
//! A connection stays on the thread that accepted it, and so do its upstream connections: nothing
//! is handed between threads on a request's way. All workers accept from the same sockets, so that
//! a busy one takes fewer.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{sleep, timeout},
};
use tokio_util::task::TaskTracker;

use crate::{Limits, connection, metrics::Metrics, sites::Sites, upstream::Pool};

/// After `accept` failed for want of file descriptors or memory.
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) sites: Arc<Sites>,
    pub(crate) limits: Limits,
    pub(crate) access_log: bool,
    pub(crate) metrics: Arc<Metrics>,
    /// In the order of the sites.
    pub(crate) pools: Vec<Pool>,
    pub(crate) stop: watch::Receiver<bool>,
    /// WebSockets, which outlive their connection's HTTP.
    pub(crate) tunnels: TaskTracker,
    pub(crate) connections: Arc<Semaphore>,
}

impl Worker {
    /// Accepts until told to stop, then waits for what is under way.
    pub(crate) async fn run(self: Arc<Self>, listeners: Vec<std::net::TcpListener>) -> io::Result<()> {
        let connections = TaskTracker::new();
        for listener in listeners {
            let (worker, tasks) = (Arc::clone(&self), connections.clone());
            let listener = TcpListener::from_std(listener)?;
            connections.spawn(async move { worker.accept(listener, tasks).await });
        }
        let mut stop = self.stop.clone();
        let _ = stop.wait_for(|stop| *stop).await;
        connections.close();
        self.tunnels.close();
        let drained = async {
            connections.wait().await;
            self.tunnels.wait().await;
        };
        if timeout(self.limits.drain_timeout, drained).await.is_err() {
            tracing::warn!(left = connections.len() + self.tunnels.len(), "the time to drain is over");
        }
        Ok(())
    }

    async fn accept(self: Arc<Self>, listener: TcpListener, tasks: TaskTracker) {
        let mut stop = self.stop.clone();
        loop {
            let accepted = tokio::select! {
                accepted = self.next(&listener) => accepted,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            match accepted {
                Ok((tcp, addr, permit)) => {
                    let _ = tcp.set_nodelay(true);
                    let worker = Arc::clone(&self);
                    let open = self.metrics.connections.count();
                    tasks.spawn(async move {
                        connection::serve(worker, tcp, addr).await;
                        drop((permit, open));
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
    async fn next(&self, listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let (tcp, addr) = listener.accept().await?;
        let permit = Arc::clone(&self.connections).acquire_owned().await.map_err(io::Error::other)?;
        Ok((tcp, addr, permit))
    }
}
