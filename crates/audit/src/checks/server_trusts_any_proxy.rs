//! The server takes anybody for its proxy.
//!
//! `forwarded_allow_ips = "*"` of gunicorn, `--forwarded-allow-ips "*"` or `FORWARDED_ALLOW_IPS` of gunicorn and uvicorn,
//! unless it listens on a Unix socket or loopback.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    server,
};

pub(super) const CHECK: Check = Check {
    id: "server-trusts-any-proxy",
    side: Side::Django,
    title: "The server takes anybody for its proxy",
    severity: Severity::Medium,
    references: &["CWE-348", "gunicorn: forwarded_allow_ips", "uvicorn: --forwarded-allow-ips"],
    why: "Whoever reaches the port past the proxy says whether the request came over https and, to uvicorn, from which address. In a network of containers that is every neighbour.",
    fix: "Name the proxy's address or network, or listen on a Unix socket.",
    source: include_str!("server_trusts_any_proxy.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for option in server::options(project) {
        if option.name == "forwarded_allow_ips" && option.value == "*" && !option.is_local {
            let at = (&option.span, "every address is a proxy");
            found.add(Confidence::Medium, "forwarded headers are taken from every address", at, &[]);
        }
    }
}
