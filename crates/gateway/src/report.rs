//! What `report_only` let through, as log and metric tell it.
//!
//! Invariant: whatever was let through without its proof is told, whether permits are logged or not,
//! with what `countersign suggest` needs to propose a policy; see [`Provenance`] for what that is.

use std::collections::HashMap;
use std::sync::Arc;

use countersign_core::{Head, Pending, Permit, Provenance, Refusal, Reported, RouteTable};

use crate::metrics::{RouteReports, SiteMetrics};

/// What is told of one request.
#[derive(Debug)]
pub(crate) struct Report {
    provenance: Provenance,
    /// Codes, comma between; empty until it is known that the request is let through.
    reasons: String,
    detail: String,
}

impl Report {
    /// For a request that something was reported of, or may be once its token was seen.
    pub(crate) fn begin(granted: &Result<Permit<'_>, Pending<'_>>, head: &Head<'_>) -> Option<Box<Self>> {
        let wanted = match granted {
            Ok(permit) => !permit.reported().is_empty(),
            Err(pending) => pending.only_reports() || pending.hides_client(),
        };
        let begun = || Self { provenance: Provenance::of(head), reasons: String::new(), detail: String::new() };
        wanted.then(|| Box::new(begun()))
    }

    /// What would have been refused.
    pub(crate) fn note(&mut self, reported: &Reported) {
        let joined =
            |with: &str, text: fn(&Refusal) -> String| reported.iter().map(text).collect::<Vec<_>>().join(with);
        self.reasons = joined(",", |refusal| refusal.reason().code().into());
        self.detail = joined("; and ", Refusal::to_string);
    }

    /// Whether something would have been refused.
    pub(crate) fn is_told(&self) -> bool {
        !self.reasons.is_empty()
    }
}

/// The fields of an event; none of them for a request of which nothing is reported.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Told<'r> {
    pub(crate) would_refuse: Option<&'r str>,
    pub(crate) detail: Option<&'r str>,
    pub(crate) origin: Option<&'r str>,
    pub(crate) sec_fetch_site: Option<&'r str>,
    pub(crate) sec_fetch_mode: Option<&'r str>,
    pub(crate) referer_origin: Option<&'r str>,
    /// `yes`, or why a route for programs would refuse it.
    pub(crate) program: Option<&'r str>,
}

impl<'r> Told<'r> {
    pub(crate) fn of(report: Option<&'r Report>) -> Self {
        let Some(Report { provenance, reasons, detail }) = report.filter(|report| report.is_told()) else {
            return Self::default();
        };
        Self {
            would_refuse: Some(reasons),
            detail: Some(detail),
            origin: provenance.origin.as_deref(),
            sec_fetch_site: provenance.sec_fetch_site.as_deref(),
            sec_fetch_mode: provenance.sec_fetch_mode.as_deref(),
            referer_origin: provenance.referer_origin.as_deref(),
            program: Some(provenance.not_a_program.map_or("yes", |reason| reason.code())),
        }
    }
}

/// The counts of the routes that are on trial, by path. Made with the site: a request of one costs a
/// look into a table that never changes, and every other request nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReportCounts(HashMap<Box<str>, Arc<RouteReports>>);

impl ReportCounts {
    pub(crate) fn new(routes: &RouteTable, metrics: &SiteMetrics) -> Self {
        let on_trial = routes.iter().filter(|route| !route.report_only.is_off());
        Self(on_trial.map(|route| (route.path.clone(), metrics.route_reports(&route.path))).collect())
    }

    pub(crate) fn count(&self, permit: &Permit<'_>) {
        let Some(counts) = self.0.get(&permit.route().path) else { return };
        for refusal in permit.reported().iter() {
            counts.count(refusal.reason());
        }
    }
}
