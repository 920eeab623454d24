//! TLS before 1.2.
//!
//! SSLv3, TLS 1.0 or TLS 1.1 is allowed, by name or (Apache) by `all`: nginx `ssl_protocols`, HAProxy `ssl-min-ver` and `force-tlsv1*`, Apache
//! `SSLProtocol`, Envoy `tls_minimum_protocol_version`, Traefik and Envoy Gateway `minVersion`, Istio `minProtocolVersion`.

use crate::{
    Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::Topic,
};

pub(super) const CHECK: Check = Check {
    id: "old-tls",
    side: Side::Proxy,
    title: "TLS before 1.2",
    severity: Severity::Medium,
    references: &["RFC 8996"],
    why: "These versions were withdrawn (RFC 8996): their handshakes can be attacked, client authentication included.",
    fix: "Allow TLS 1.2 and 1.3 alone.",
    source: include_str!("old_tls.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    found.faults(project, Topic::OldTls);
}
