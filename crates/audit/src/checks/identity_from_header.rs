//! Identity read from a header.
//!
//! `request.META["HTTP_X_SSL_CLIENT_…"]`, `request.headers["Remote-User"]` and the like: what a proxy says of a
//! certificate or a user, taken as it comes. Code that verifies an assertion does not read these.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::{is_certificate, is_user},
};

pub(super) const CHECK: Check = Check {
    id: "identity-from-header",
    side: Side::Django,
    title: "Identity read from a header",
    severity: Severity::High,
    references: &["CWE-290", "CVE-2024-10039"],
    why: "The header is as true as the proxy's configuration and the network around the app: one location that forgets to set it, one spelling that slips through, one way past the proxy, and a client names itself. Nothing in it can be checked.",
    fix: "Verify a signed statement instead (django_countersign), or keep this to one place and make the proxy set the header everywhere.",
    source: include_str!("identity_from_header.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for read in &project.facts.headers {
        if is_certificate(&read.name) || is_user(&read.name) {
            let message = format!("identity is read from the request header {}", read.name.replace('_', "-"));
            found.add(Confidence::Medium, message, (&read.span, "nothing here can be checked"), &[]);
        }
    }
}
