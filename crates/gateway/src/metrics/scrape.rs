//! All metrics as text, in the exposition format 0.0.4 of Prometheus, as they are at this moment.
//!
//! prometheus-client writes and escapes; there is a registry for each scrape, so that two gateways
//! in one process know nothing of each other.

use std::{
    fmt,
    sync::{Arc, PoisonError},
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, MetricEncoder, NoLabelSet, prometheus_text},
    registry::Registry,
};

use super::{FAMILIES, Histogram, Metrics, SiteMetrics};
use crate::admin::Snapshot;

/// What is told at once.
#[derive(Debug)]
pub(crate) struct Scrape {
    pub(super) metrics: Arc<Metrics>,
    pub(super) snapshot: Snapshot,
}

impl Scrape {
    /// The media type of [`text`](Self::text).
    pub(crate) const CONTENT_TYPE: &str = prometheus_text::CONTENT_TYPE;

    pub(crate) fn new(metrics: &Arc<Metrics>, snapshot: Snapshot) -> Self {
        Self { metrics: Arc::clone(metrics), snapshot }
    }

    pub(crate) fn text(self) -> String {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(self));
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = prometheus_text::encode(&mut text, &registry);
        text
    }

    /// In the order of their names.
    pub(super) fn sites(&self) -> Vec<(Box<str>, Arc<SiteMetrics>)> {
        let sites = self.metrics.sites.read().unwrap_or_else(PoisonError::into_inner);
        sites.iter().map(|(name, site)| (name.clone(), Arc::clone(site))).collect()
    }
}

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for family in FAMILIES {
            // The library puts the suffix of counters back.
            let name = family.name.strip_suffix("_total").unwrap_or(family.name);
            let metric = encoder.encode_descriptor(name, family.help, None, family.kind)?;
            (family.write)(self, &mut Series(metric))?;
        }
        Ok(())
    }
}

/// The series of one family.
#[derive(Debug)]
pub(crate) struct Series<'a>(MetricEncoder<'a>);

impl Series<'_> {
    pub(super) fn counter(&mut self, labels: &impl EncodeLabelSet, value: u64) -> fmt::Result {
        self.0.encode_family(labels)?.encode_counter::<NoLabelSet, _, f64>(&value, None)
    }

    pub(super) fn gauge(&mut self, labels: &impl EncodeLabelSet, value: f64) -> fmt::Result {
        self.0.encode_family(labels)?.encode_gauge(&value)
    }

    pub(super) fn histogram(&mut self, labels: &impl EncodeLabelSet, histogram: &Histogram) -> fmt::Result {
        histogram.encode(self.0.encode_family(labels)?)
    }
}
