//! A trusted origin over http.
//!
//! An entry of `CSRF_TRUSTED_ORIGINS` that begins with `http://` and is not this machine.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "trusted-origin-insecure",
    side: Side::Django,
    title: "A trusted origin over http",
    severity: Severity::High,
    references: &["CWE-319", "Django: CSRF_TRUSTED_ORIGINS"],
    why: "Anybody between a user and the network can serve a page of that origin: http proves nothing about who sent it. Django then takes its forms for the site's own.",
    fix: "Write https:// there, or remove the entry.",
    source: include_str!("trusted_origin_insecure.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (_, settings) in project.deployed() {
        let Some(origins) = settings.known("CSRF_TRUSTED_ORIGINS") else { continue };
        for origin in origins.value.some_strings() {
            let local = ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"].iter().any(|host| origin.contains(host));
            if origin.starts_with("http://") && !local {
                found.add(
                    origins.confidence(Confidence::High),
                    origins.told(&format!("{origin:?} is trusted")),
                    (origins.span, "anybody on the network can be it"),
                    &[],
                );
                let text = origins.span.text();
                if text.contains(origin) && !origins.by_default {
                    found.edit(origins.span, text.replace(origin, &origin.replacen("http://", "https://", 1)));
                }
            }
        }
    }
}
