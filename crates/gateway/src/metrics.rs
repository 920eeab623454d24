//! What is counted: a table of atomics for each site, made with the site, so that counting a
//! request is an addition, without a lookup, a lock or an allocation.
//!
//! Labels are the names of sites and trusts and the words of [`outcome`](crate::outcome), never
//! what a peer sent: nobody can make the gateway hold another series. [`families`] is the only list
//! of metrics.

mod families;
mod histogram;
mod reports;
mod scrape;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use countersign_core::UnixTime;

pub use self::families::{Alert, FAMILIES, Family};
pub(crate) use self::{histogram::Histogram, reports::RouteReports, scrape::Scrape};
use crate::{
    cookies::CookieOutcome,
    outcome::{HandshakeOutcome, RequestOutcome},
};

/// Microseconds: from a refusal that costs nothing to the longest wait for an app.
const TIMES: &[u64] = &[
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000, 30_000_000, 60_000_000,
];
const PER_SECOND: f64 = 1e6;

const DAY: u64 = 86_400;
/// Seconds: 1, 7, 14, 30 and 90 days.
const LIVES: &[u64] = &[DAY, 7 * DAY, 14 * DAY, 30 * DAY, 90 * DAY];

/// All that one gateway counts.
#[derive(Debug)]
pub(crate) struct Metrics {
    started: Duration,
    /// Those of a site stay when a reload removes it: a counter never goes back.
    sites: RwLock<BTreeMap<Box<str>, Arc<SiteMetrics>>>,
    /// Before a site was found.
    pub(crate) strangers: Handshakes,
    pub(crate) connections: Gauge,
    pub(crate) requests: Gauge,
    pub(crate) tunnels: Gauge,
    /// Taken and refused.
    reloads: [Count; 2],
    /// Milliseconds since 1970.
    last_reload: AtomicU64,
}

/// What is counted for one site.
#[derive(Debug)]
pub(crate) struct SiteMetrics {
    decisions: Box<[AtomicU64]>,
    pub(crate) handshakes: Handshakes,
    answered: Histogram,
    upstream: Histogram,
    lives: Histogram,
    /// Connections and tunnels that were closed because their client counts no more.
    closed: [Count; 2],
    cors_corrected: Count,
    overrides: Count,
    cookies: [Count; CookieOutcome::ALL.len()],
    /// By the path of a route that is, or was, on trial.
    reports: RwLock<BTreeMap<Box<str>, Arc<RouteReports>>>,
}

impl Metrics {
    pub(crate) fn new() -> Arc<Self> {
        let started = since_1970();
        Arc::new(Self {
            started,
            sites: RwLock::default(),
            strangers: Handshakes::new(),
            connections: Gauge::default(),
            requests: Gauge::default(),
            tunnels: Gauge::default(),
            reloads: Default::default(),
            last_reload: AtomicU64::new(millis(started)),
        })
    }

    /// The counters of the site with this name, the same ones for each generation of it.
    pub(crate) fn site(&self, name: &str) -> Arc<SiteMetrics> {
        let mut sites = self.sites.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(sites.entry(name.into()).or_insert_with(|| Arc::new(SiteMetrics::new())))
    }

    /// The configuration was read again, and taken or refused.
    pub(crate) fn reloaded(&self, taken: bool) {
        let [ok, refused] = &self.reloads;
        if taken {
            ok.count();
            self.last_reload.store(millis(since_1970()), Relaxed);
        } else {
            refused.count();
        }
    }
}

impl SiteMetrics {
    fn new() -> Self {
        Self {
            decisions: RequestOutcome::all().map(|_| AtomicU64::new(0)).collect(),
            handshakes: Handshakes::new(),
            answered: Histogram::new(TIMES, PER_SECOND),
            upstream: Histogram::new(TIMES, PER_SECOND),
            lives: Histogram::new(LIVES, 1.0),
            closed: Default::default(),
            cors_corrected: Count::default(),
            overrides: Count::default(),
            cookies: Default::default(),
            reports: RwLock::default(),
        }
    }

    /// A request ended so; `took` is missing if hyper answered it by itself.
    pub(crate) fn decided(&self, outcome: RequestOutcome, took: Option<Duration>) {
        if let Some(counter) = self.decisions.get(outcome.index()) {
            counter.fetch_add(1, Relaxed);
        }
        if let Some(took) = took {
            self.answered.observe(micros(took));
        }
    }

    /// A connection was closed because its client may no longer use it.
    pub(crate) fn connection_closed(&self) {
        let [connections, _] = &self.closed;
        connections.count();
    }

    /// A WebSocket was, for the same reason.
    pub(crate) fn tunnel_closed(&self) {
        let [_, tunnels] = &self.closed;
        tunnels.count();
    }

    /// The app granted pages of other origins more than the site declares.
    pub(crate) fn cors_corrected(&self) {
        self.cors_corrected.count();
    }

    /// A request asked for another method than its own.
    pub(crate) fn method_override(&self) {
        self.overrides.count();
    }

    /// This became of a bound cookie.
    pub(crate) fn cookie(&self, outcome: CookieOutcome) {
        if let Some(count) = self.cookies.get(outcome.index()) {
            count.count();
        }
    }

    /// The app took this long to answer, or to fail.
    pub(crate) fn upstream(&self, took: Duration) {
        self.upstream.observe(micros(took));
    }

    /// A client showed a certificate that holds until then.
    pub(crate) fn certificate(&self, not_after: UnixTime, now: UnixTime) {
        self.lives.observe(u64::try_from(not_after.0.saturating_sub(now.0)).unwrap_or(0));
    }
}

/// How often something happened.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Handshakes by how they ended.
#[derive(Debug)]
pub(crate) struct Handshakes(Box<[AtomicU64]>);

impl Handshakes {
    fn new() -> Self {
        Self((0..HandshakeOutcome::count()).map(|_| AtomicU64::new(0)).collect())
    }

    pub(crate) fn count(&self, outcome: HandshakeOutcome) {
        if let Some(counter) = self.0.get(outcome.index()) {
            counter.fetch_add(1, Relaxed);
        }
    }

    fn get(&self, outcome: HandshakeOutcome) -> u64 {
        self.0.get(outcome.index()).map_or(0, |counter| counter.load(Relaxed))
    }
}

/// How many there are of something now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gauge(Arc<AtomicU64>);

/// One of them, until it is dropped.
#[derive(Debug)]
pub(crate) struct Counted(Arc<AtomicU64>);

impl Gauge {
    pub(crate) fn count(&self) -> Counted {
        self.0.fetch_add(1, Relaxed);
        Counted(Arc::clone(&self.0))
    }

    fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
