//! X-Forwarded-Proto is the client's.
//!
//! `proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto` (or its kin): what the client says is what the app hears.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    nginx::fold,
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "nginx-scheme-from-client",
    side: Side::Proxy,
    title: "X-Forwarded-Proto is the client's",
    severity: Severity::High,
    references: &["CWE-348"],
    why: "The app takes a plain request for a secure one, or a secure one for a plain one: cookies, redirects and the origin that CSRF is checked against follow. Behind another proxy it is right only as long as nobody reaches nginx directly.",
    fix: "proxy_set_header X-Forwarded-Proto $scheme;",
    source: include_str!("nginx_scheme_from_client.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for passing in project.passings() {
        for set in &passing.set {
            let value = set.argument(2).to_ascii_lowercase();
            let name = fold(set.argument(1));
            let forwarded = matches!(
                name.as_str(),
                "X_FORWARDED_PROTO" | "X_FORWARDED_SCHEME" | "X_SCHEME" | "X_FORWARDED_SSL" | "X_FORWARDED_HOST"
            );
            if forwarded && value.contains("$http_x_") {
                found.add(
                    Confidence::Medium,
                    format!("{} is set to what the client sent", set.argument(1)),
                    (&set.span, "the client's own word"),
                    &[],
                );
            }
        }
    }
}
