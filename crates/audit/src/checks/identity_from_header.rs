//! Identity read from a header.
//!
//! `request.META["HTTP_X_SSL_CLIENT_…"]`, `request.headers["Remote-User"]` and the like: what a proxy says of a
//! certificate or a user, taken as it comes. Told once for each header of a file, with all
//! places. Code that verifies an assertion does not read these.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::is_identity,
    source::Span,
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
    let reads = project.facts.headers.iter().filter(|read| is_identity(&read.name));
    // A header of a file once: the fix is one.
    let mut places: Vec<(&str, &str, Vec<&Span>)> = Vec::new();
    for read in reads {
        let (file, name) = (read.span.source.path.as_str(), read.name.as_str());
        match places.iter_mut().find(|(at, known, _)| *at == file && *known == name) {
            Some((.., spans)) => spans.push(&read.span),
            None => places.push((file, name, vec![&read.span])),
        }
    }
    for (_, name, spans) in places {
        let Some((first, more)) = spans.split_first() else { continue };
        let message = format!("identity is read from the request header {}", name.replace('_', "-"));
        let related: Vec<(&Span, &str)> = more.iter().map(|span| (*span, "and here")).collect();
        found.add(Confidence::Medium, message, (first, "nothing here can be checked"), &related);
    }
}
