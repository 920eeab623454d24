//! A header that names the client is taken from the client.
//!
//! A header that names a client is set to what the client sent, added beside it (HAProxy `add-header`, Envoy's default for
//! `request_headers_to_add`, Caddy `+Name`, the Gateway API's and Istio's `add`), or passed by an option made for a proxy behind
//! another one (Envoy `APPEND_FORWARD`, `ALWAYS_FORWARD_ONLY`).

use crate::{
    Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::Topic,
};

pub(super) const CHECK: Check = Check {
    id: "identity-header-from-client",
    side: Side::Proxy,
    title: "A header that names the client is taken from the client",
    severity: Severity::Critical,
    references: &["CWE-290", "Envoy: forward_client_cert_details"],
    why: "Anybody sends the header themselves and is who they say. A second copy beside it does not help: which one counts is the server's choice.",
    fix: "Set the header, so that the client's copy is replaced.",
    source: include_str!("identity_header_from_client.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    found.faults(project, Topic::IdentityFromClient);
}
