//! Client certificates are optional.
//!
//! Whoever has no certificate is let in, and nothing in the configuration refuses them or tells the app: nginx
//! `ssl_verify_client optional`, HAProxy `verify optional`, Apache `SSLVerifyClient optional`, Envoy `trusted_ca` without
//! `require_client_certificate`, Caddy `verify_if_given`, Traefik `VerifyClientCertIfGiven`, Envoy Gateway `optional: true`,
//! Istio `OPTIONAL_MUTUAL`. An Ingress tells the app (`ssl-client-verify`); whether the app asks is another check's matter.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::{Clients, Kind},
};

pub(super) const CHECK: Check = Check {
    id: "client-certificate-optional",
    side: Side::Proxy,
    title: "Client certificates are optional",
    severity: Severity::High,
    references: &["CWE-287", "nginx: ssl_verify_client"],
    why: "A client without a certificate is passed on like a holder of one. The app cannot tell the two apart.",
    fix: "Demand the certificate; or refuse where the verification's result is not good, and tell the app.",
    source: include_str!("client_certificate_optional.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for proxy in &project.proxies {
        for entrance in proxy.entrances.iter().filter(|entrance| entrance.clients == Clients::Optional) {
            if !entrance.looked_at {
                let message = format!("{}, and nothing looks at the result", entrance.says);
                let at = (&entrance.span, "everybody is let in");
                found.add_with_fix(Confidence::High, message, at, &[], fix(proxy.kind));
            }
        }
    }
}

fn fix(kind: Kind) -> &'static str {
    match kind {
        Kind::Nginx => {
            "Write ssl_verify_client on; or refuse where $ssl_client_verify is not SUCCESS, and tell the app."
        }
        Kind::HaProxy => "Write verify required; or deny unless { ssl_c_used } and tell the app.",
        Kind::Apache => {
            "Write SSLVerifyClient require; or Require expr \"%{SSL_CLIENT_VERIFY} == 'SUCCESS'\" where it counts, and tell the app."
        }
        Kind::Envoy => "require_client_certificate: true; or an RBAC filter with the principal `authenticated`.",
        Kind::Caddy => "mode require_and_verify",
        Kind::Traefik => "clientAuthType: RequireAndVerifyClientCert",
        Kind::Kubernetes => "Demand the certificate: clientValidation without optional, or mode MUTUAL.",
    }
}
