//! Other spellings of headers are passed.
//!
//! `underscores_in_headers on` or `ignore_invalid_headers off`.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "nginx-header-aliases",
    side: Side::Proxy,
    title: "Other spellings of headers are passed",
    severity: Severity::High,
    references: &["CVE-2015-0219", "CVE-2026-3902", "nginx: underscores_in_headers"],
    why: "`X_SSL_Client_S_DN` is the same variable as `X-SSL-Client-S-DN` to WSGI and CGI: what proxy_set_header sets, the client sets again beside it. nginx drops such names unless it is told not to.",
    fix: "Remove the directive.",
    source: include_str!("nginx_header_aliases.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for nginx in &project.nginx {
        for directive in nginx.tree.iter().flat_map(|top| std::iter::once(top).chain(top.all())) {
            let passes = (directive.name() == "underscores_in_headers" && directive.argument(1) == "on")
                || (directive.name() == "ignore_invalid_headers" && directive.argument(1) == "off");
            if passes {
                let message = format!("{} {}", directive.name(), directive.argument(1));
                found.add(Confidence::High, message, (&directive.span, "aliases of trusted names pass"), &[]);
            }
        }
    }
}
