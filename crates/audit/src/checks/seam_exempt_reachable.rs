//! Exempt views behind a certificate.
//!
//! The proxy asks for client certificates, views behind it are exempt from the CSRF check, and nothing on the way looks at
//! `Origin` or `Sec-Fetch-Site`: no rule of the proxy and no filter. Told once for each place that asks, with the first of the
//! views.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "seam-exempt-reachable",
    side: Side::Seam,
    title: "Exempt views behind a certificate",
    severity: Severity::Critical,
    references: &["CWE-352", "OWASP: CSRF Prevention Cheat Sheet"],
    why: "A browser attaches the certificate to a form of any page, as it does with cookies, and no SameSite applies to it. The certificate says who sent the request, and nothing here asks whether they meant to.",
    fix: "Remove the exemption; or put a gateway in front that demands a proof of origin as well (countersign run).",
    source: include_str!("seam_exempt_reachable.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    // A view that checks a signature of its own needs no proof of origin.
    let exempt: Vec<_> = project.facts.exempt.iter().filter(|exempt| !exempt.checks_itself()).collect();
    let Some(first) = exempt.first() else { return };
    for proxy in project.proxies.iter().filter(|proxy| !proxy.looks_at_origin) {
        for entrance in &proxy.entrances {
            let views = if exempt.len() == 1 { "a view".to_owned() } else { format!("{} views", exempt.len()) };
            let message = format!("{views} behind this certificate can be forged by any page");
            let at = (&entrance.span, "asked for here, and attached to forged requests as well");
            found.add(Confidence::High, message, at, &[(&first.span, "no CSRF check here")]);
        }
    }
}
