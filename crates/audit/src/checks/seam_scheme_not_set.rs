//! Django trusts a scheme header that the proxy does not set.
//!
//! `SECURE_PROXY_SSL_HEADER` names a header, and the proxy passes requests on without setting it. Caddy,
//! Traefik and the Ingress controllers set it unless they are told otherwise.

use crate::{
    Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::{Apps, Kind, dashed},
};

pub(super) const CHECK: Check = Check {
    id: "seam-scheme-not-set",
    side: Side::Seam,
    title: "Django trusts a scheme header that the proxy does not set",
    severity: Severity::High,
    references: &["Django: SECURE_PROXY_SSL_HEADER"],
    why: "The client says whether its request was secure: Django then compares Origin with the wrong scheme, and marks cookies by a stranger's word. Neither file shows it alone.",
    fix: "Set the header to the scheme of the connection (nginx: $scheme).",
    source: include_str!("seam_scheme_not_set.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (_, settings) in project.deployed() {
        let Some(setting) = settings.get("SECURE_PROXY_SSL_HEADER") else { continue };
        let Some(names) = setting.value.strings() else { continue };
        let Some(name) = names.first().and_then(|name| name.strip_prefix("HTTP_")) else { continue };
        for proxy in &project.proxies {
            let apps = Apps::of(proxy, name);
            for passing in proxy.passings.iter().filter(|passing| passing.http && !passing.handles(name)) {
                let message = format!("{} decides the scheme, and this {} does not set it", dashed(name), passing.what);
                let (at, related) = ((&passing.span, "the client's own passes"), (&setting.span, "trusted here"));
                found.add_with_fix(apps.confidence(passing), message, at, &[related], &fix(proxy.kind, &dashed(name)));
            }
        }
    }
}

fn fix(kind: Kind, name: &str) -> String {
    match kind {
        Kind::Nginx => format!("proxy_set_header {name} $scheme;"),
        Kind::HaProxy => {
            format!("http-request set-header {name} https if {{ ssl_fc }}, and http without a condition before it.")
        }
        Kind::Apache => format!("RequestHeader set {name} \"expr=%{{REQUEST_SCHEME}}\""),
        Kind::Envoy => format!(
            "use_remote_address: true, for which Envoy writes X-Forwarded-Proto; or {name} in request_headers_to_add with append_action: OVERWRITE_IF_EXISTS_OR_ADD."
        ),
        Kind::Caddy => format!("header_up {name} {{scheme}}"),
        Kind::Traefik | Kind::Kubernetes => CHECK.fix.to_owned(),
    }
}
