//! Revoked certificates still count in Apache.
//!
//! `SSLVerifyClient require` (or optional) in a file without `SSLCARevocationCheck chain` (or leaf) and without
//! `SSLOCSPEnable`. A CRL file alone is not looked at: the check is off by default.

use crate::{
    Confidence, Severity, apache,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "apache-no-revocation",
    side: Side::Proxy,
    title: "Revoked certificates still count in Apache",
    severity: Severity::Medium,
    references: &["RFC 5280 section 6.3", "mod_ssl: SSLCARevocationCheck"],
    why: "A certificate that was stolen and revoked opens the site until it expires. SSLCARevocationFile without SSLCARevocationCheck does nothing.",
    fix: "Set SSLCARevocationFile and SSLCARevocationCheck chain, or SSLOCSPEnable on.",
    source: include_str!("apache_no_revocation.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for lines in &project.apache {
        let on =
            |name: &str, off: &[&str]| apache::named(lines, name).any(|line| !off.iter().any(|word| line.has(word)));
        if on("SSLCARevocationCheck", &["none"]) || on("SSLOCSPEnable", &["off"]) {
            continue;
        }
        for line in apache::named(lines, "SSLVerifyClient") {
            if line.words.get(1).is_some_and(|mode| matches!(mode.as_str(), "require" | "optional")) {
                found.add(
                    Confidence::High,
                    "client certificates are verified without a revocation check",
                    (&line.span, "revocation is not looked at"),
                    &[],
                );
            }
        }
    }
}
