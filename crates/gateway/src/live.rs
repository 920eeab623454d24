//! What serves now, and how it is replaced while connections are open.
//!
//! A reload makes a whole new [`Serving`] beside the one that runs and swaps the two at once: no
//! request sees half of each. Connections stay open. Each of their requests asks for the generation,
//! and one that was judged under an older one is judged anew, by the trust, CRLs and deny list of
//! today (Go CVE-2025-68121, HAProxy 4a8f7622: sessions that outlived the policy they were made
//! under). Whoever waits, a connection without a request or a WebSocket, is woken by the [`Phase`].

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::watch;

use crate::{Limits, sites::Sites};

/// Everything that a reload replaces.
#[derive(Debug)]
pub(crate) struct Serving {
    pub(crate) generation: u64,
    pub(crate) sites: Sites,
    /// Connections keep the limits that they began with.
    pub(crate) limits: Arc<Limits>,
    pub(crate) access_log: bool,
}

/// What connections and tunnels wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Phase {
    pub(crate) generation: u64,
    pub(crate) stopping: bool,
}

/// The one [`Serving`] that counts.
#[derive(Debug)]
pub(crate) struct Live {
    generation: AtomicU64,
    serving: RwLock<Arc<Serving>>,
    phase: watch::Sender<Phase>,
}

impl Live {
    pub(crate) fn new(sites: Sites, limits: Limits, access_log: bool) -> Self {
        let serving = Serving { generation: 0, sites, limits: Arc::new(limits), access_log };
        let (phase, _) = watch::channel(Phase { generation: 0, stopping: false });
        Self { generation: AtomicU64::new(0), serving: RwLock::new(Arc::new(serving)), phase }
    }

    /// Asked for each request, so it is one load.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(crate) fn serving(&self) -> Arc<Serving> {
        Arc::clone(&self.serving.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn phase(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Replaces what serves, and wakes whoever was judged by what did.
    pub(crate) fn replace(&self, sites: Sites, limits: Limits, access_log: bool) -> u64 {
        let generation = {
            let mut serving = self.serving.write().unwrap_or_else(PoisonError::into_inner);
            let generation = serving.generation + 1;
            *serving = Arc::new(Serving { generation, sites, limits: Arc::new(limits), access_log });
            // Inside the lock, so that who sees the new number finds the new sites.
            self.generation.store(generation, Ordering::Release);
            generation
        };
        self.phase.send_modify(|phase| phase.generation = generation);
        generation
    }

    pub(crate) fn stop(&self) {
        self.phase.send_modify(|phase| phase.stopping = true);
    }
}
