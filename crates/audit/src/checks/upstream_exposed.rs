//! The app can be reached past the proxy.
//!
//! The proxy tells the app who the client is in a header, and reaches it over plain HTTP at an address that is not of this
//! machine. Told once for each configuration: with medium confidence for an address, with low for a name, which may be one of a
//! network that only the proxy is part of. Quiet where the app verifies a signed statement (django-countersign).

use std::net::IpAddr;

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::is_identity,
    source::Span,
};

pub(super) const CHECK: Check = Check {
    id: "upstream-exposed",
    side: Side::Proxy,
    title: "The app can be reached past the proxy",
    severity: Severity::Medium,
    references: &["CWE-290", "CVE-2024-10039"],
    why: "Whoever reaches that address sends the header themselves, without a certificate. Nothing in the request shows that it did not come through the proxy.",
    fix: "Listen on a Unix socket or 127.0.0.1; or let the app verify a signed statement (django-countersign), or speak mutual TLS to it.",
    source: include_str!("upstream_exposed.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    let verified = project.all_settings().any(|(_, settings)| {
        let apps = settings.value("INSTALLED_APPS");
        apps.is_some_and(|apps| apps.some_strings().iter().any(|app| app.contains("countersign")))
    });
    if verified {
        return;
    }
    for proxy in &project.proxies {
        let exposed = proxy.passings.iter().find_map(|passing| {
            let rule = passing.sets(is_identity)?;
            let (to, span) = passing.upstreams.iter().find(|(to, _)| is_elsewhere(to))?;
            Some((rule, to, span))
        });
        let Some((rule, to, span)) = exposed else { continue };
        let confidence = if host_of(to).parse::<IpAddr>().is_ok() { Confidence::Medium } else { Confidence::Low };
        let message = format!("{} is believed from whoever reaches {to}", rule.name);
        let related: Vec<(&Span, &str)> = rule.span.iter().map(|span| (span, "set here")).collect();
        found.add(confidence, message, (span, "not of this machine"), &related);
    }
}

/// The host of an address, without scheme, port and path.
fn host_of(to: &str) -> &str {
    let rest = to.split_once("://").map_or(to, |(_, rest)| rest);
    let rest = rest.split(['/', '?']).next().unwrap_or(rest);
    if let Some(inner) = rest.strip_prefix('[') {
        return inner.split(']').next().unwrap_or(inner);
    }
    rest.split(':').next().unwrap_or(rest)
}

/// Over plain HTTP, and neither a socket nor this machine. What a variable names is not known.
fn is_elsewhere(to: &str) -> bool {
    let lower = to.to_ascii_lowercase();
    let local = ["https:", "h2:", "wss:", "unix", "/", "fd@", "abns@", "balancer:"];
    let host = host_of(&lower);
    if local.iter().any(|start| lower.starts_with(start))
        || lower.contains("unix:")
        || host.contains(['$', '{', '*', '%'])
    {
        return false;
    }
    match host.parse::<IpAddr>() {
        Ok(address) => !address.is_loopback(),
        Err(_) => !host.is_empty() && host != "localhost" && !host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_and_others() {
        for to in [
            "http://10.0.0.5:8000",
            "http://10.0.0.5/$1",
            "10.0.0.5:8000",
            "http://app:8000/x",
            "[fd00::1]:80",
            "http://[fd00::1]/",
        ] {
            assert!(is_elsewhere(to), "{to}");
        }
        for to in
            ["http://127.0.0.1:8000", "localhost:80", "[::1]:80", "http://unix:/run/x", "https://10.0.0.5", "$app", ""]
        {
            assert!(!is_elsewhere(to), "{to}");
        }
    }
}
