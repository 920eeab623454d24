//! Any Host is served.
//!
//! `ALLOWED_HOSTS` contains "*" in settings that are not for developers.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "allowed-hosts-wildcard",
    side: Side::Django,
    title: "Any Host is served",
    severity: Severity::Medium,
    references: &["CWE-350", "Django: ALLOWED_HOSTS"],
    why: "A page whose name is rebound to the site's address is same-origin with it, certificate included: its Origin and its Host agree. Links that the site makes are a client's to choose.",
    fix: "List the site's own names.",
    source: include_str!("allowed_hosts_wildcard.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (_, settings) in project.deployed() {
        let Some(hosts) = settings.known("ALLOWED_HOSTS") else { continue };
        if hosts.value.some_strings().contains(&"*") {
            found.add(
                hosts.confidence(Confidence::High),
                hosts.told("ALLOWED_HOSTS allows every name"),
                (hosts.span, "any Host is the site's"),
                &[],
            );
        }
    }
}
