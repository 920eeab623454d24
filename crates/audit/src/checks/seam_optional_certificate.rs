//! nginx asks, Django assumes.
//!
//! nginx lets clients without a certificate through (`ssl_verify_client optional`), Django reads who they are from a header,
//! and reads the result of the verification nowhere.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    facts::is_certificate,
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "seam-optional-certificate",
    side: Side::Seam,
    title: "nginx asks, Django assumes",
    severity: Severity::Critical,
    references: &["CWE-287"],
    why: "Without a certificate the header is empty or whatever nginx made of nothing, and with a bad one it names whom the certificate claims. Django cannot tell these from a verified one.",
    fix: "Pass $ssl_client_verify as well and demand SUCCESS in Django, or write ssl_verify_client on.",
    source: include_str!("seam_optional_certificate.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    let reads = &project.facts.headers;
    if reads.iter().any(|read| read.name.contains("VERIFY")) {
        return;
    }
    let Some(identity) = reads.iter().find(|read| is_certificate(&read.name)) else { return };
    for nginx in &project.nginx {
        let all: Vec<_> = nginx.tree.iter().flat_map(|top| std::iter::once(top).chain(top.all())).collect();
        let refuses = all.iter().any(|directive| {
            directive.name() == "if" && directive.words.iter().any(|word| word.text.contains("ssl_client_verify"))
        });
        for directive in all {
            if directive.name() == "ssl_verify_client" && directive.argument(1).starts_with("optional") && !refuses {
                found.add(
                    Confidence::High,
                    "certificates are optional here, and Django does not ask whether one was verified",
                    (&directive.span, "lets everybody through"),
                    &[(&identity.span, "taken for who they are")],
                );
            }
        }
    }
}
