//! TLS before 1.2.
//!
//! `ssl_protocols` names TLSv1, TLSv1.1, SSLv2 or SSLv3.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "nginx-old-tls",
    side: Side::Proxy,
    title: "TLS before 1.2",
    severity: Severity::Medium,
    references: &["RFC 8996"],
    why: "These versions were withdrawn (RFC 8996): their handshakes can be attacked, client authentication included.",
    fix: "ssl_protocols TLSv1.2 TLSv1.3;",
    source: include_str!("nginx_old_tls.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for nginx in &project.nginx {
        for directive in nginx.tree.iter().flat_map(|top| std::iter::once(top).chain(top.all())) {
            let old: Vec<&str> =
                directive.arguments().filter(|name| matches!(*name, "TLSv1" | "TLSv1.1" | "SSLv2" | "SSLv3")).collect();
            if directive.name() == "ssl_protocols" && !old.is_empty() {
                found.add(
                    Confidence::High,
                    format!("ssl_protocols allows {}", old.join(", ")),
                    (&directive.span, "withdrawn by RFC 8996"),
                    &[],
                );
            }
        }
    }
}
