//! Other spellings of headers are passed.
//!
//! nginx `underscores_in_headers on` or `ignore_invalid_headers off`, HAProxy `http-restrict-req-hdr-names preserve`, Envoy
//! `headers_with_underscores_action: ALLOW`, Envoy Gateway `withUnderscoresAction: Allow`. HAProxy, Envoy and Traefik pass such
//! names by default: told with low severity where they set a header that names a client, because gunicorn since 22 drops the
//! aliases and other servers do not.

use crate::{
    Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::Topic,
};

pub(super) const CHECK: Check = Check {
    id: "header-aliases",
    side: Side::Proxy,
    title: "Other spellings of headers are passed",
    severity: Severity::High,
    references: &["CVE-2015-0219", "CVE-2026-3902", "CWE-290"],
    why: "`X_SSL_Client_S_DN` is the same variable as `X-SSL-Client-S-DN` to WSGI and CGI: what the proxy sets, the client sets again beside it.",
    fix: "Let the proxy drop names with underscores: nginx does, unless a directive tells it not to.",
    source: include_str!("header_aliases.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    found.faults(project, Topic::HeaderAliases);
}
