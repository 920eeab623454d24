//! Revoked certificates still count in HAProxy.
//!
//! A `bind` with `verify required` (or optional) and without `crl-file`, and no default for it.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    haproxy,
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "haproxy-no-revocation",
    side: Side::Proxy,
    title: "Revoked certificates still count in HAProxy",
    severity: Severity::Medium,
    references: &["RFC 5280 section 6.3", "HAProxy: crl-file"],
    why: "A certificate that was stolen and revoked opens the site until it expires. Replacing the CA is then the only way out.",
    fix: "Add crl-file with the CRL of every CA in the chain, and renew it before it ends.",
    source: include_str!("haproxy_no_revocation.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for sections in &project.haproxy {
        for bind in haproxy::entrances(sections) {
            let verifies = bind.after("verify").is_some_and(|mode| mode != "none") && !bind.has("crt-list");
            if verifies && !bind.has("crl-file") {
                found.add(
                    Confidence::High,
                    "client certificates are verified without crl-file",
                    (&bind.span, "revocation is not looked at"),
                    &[],
                );
            }
        }
    }
}
