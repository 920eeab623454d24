//! The app is not told the Host.
//!
//! The app gets another name than the client's: nginx `proxy_pass` without `proxy_set_header Host`, Apache `ProxyPass` without
//! `ProxyPreserveHost On`, Envoy and the Gateway API with a rewrite of the host, Caddy `header_up Host {upstream_hostport}`,
//! Ingress `upstream-vhost`.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::{Host, Kind},
};

pub(super) const CHECK: Check = Check {
    id: "host-not-passed",
    side: Side::Proxy,
    title: "The app is not told the Host",
    severity: Severity::Low,
    references: &["Django: ALLOWED_HOSTS", "Django: USE_X_FORWARDED_HOST"],
    why: "Django compares Origin with the Host it gets, and refuses the site's own forms, which is how exemptions begin. Links and redirects point to the upstream's name.",
    fix: "Pass the client's Host.",
    source: include_str!("host_not_passed.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (proxy, passing) in project.passings() {
        if passing.http && passing.host == Host::Replaced {
            let message = format!("this {} does not pass the client's Host", passing.what);
            let at = (&passing.span, "the app gets the upstream's name");
            // Apache says the client's in X-Forwarded-Host by itself, and the app may look there.
            let confidence = if proxy.kind == Kind::Apache { Confidence::Low } else { Confidence::Medium };
            found.add_with_fix(confidence, message, at, &[], fix(proxy.kind));
        }
    }
}

fn fix(kind: Kind) -> &'static str {
    match kind {
        Kind::Nginx => "proxy_set_header Host $http_host;",
        Kind::Apache => "ProxyPreserveHost On",
        Kind::HaProxy => "Remove the rule that sets host.",
        Kind::Envoy => "Remove the host_rewrite.",
        Kind::Caddy => "Remove header_up Host.",
        Kind::Traefik => "passHostHeader: true",
        Kind::Kubernetes => "Remove the rewrite of the host (upstream-vhost, urlRewrite.hostname, rewrite.authority).",
    }
}
