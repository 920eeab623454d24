//! The proxy asks, Django assumes.
//!
//! The proxy lets clients without a verified certificate through, Django reads who they are from a header,
//! and reads the result of the verification nowhere. Where the proxy refuses a bad certificate itself (nginx `optional`, but
//! not `optional_no_ca`), the name is empty and not forged: told with medium confidence.

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
    why: "Without a certificate the header is empty or whatever the proxy made of nothing; where the proxy takes any, it names whom the certificate claims. Code that does not ask for the result takes it for a verified one.",
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
        if entrance.clients == Clients::Optional && !entrance.refuses {
            // A bad certificate is refused by the proxy itself; code that asks for the name alone can be right.
            let message = "certificates are optional here, and Django gets an empty name from whoever has none";
            let related = [(&identity.span, "taken for who they are")];
            found.rated(
                Severity::High,
                Confidence::Medium,
                message,
                (&entrance.span, "lets everybody through"),
                &related,
            );
        }
        if entrance.clients == Clients::Unverified && !entrance.refuses {
            found.add(
                Confidence::High,
                "certificates are not verified here, and Django does not ask whether one was",
                (&entrance.span, "lets everybody through"),
                &[(&identity.span, "taken for who they are")],
            );
        }
    }
}
