//! Certificates are taken unverified.
//!
//! The proxy asks for a certificate and takes any: nginx and Apache `optional_no_ca`, HAProxy `ca-ignore-err` or
//! `crt-ignore-err`, Envoy `ACCEPT_UNTRUSTED` or `require_client_certificate` without `trusted_ca`, Caddy `request` and
//! `require`, Traefik `RequestClientCert` and `RequireAnyClientCert`, the Gateway API's `AllowInsecureFallback`; and no rule
//! of the configuration looks at the result.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::{Clients, Kind},
};

pub(super) const CHECK: Check = Check {
    id: "client-certificate-not-verified",
    side: Side::Proxy,
    title: "Certificates are taken unverified",
    severity: Severity::Critical,
    references: &["CWE-295", "HAProxy: ca-ignore-err, crt-ignore-err", "Traefik: clientAuthType"],
    why: "Anybody makes a certificate with the name they want. The handshake says yes, and nobody asks after it.",
    fix: "Verify against your own CA and demand it; or refuse where the result of the verification is not good.",
    source: include_str!("client_certificate_not_verified.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for proxy in &project.proxies {
        for entrance in proxy.entrances.iter().filter(|entrance| entrance.clients == Clients::Unverified) {
            if !entrance.looked_at {
                let message = format!("{}, and nothing looks at the result", entrance.says);
                let at = (&entrance.span, "a certificate of anybody's making counts");
                found.add_with_fix(Confidence::High, message, at, &[], fix(proxy.kind));
            }
        }
    }
}

fn fix(kind: Kind) -> &'static str {
    match kind {
        Kind::Nginx => "Write ssl_verify_client on, with ssl_client_certificate.",
        Kind::HaProxy => "Remove it; or deny where ssl_c_verify is not 0, but for the page that explains the error.",
        Kind::Apache => "Write SSLVerifyClient require, with SSLCACertificateFile.",
        Kind::Envoy => "Set validation_context.trusted_ca and leave trust_chain_verification out.",
        Kind::Caddy => "mode require_and_verify, with a trust_pool",
        Kind::Traefik => "clientAuthType: RequireAndVerifyClientCert, with caFiles",
        Kind::Kubernetes => "auth-tls-verify-client \"on\"; mode AllowValidOnly.",
    }
}
