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
    why: "Without a certificate the header is empty or whatever the proxy made of nothing, and where certificates are taken unverified it names whom they claim. Django cannot tell these from a verified one.",
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
    for proxy in &project.proxies {
        // Where the proxy writes the header everywhere, who has no certificate has no name, and Django may refuse that.
        let empty = proxy.passings.iter().all(|passing| passing.handles(&identity.name));
        for entrance in &proxy.entrances {
            let confidence = match entrance.clients {
                Clients::Optional if empty => Confidence::Medium,
                Clients::Optional | Clients::Unverified => Confidence::High,
                Clients::Required => continue,
            };
            if !entrance.refuses {
                let message = "certificates are optional here, and Django does not ask whether one was verified";
                let related = (&identity.span, "taken for who they are");
                found.add(confidence, message, (&entrance.span, "lets everybody through"), &[related]);
            }
        }
    }
}
