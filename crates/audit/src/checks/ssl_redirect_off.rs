//! Plain http is answered.
//!
//! `SECURE_SSL_REDIRECT` is False in settings of a site on https (`SESSION_COOKIE_SECURE` or `SECURE_PROXY_SSL_HEADER` is
//! set, or `SECURE_HSTS_SECONDS`). Quiet where a proxy of the project redirects; a proxy that is configured elsewhere may, so
//! without one the confidence is low, and `SILENCED_SYSTEM_CHECKS` may have Django's own word on it.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    settings::{Settings, Value},
};

pub(super) const CHECK: Check = Check {
    id: "ssl-redirect-off",
    side: Side::Django,
    title: "Plain http is answered",
    severity: Severity::Low,
    references: &["Django: security.W008", "CWE-319"],
    why: "A page that is served over http can be changed on the way, forms and their targets with it. An origin http://… that works is also one from which cookies are planted.",
    fix: "Set SECURE_SSL_REDIRECT to True, or let the proxy redirect and say so in a comment that ignores this.",
    source: include_str!("ssl_redirect_off.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    let mut proxy = false;
    for source in project.sources.iter().filter(|source| !source.path.ends_with(".py")) {
        let text = source.text.to_ascii_lowercase();
        if redirects(&text) {
            return;
        }
        proxy |= ["proxy_pass", "proxypass", "reverse_proxy", "\nfrontend "].iter().any(|word| text.contains(word));
    }
    for (_, settings) in project.deployed() {
        let Some(setting) = settings.get("SECURE_SSL_REDIRECT").filter(|_| !settings.silences("security.W008")) else {
            continue;
        };
        if setting.value == Value::Bool(false) && is_on_https(settings) && !settings.is("DEBUG", true) {
            let confidence = if proxy { Confidence::Medium } else { Confidence::Low };
            let message = if proxy {
                "SECURE_SSL_REDIRECT is False, and no proxy of the project redirects"
            } else {
                "SECURE_SSL_REDIRECT is False, and the project has no proxy that redirects"
            };
            found.add(confidence, message, (&setting.span, "http is answered"), &[]);
        }
    }
}

fn is_on_https(settings: &Settings) -> bool {
    settings.is("SESSION_COOKIE_SECURE", true)
        || matches!(settings.value("SECURE_PROXY_SSL_HEADER"), Some(Value::List(_)))
        || matches!(settings.value("SECURE_HSTS_SECONDS"), Some(Value::Int(1..)))
}

/// Of nginx, HAProxy, Apache and Traefik.
fn redirects(text: &str) -> bool {
    text.lines().map(str::trim).any(|line| {
        (line.starts_with("return 30") && line.contains("https:"))
            || (line.contains("redirect") && line.contains("https"))
            || (line.starts_with("rewrite") && line.contains("https:"))
    })
}
