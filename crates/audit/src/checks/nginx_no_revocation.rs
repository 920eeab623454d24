//! Revoked certificates still count.
//!
//! `ssl_verify_client on` (or optional) at a level that has neither `ssl_crl` nor `ssl_ocsp`.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    nginx::Directive,
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "nginx-no-revocation",
    side: Side::Proxy,
    title: "Revoked certificates still count",
    severity: Severity::Medium,
    references: &["RFC 5280 section 6.3", "nginx: ssl_crl, ssl_ocsp"],
    why: "A certificate that was stolen and revoked opens the site until it expires. Replacing the CA is then the only way out.",
    fix: "Set ssl_crl to a file with the CRL of every CA in the chain, and reload nginx before it ends; or ssl_ocsp on.",
    source: include_str!("nginx_no_revocation.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for nginx in &project.nginx {
        look(&nginx.tree, false, found);
    }
}

fn look(level: &[Directive], above: bool, found: &mut Found<'_>) {
    let here = above || level.iter().any(|directive| matches!(directive.name(), "ssl_crl" | "ssl_ocsp"));
    for directive in level {
        if directive.name() == "ssl_verify_client"
            && !matches!(directive.argument(1), "off" | "optional_no_ca")
            && !here
        {
            found.add(
                Confidence::High,
                "client certificates are verified without ssl_crl or ssl_ocsp",
                (&directive.span, "revocation is not looked at"),
                &[],
            );
        }
        look(directive.children(), here, found);
    }
}
