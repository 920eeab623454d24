//! Which assertions were used before.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use countersign_core::UnixTime;

/// Remembers the `jti` of unsafe requests while their assertions live.
pub trait ReplayCache {
    /// Notes it until `until`, and says whether it was new. A cache that cannot tell, because it is
    /// full or out of reach, says no.
    fn first_use(&self, jti: &str, until: UnixTime, now: UnixTime) -> bool;
}

/// A cache of one process, of bounded size.
#[derive(Debug)]
pub struct MemoryReplayCache {
    most: usize,
    seen: Mutex<HashMap<Box<str>, UnixTime>>,
}

/// A longer `jti` is not the gateway's, and would make the cache as large as its sender likes.
const LONGEST_ID: usize = 128;

impl MemoryReplayCache {
    /// Room for so many unsafe requests per half minute; beyond that it refuses them.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, seen: Mutex::default() }
    }
}

impl ReplayCache for MemoryReplayCache {
    fn first_use(&self, jti: &str, until: UnixTime, now: UnixTime) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if jti.len() > LONGEST_ID || seen.get(jti).is_some_and(|until| *until >= now) {
            return false;
        }
        if seen.len() >= self.most {
            seen.retain(|_, until| *until >= now);
        }
        if seen.len() >= self.most {
            return false;
        }
        seen.insert(jti.into(), until);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_while_it_lives_and_never_more_than_there_is_room() {
        let cache = MemoryReplayCache::new(2);
        let at = |jti: &str, now| cache.first_use(jti, UnixTime(now + 35), UnixTime(now));
        assert!(at("a", 0) && !at("a", 0) && !at("a", 35));
        assert!(at("b", 1));
        assert!(!at("c", 35), "full: a and b live");
        assert!(at("c", 36), "a has ended");
        assert!(!at(&"x".repeat(129), 100));
    }
}
