//! Django trusts a scheme header that the proxy does not set.
//!
//! `SECURE_PROXY_SSL_HEADER` names a header, and a location passes requests on without setting it.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    haproxy,
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "seam-scheme-not-set",
    side: Side::Seam,
    title: "Django trusts a scheme header that the proxy does not set",
    severity: Severity::High,
    references: &["Django: SECURE_PROXY_SSL_HEADER"],
    why: "The client says whether its request was secure: Django then compares Origin with the wrong scheme, and marks cookies by a stranger's word. Neither file shows it alone.",
    fix: "Set the header to $scheme in that location.",
    source: include_str!("seam_scheme_not_set.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (_, settings) in project.deployed() {
        let Some(setting) = settings.get("SECURE_PROXY_SSL_HEADER") else { continue };
        let Some(names) = setting.value.strings() else { continue };
        let Some(name) = names.first().and_then(|name| name.strip_prefix("HTTP_")) else { continue };
        for sections in project.haproxy.iter().filter(|sections| !haproxy::handles(sections, name)) {
            let message = format!("{} decides the scheme, and this HAProxy does not set it", name.replace('_', "-"));
            for bind in haproxy::entrances(sections).take(1) {
                let related = (&setting.span, "trusted here");
                found.add(Confidence::High, message.clone(), (&bind.span, "no rule sets the header"), &[related]);
            }
        }
        for passing in project.passings() {
            if passing.pass.name() == "proxy_pass" && passing.header(name).is_none() {
                let message =
                    format!("{} decides the scheme, and this location does not set it", name.replace('_', "-"));
                found.add(
                    Confidence::High,
                    message,
                    (&passing.pass.span, "the client's own passes"),
                    &[(&setting.span, "trusted here")],
                );
            }
        }
    }
}
