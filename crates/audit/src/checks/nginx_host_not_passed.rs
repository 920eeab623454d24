//! The app is not told the Host.
//!
//! `proxy_pass` to an http upstream without `proxy_set_header Host`: nginx sends the upstream's own name.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "nginx-host-not-passed",
    side: Side::Proxy,
    title: "The app is not told the Host",
    severity: Severity::Low,
    references: &["Django: ALLOWED_HOSTS"],
    why: "Django compares Origin with the Host it gets, and refuses the site's own forms, which is how exemptions begin. Links and redirects point to the upstream's name.",
    fix: "proxy_set_header Host $http_host;",
    source: include_str!("nginx_host_not_passed.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for passing in project.passings() {
        if passing.pass.name() == "proxy_pass"
            && passing.header("Host").is_none()
            && !passing.set.iter().any(|set| set.argument(1).is_empty())
        {
            found.add(
                Confidence::Medium,
                "proxy_pass without proxy_set_header Host",
                (&passing.pass.span, "the app gets the upstream's name"),
                &[],
            );
        }
    }
}
