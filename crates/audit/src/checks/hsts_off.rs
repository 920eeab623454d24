//! No Strict-Transport-Security.
//!
//! Settings of a site on https (`SECURE_SSL_REDIRECT` or `SESSION_COOKIE_SECURE` is True) in which `SECURE_HSTS_SECONDS` is 0,
//! is not set, or has no effect for want of `SecurityMiddleware`. Quiet where any file of the project sends the header by
//! itself, and where `SILENCED_SYSTEM_CHECKS` has Django's own word on it.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    settings::Value,
};

pub(super) const CHECK: Check = Check {
    id: "hsts-off",
    side: Side::Django,
    title: "No Strict-Transport-Security",
    severity: Severity::Low,
    references: &["Django: security.W004", "RFC 6797"],
    why: "Until a browser has seen the header, somebody on the way can answer for the site over plain http and set cookies there, which the site then takes for its own. Tokens and sessions can be planted by that.",
    fix: "Set SECURE_HSTS_SECONDS, small at first, or send the header from the proxy.",
    source: include_str!("hsts_off.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    let sent =
        project.sources.iter().any(|source| source.text.to_ascii_lowercase().contains("strict-transport-security"));
    if sent {
        return;
    }
    for (_, settings) in project.deployed() {
        if settings.silences("security.W004") {
            continue;
        }
        // A scheme header alone is what a package has that any proxy may stand before.
        let Some(https) = ["SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE"]
            .into_iter()
            .find(|name| settings.is(name, true))
            .and_then(|name| settings.get(name))
        else {
            continue;
        };
        match settings.get("SECURE_HSTS_SECONDS") {
            Some(setting) if setting.value == Value::Int(0) => {
                found.add(Confidence::High, "SECURE_HSTS_SECONDS is 0", (&setting.span, "no header is sent"), &[]);
            }
            Some(setting) => {
                let without = settings.get("MIDDLEWARE").filter(|middleware| lacks_security(&middleware.value));
                if let (Some(middleware), Value::Int(_)) = (without, &setting.value) {
                    found.add(
                        Confidence::High,
                        "SECURE_HSTS_SECONDS has no effect without SecurityMiddleware",
                        (&setting.span, "nothing reads it"),
                        &[(&middleware.span, "it is not in here")],
                    );
                }
            }
            None if !settings.partly_elsewhere => found.add(
                Confidence::Low,
                "SECURE_HSTS_SECONDS is not set, and nothing in the project sends the header",
                (&https.span, "the site is on https"),
                &[],
            ),
            None => {}
        }
    }
}

/// A list that is known in whole, without it or a class that is named like it.
fn lacks_security(middleware: &Value) -> bool {
    middleware
        .strings()
        .is_some_and(|names| !names.is_empty() && !names.iter().any(|name| name.ends_with("SecurityMiddleware")))
}
