//! RemoteUserMiddleware reads a client's header.
//!
//! A subclass of `RemoteUserMiddleware` whose `header` begins with `HTTP_`, or whose name is no server variable at all: a
//! request header, which a client can send unless the proxy removes it in every spelling.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "remote-user-header",
    side: Side::Django,
    title: "RemoteUserMiddleware reads a client's header",
    severity: Severity::High,
    references: &["CWE-290", "CVE-2026-3902", "Django: RemoteUserMiddleware"],
    why: "Whoever reaches the app, or finds a spelling that the proxy lets through, is whoever they say. Under ASGI even the default REMOTE_USER is the client's `Remote-User` header.",
    fix: "Verify a signed statement instead (django_countersign), or make sure that the proxy sets the header in every location and the app listens on a Unix socket or loopback only.",
    source: include_str!("remote_user_header.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for class in &project.facts.classes {
        if !class.bases.iter().any(|base| base.ends_with("RemoteUserMiddleware")) {
            continue;
        }
        for (name, value, span) in &class.attributes {
            if name == "header" && value.as_deref().is_some_and(|value| value.starts_with("HTTP_")) {
                let message = format!(
                    "`{}` signs in whom the request header {} names",
                    class.name,
                    value.as_deref().unwrap_or_default()
                );
                found.add(Confidence::High, message, (span, "a client can send it"), &[]);
            }
        }
    }
}
