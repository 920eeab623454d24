//! How often a route that is on trial would have refused, by reason: a table for each such route, made
//! when the configuration is read. Others have none, so that the series are those that people look at.

use std::sync::{Arc, PoisonError, atomic::AtomicU64, atomic::Ordering::Relaxed};

use countersign_core::{REASONS, Reason};

use super::SiteMetrics;

/// The counts of one route.
#[derive(Debug)]
pub(crate) struct RouteReports(Box<[AtomicU64]>);

impl RouteReports {
    fn new() -> Self {
        Self(REASONS.iter().map(|_| AtomicU64::new(0)).collect())
    }

    pub(crate) fn count(&self, reason: Reason) {
        if let Some(counter) = self.0.get(reason.index()) {
            counter.fetch_add(1, Relaxed);
        }
    }

    pub(super) fn get(&self, reason: Reason) -> u64 {
        self.0.get(reason.index()).map_or(0, |counter| counter.load(Relaxed))
    }
}

impl SiteMetrics {
    /// Those of the route with this path, the same ones for each generation of it.
    pub(crate) fn route_reports(&self, path: &str) -> Arc<RouteReports> {
        let mut all = self.reports.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(path.into()).or_insert_with(|| Arc::new(RouteReports::new())))
    }

    /// In the order of their paths.
    pub(super) fn all_reports(&self) -> Vec<(Box<str>, Arc<RouteReports>)> {
        let all = self.reports.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(path, counts)| (path.clone(), Arc::clone(counts))).collect()
    }
}
