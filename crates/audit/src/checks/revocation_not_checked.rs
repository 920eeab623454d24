//! Revoked certificates still count.
//!
//! Certificates are verified and no revocation list is looked at: nginx without `ssl_crl` or `ssl_ocsp`, HAProxy without
//! `crl-file`, Apache without `SSLCARevocationCheck chain` (a CRL file alone does nothing there) or `SSLOCSPEnable`, Envoy and
//! Envoy Gateway without `crl`, an Ingress whose secret is part of what is audited and has no `ca.crl`. Caddy and Traefik
//! cannot look at one: told with low severity, as there is nothing to switch on.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::{Kind, Revocation},
};

pub(super) const CHECK: Check = Check {
    id: "revocation-not-checked",
    side: Side::Proxy,
    title: "Revoked certificates still count",
    severity: Severity::Medium,
    references: &["RFC 5280 section 6.3", "nginx: ssl_crl, ssl_ocsp", "mod_ssl: SSLCARevocationCheck"],
    why: "A certificate that was stolen and revoked opens the site until it expires. Replacing the CA is then the only way out.",
    fix: "Give the proxy the CRL of every CA in the chain, and renew it before it ends.",
    source: include_str!("revocation_not_checked.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for proxy in &project.proxies {
        for entrance in &proxy.entrances {
            let (severity, message) = match entrance.revocation {
                Revocation::NotLookedAt => {
                    (Severity::Medium, format!("{}, and no revocation list is looked at", entrance.says))
                }
                Revocation::Impossible => {
                    (Severity::Low, format!("{}, and {} has no revocation lists", entrance.says, proxy.kind.as_str()))
                }
                Revocation::LookedAt | Revocation::Unknown => continue,
            };
            found.rated(severity, Confidence::High, message, (&entrance.span, "revocation is not looked at"), &[]);
            found.mend(fix(proxy.kind));
        }
    }
}

fn fix(kind: Kind) -> &'static str {
    match kind {
        Kind::Nginx => {
            "Set ssl_crl to a file with the CRL of every CA in the chain, and reload nginx before it ends; or ssl_ocsp on."
        }
        Kind::HaProxy => "Add crl-file with the CRL of every CA in the chain, and renew it before it ends.",
        Kind::Apache => "Set SSLCARevocationFile and SSLCARevocationCheck chain, or SSLOCSPEnable on.",
        Kind::Envoy => "Add crl to the validation context, by SDS: a static file is never read again.",
        Kind::Caddy | Kind::Traefik => {
            "Issue certificates that live for hours, or let a proxy that knows revocation lists end TLS before it."
        }
        Kind::Kubernetes => "Add the key ca.crl to the secret, or crl to clientValidation.",
    }
}
