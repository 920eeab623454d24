//! X-Forwarded-Host is believed.
//!
//! `USE_X_FORWARDED_HOST` is True: the host that Django compares `Origin` with is a header that a client can send unless
//! the proxy overwrites it.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    settings::Value,
};

pub(super) const CHECK: Check = Check {
    id: "forwarded-host-trusted",
    side: Side::Django,
    title: "X-Forwarded-Host is believed",
    severity: Severity::Medium,
    references: &["CWE-644", "Django: USE_X_FORWARDED_HOST"],
    why: "If the proxy passes the client's header on, the client chooses the site's name: in links, in redirects, and in the CSRF check. Most proxies can pass Host itself.",
    fix: "Let the proxy pass Host unchanged, and set USE_X_FORWARDED_HOST to False.",
    source: include_str!("forwarded_host_trusted.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (_, settings) in project.deployed() {
        if let Some(setting) = settings.known("USE_X_FORWARDED_HOST")
            && *setting.value == Value::Bool(true)
        {
            found.add(
                setting.confidence(Confidence::Medium),
                setting.told("the host is taken from X-Forwarded-Host"),
                (setting.span, "a client can send it"),
                &[],
            );
        }
    }
}
