//! When something last happened on a connection, and how many requests are under way on it.
//!
//! Reads and writes only note the time; one timer per connection looks at the notes now and then
//! (see `connection`). A timer per request would cost more than the rules do.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use crate::{
    Limits,
    metrics::{Counted, Gauge},
};

const NEVER: u64 = 0;

#[derive(Debug)]
pub(crate) struct Activity {
    start: Instant,
    /// Milliseconds since `start`, plus one; 0 is never.
    last: AtomicU64,
    head_began: AtomicU64,
    write_stalled: AtomicU64,
    requests: AtomicUsize,
}

/// What the timer found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overdue {
    /// No request for too long: say goodbye.
    Idle,
    /// A head that does not end, or an answer that is not taken: cut.
    Stalled,
}

impl Activity {
    pub(crate) fn new() -> Arc<Self> {
        let activity = Self {
            start: Instant::now(),
            last: AtomicU64::new(1),
            // Until the first request is there, its head is what is waited for.
            head_began: AtomicU64::new(1),
            write_stalled: AtomicU64::new(NEVER),
            requests: AtomicUsize::new(0),
        };
        Arc::new(activity)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }

    /// Bytes were read; `in_head` if a request head has begun and not ended.
    pub(crate) fn read(&self, in_head: bool) {
        let now = self.now();
        self.last.store(now, Relaxed);
        if !in_head {
            self.head_began.store(NEVER, Relaxed);
        } else if self.head_began.load(Relaxed) == NEVER {
            self.head_began.store(now, Relaxed);
        }
    }

    /// Bytes were written, or could not be.
    pub(crate) fn wrote(&self, progress: bool) {
        if progress {
            self.last.store(self.now(), Relaxed);
            self.write_stalled.store(NEVER, Relaxed);
        } else if self.write_stalled.load(Relaxed) == NEVER {
            self.write_stalled.store(self.now(), Relaxed);
        }
    }

    /// Everything written has left.
    pub(crate) fn flushed(&self) {
        self.write_stalled.store(NEVER, Relaxed);
    }

    /// A request begins; it ends when the guard is dropped.
    pub(crate) fn begin(self: &Arc<Self>, requests: &Gauge) -> ActiveRequest {
        self.requests.fetch_add(1, Relaxed);
        self.head_began.store(NEVER, Relaxed);
        ActiveRequest { activity: Arc::clone(self), counted: requests.count() }
    }

    /// Whether nothing was read or written for so long.
    pub(crate) fn quiet_for(&self, limit: Duration) -> bool {
        u128::from(self.now().saturating_sub(self.last.load(Relaxed))) >= limit.as_millis()
    }

    /// Whether a limit has passed.
    pub(crate) fn overdue(&self, limits: &Limits) -> Option<Overdue> {
        let now = self.now();
        let over =
            |since: u64, limit: Duration| since != NEVER && u128::from(now.saturating_sub(since)) > limit.as_millis();
        if over(self.head_began.load(Relaxed), limits.header_timeout)
            || over(self.write_stalled.load(Relaxed), limits.body_timeout)
        {
            return Some(Overdue::Stalled);
        }
        let idle = self.requests.load(Relaxed) == 0 && over(self.last.load(Relaxed), limits.idle_timeout);
        idle.then_some(Overdue::Idle)
    }
}

/// A request under way.
#[derive(Debug)]
pub(crate) struct ActiveRequest {
    activity: Arc<Activity>,
    /// Among the requests of the gateway, or its tunnels.
    counted: Counted,
}

impl ActiveRequest {
    /// It opened a WebSocket, and is counted as one from here on.
    pub(crate) fn becomes_tunnel(mut self, tunnels: &Gauge) -> Self {
        self.counted = tunnels.count();
        self
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        self.activity.last.store(self.activity.now(), Relaxed);
        self.activity.requests.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_pass_one_by_one() {
        let limits = Limits {
            header_timeout: Duration::ZERO,
            idle_timeout: Duration::ZERO,
            body_timeout: Duration::ZERO,
            ..Limits::default()
        };
        let activity = Activity::new();
        let wait = || while activity.now() <= activity.last.load(Relaxed).max(activity.head_began.load(Relaxed)) {};
        wait();
        assert_eq!(activity.overdue(&limits), Some(Overdue::Stalled), "the first head does not come");
        let request = activity.begin(&Gauge::default());
        activity.read(false);
        wait();
        assert_eq!(activity.overdue(&limits), None, "a request is under way");
        drop(request);
        wait();
        assert_eq!(activity.overdue(&limits), Some(Overdue::Idle));
        activity.read(true);
        wait();
        assert_eq!(activity.overdue(&limits), Some(Overdue::Stalled));
    }
}
