//! The scheme is the client's word.
//!
//! `X-Forwarded-Proto` (or its kin, `X-Forwarded-Host` too) is set to what the client sent, or every client counts as a
//! trusted proxy: Caddy `trusted_proxies` with all addresses, Traefik `forwardedHeaders.insecure`.

use crate::{
    Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::Topic,
};

pub(super) const CHECK: Check = Check {
    id: "scheme-from-client",
    side: Side::Proxy,
    title: "The scheme is the client's word",
    severity: Severity::High,
    references: &["CWE-348"],
    why: "The app takes a plain request for a secure one, or a secure one for a plain one: cookies, redirects and the origin that CSRF is checked against follow. Behind another proxy it is right only as long as nobody reaches this one directly.",
    fix: "Set the header to the scheme of the connection (nginx: proxy_set_header X-Forwarded-Proto $scheme).",
    source: include_str!("scheme_from_client.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    found.faults(project, Topic::SchemeFromClient);
}
