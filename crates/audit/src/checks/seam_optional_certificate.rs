//! The proxy asks, Django assumes.
//!
//! The proxy lets clients without a verified certificate through, Django reads who they are from a header,
//! and reads the result of the verification nowhere.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::{Clients, is_certificate},
};

pub(super) const CHECK: Check = Check {
    id: "seam-optional-certificate",
    side: Side::Seam,
    title: "The proxy asks, Django assumes",
    severity: Severity::Critical,
    references: &["CWE-287"],
    why: "Without a certificate the header is empty or whatever the proxy made of nothing, and with a bad one it names whom the certificate claims. Django cannot tell these from a verified one.",
    fix: "Demand the certificate in the proxy; or pass the result as well (nginx: $ssl_client_verify) and demand SUCCESS in Django.",
    source: include_str!("seam_optional_certificate.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    let reads = &project.facts.headers;
    if reads.iter().any(|read| read.name.contains("VERIFY")) {
        return;
    }
    let Some(identity) = reads.iter().find(|read| is_certificate(&read.name)) else { return };
    for entrance in project.proxies.iter().flat_map(|proxy| &proxy.entrances) {
        if entrance.clients != Clients::Required && !entrance.refuses {
            found.add(
                Confidence::High,
                "certificates are optional here, and Django does not ask whether one was verified",
                (&entrance.span, "lets everybody through"),
                &[(&identity.span, "taken for who they are")],
            );
        }
    }
}
