//! Every subdomain is trusted.
//!
//! An entry of `CSRF_TRUSTED_ORIGINS` with a wildcard. Django's `*.example.com` also trusts the bare domain.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "trusted-origin-wildcard",
    side: Side::Django,
    title: "Every subdomain is trusted",
    severity: Severity::Medium,
    references: &["CWE-942", "Django: CSRF_TRUSTED_ORIGINS"],
    why: "Every host under the domain may send forms: the forgotten one, the one that a customer runs, the one with a script hole. A sibling also gets all cookies, whatever their SameSite.",
    fix: "List the origins that need it one by one.",
    source: include_str!("trusted_origin_wildcard.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (_, settings) in project.deployed() {
        let Some(origins) = settings.known("CSRF_TRUSTED_ORIGINS") else { continue };
        for origin in origins.value.some_strings() {
            if origin.contains('*') {
                found.add(
                    origins.confidence(Confidence::High),
                    origins.told(&format!("{origin:?} trusts every host that matches")),
                    (origins.span, "each of them may write here"),
                    &[],
                );
            }
        }
    }
}
