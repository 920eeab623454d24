//! A CSRF filter that does not hold.
//!
//! Envoy's CSRF filter switched off (`filter_enabled` of 0, `disabled`), only counting (`shadow_enabled`), or off for a route.
//! Where it is on it compares host and port but not the scheme: told with low severity.

use crate::{
    Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::Topic,
};

pub(super) const CHECK: Check = Check {
    id: "csrf-filter-weak",
    side: Side::Proxy,
    title: "A CSRF filter that does not hold",
    severity: Severity::High,
    references: &["Envoy: CSRF filter", "CWE-352"],
    why: "Who reads the configuration believes that forged requests are refused. They are passed.",
    fix: "Enable the filter for all requests, or remove it and let the app check.",
    source: include_str!("csrf_filter_weak.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    found.faults(project, Topic::CsrfFilter);
}
