//! The server takes other spellings of headers.
//!
//! gunicorn with `header_map = "dangerous"`, which maps `X_Remote_User` to the name of `X-Remote-User`, or with
//! `forwarder_headers` for more than SCRIPT_NAME and PATH_INFO, which does so for what comes from a proxy.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::is_identity,
    server,
    source::Span,
};

pub(super) const CHECK: Check = Check {
    id: "server-header-aliases",
    side: Side::Django,
    title: "The server takes other spellings of headers",
    severity: Severity::High,
    references: &["CWE-290", "gunicorn: header_map", "CVE-2015-0219"],
    why: "A proxy that removes X-Remote-User may let X_Remote_User through, and for the app both have one name. A client then says who it is.",
    fix: "Leave header_map as it is (\"drop\"), and send headers with hyphens.",
    source: include_str!("server_header_aliases.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    let identity = project.facts.headers.iter().find(|read| is_identity(&read.name));
    let related: Vec<(&Span, &str)> = identity.iter().map(|read| (&read.span, "believed here")).collect();
    for option in server::options(project) {
        match option.name {
            "header_map" if option.value == "dangerous" => found.add(
                Confidence::High,
                "gunicorn maps header names with `_` to those with `-`",
                (&option.span, "in every spelling"),
                &related,
            ),
            "forwarder_headers" => {
                let names: Vec<&str> = option.value.split(',').map(str::trim).collect();
                let more: Vec<&str> = names
                    .into_iter()
                    .filter(|name| !matches!(name.to_ascii_uppercase().as_str(), "" | "SCRIPT_NAME" | "PATH_INFO"))
                    .filter(|name| name.contains('_') || *name == "*")
                    .collect();
                if !more.is_empty() {
                    let message = format!("gunicorn takes {} from proxies, which may pass a client's", more.join(", "));
                    let at = (&option.span, "the proxy must remove these as well");
                    found.rated(Severity::Medium, Confidence::Medium, message, at, &related);
                }
            }
            _ => {}
        }
    }
}
