//! Client certificates are optional.
//!
//! `ssl_verify_client optional` or `optional_no_ca`, and nothing in the configuration that looks at `$ssl_client_verify`:
//! no `if`, no `map`, no header that tells the app.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "nginx-verify-optional",
    side: Side::Proxy,
    title: "Client certificates are optional",
    severity: Severity::High,
    references: &["nginx: ssl_verify_client"],
    why: "A client without a certificate, or with one of nobody, is passed on like a holder of one. optional_no_ca verifies no chain at all.",
    fix: "Write ssl_verify_client on; or refuse where $ssl_client_verify is not SUCCESS, and tell the app.",
    source: include_str!("nginx_verify_optional.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for nginx in &project.nginx {
        let all: Vec<_> = nginx.tree.iter().flat_map(|top| std::iter::once(top).chain(top.all())).collect();
        let looked_at = all.iter().any(|directive| {
            directive.name() != "ssl_verify_client"
                && directive.name() != "log_format"
                && directive.words.iter().any(|word| word.text.contains("ssl_client_verify"))
        });
        for directive in all {
            if directive.name() == "ssl_verify_client" && directive.argument(1).starts_with("optional") && !looked_at {
                let message = format!("ssl_verify_client {}, and nothing looks at the result", directive.argument(1));
                found.add(Confidence::High, message, (&directive.span, "everybody is let in"), &[]);
            }
        }
    }
}
