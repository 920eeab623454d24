//! Django sees another origin than the browser.
//!
//! The site is served over TLS, and Django is not told: no `SECURE_PROXY_SSL_HEADER` in settings that are known in whole, with a
//! proxy that speaks HTTP to it. Or the proxy replaces the Host, and `USE_X_FORWARDED_HOST` is not set. Quiet where
//! `CSRF_TRUSTED_ORIGINS` names origins, which makes the site's own forms pass.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::Host,
};

pub(super) const CHECK: Check = Check {
    id: "seam-origin-differs",
    side: Side::Seam,
    title: "Django sees another origin than the browser",
    severity: Severity::Medium,
    references: &["Django: SECURE_PROXY_SSL_HEADER", "Django: USE_X_FORWARDED_HOST"],
    why: "Django compares Origin with scheme and Host as it sees them, so the site's own forms are refused; an exemption or a wide CSRF_TRUSTED_ORIGINS is how that usually ends. request.is_secure() is false, so redirects and the Referer check are wrong as well.",
    fix: "SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTO', 'https') with a proxy that sets the header, and the client's Host passed on.",
    source: include_str!("seam_origin_differs.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (_, settings) in project.deployed() {
        if settings.partly_elsewhere || settings.get("CSRF_TRUSTED_ORIGINS").is_some() {
            continue;
        }
        let Some(middleware) = settings.get("MIDDLEWARE") else { continue };
        if !middleware.value.some_strings().iter().any(|name| name.ends_with("CsrfViewMiddleware")) {
            continue;
        }
        let told = settings.get("SECURE_PROXY_SSL_HEADER").is_some();
        let forwarded = settings.get("USE_X_FORWARDED_HOST").is_some();
        for (proxy, passing) in project.passings().filter(|(_, passing)| passing.http) {
            // Where clients are asked for certificates, TLS ends.
            let (message, label, lacks) = if !told && !proxy.entrances.is_empty() {
                (
                    "served over https, and Django takes every request for http",
                    "passed on as http",
                    "no SECURE_PROXY_SSL_HEADER in these settings",
                )
            } else if passing.host == Host::Replaced && !forwarded {
                (
                    "Django gets another Host than the browser has, and does not look at X-Forwarded-Host",
                    "the app gets the upstream's name",
                    "no USE_X_FORWARDED_HOST in these settings",
                )
            } else {
                continue;
            };
            found.add(Confidence::Medium, message, (&passing.span, label), &[(&middleware.span, lacks)]);
            break;
        }
    }
}
