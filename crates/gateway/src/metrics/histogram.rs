//! A histogram of whole numbers, without a lock.
//!
//! The one of prometheus-client takes a mutex for each observation, which all workers would share
//! on every request's way; this one is two additions.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use prometheus_client::encoding::{MetricEncoder, NoLabelSet};

#[derive(Debug)]
pub(crate) struct Histogram {
    /// Ascending; each is the largest value of its bucket.
    bounds: &'static [u64],
    /// One more than there are bounds.
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
    /// How many of the numbers make one of the unit that is told.
    scale: f64,
}

impl Histogram {
    pub(crate) fn new(bounds: &'static [u64], scale: f64) -> Self {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, counts, sum: AtomicU64::new(0), scale }
    }

    pub(crate) fn observe(&self, value: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get(bucket) {
            count.fetch_add(1, Relaxed);
        }
        self.sum.fetch_add(value, Relaxed);
    }

    pub(super) fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let bounds = self.bounds.iter().map(|bound| *bound as f64 / self.scale).chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> = bounds.zip(self.counts.iter().map(|count| count.load(Relaxed))).collect();
        // Of the same reading, so that the count is always that of the last bucket.
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = self.sum.load(Relaxed) as f64 / self.scale;
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_belongs_to_its_bucket() {
        let histogram = Histogram::new(&[10, 20], 1.0);
        for value in [0, 10, 11, 20, 21, 1_000] {
            histogram.observe(value);
        }
        let counts: Vec<_> = histogram.counts.iter().map(|count| count.load(Relaxed)).collect();
        assert_eq!(counts, [2, 2, 2]);
        assert_eq!(histogram.sum.load(Relaxed), 1_062);
    }
}
