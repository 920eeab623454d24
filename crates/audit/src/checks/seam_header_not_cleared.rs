//! Django trusts a header that the proxy never sets.
//!
//! Django reads an identity from a request header (in code, or by a RemoteUserMiddleware with a `header`), and the proxy
//! passes requests on to it without setting that header: an nginx location, or all of a configuration of HAProxy or Apache. Judged
//! only where both are audited together.

use crate::{
    Confidence, Severity, apache,
    check::{Check, Found, Side},
    facts::{is_certificate, is_user},
    haproxy,
    project::Project,
    source::Span,
};

pub(super) const CHECK: Check = Check {
    id: "seam-header-not-cleared",
    side: Side::Seam,
    title: "Django trusts a header that the proxy never sets",
    severity: Severity::Critical,
    references: &["CWE-290", "CVE-2024-10039"],
    why: "Anybody names themselves in that location: the client's header reaches code that takes it for the proxy's word. Neither file shows it alone.",
    fix: "Set the header in that location (an empty value removes it), or verify a signed statement instead.",
    source: include_str!("seam_header_not_cleared.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (name, span) in read(project) {
        for sections in project.haproxy.iter().filter(|sections| !haproxy::handles(sections, &name)) {
            let message = format!("{} is trusted, and this HAProxy passes the client's own", name.replace('_', "-"));
            for bind in haproxy::entrances(sections).take(1) {
                found.add(
                    Confidence::High,
                    message.clone(),
                    (&bind.span, "no rule sets or deletes the header"),
                    &[(&span, "read here")],
                );
            }
        }
        for lines in project.apache.iter().filter(|lines| !apache::handles(lines, &name)) {
            let message = format!("{} is trusted, and this Apache passes the client's own", name.replace('_', "-"));
            for pass in apache::passes(lines) {
                let related = (&span, "read here");
                found.add(
                    Confidence::High,
                    message.clone(),
                    (&pass.span, "no RequestHeader sets or unsets it"),
                    &[related],
                );
            }
        }
        for passing in project.passings() {
            let uwsgi = passing.pass.name() != "proxy_pass";
            // uwsgi_param and fastcgi_param name the variable; what they don't name, the client's header is.
            if passing.header(&name).is_some()
                || (uwsgi && passing.set.iter().any(|set| set.argument(1) == format!("HTTP_{name}")))
            {
                continue;
            }
            let message = format!("{} is trusted, and this location passes the client's own", name.replace('_', "-"));
            found.add(
                Confidence::High,
                message,
                (&passing.pass.span, "the header is not set here"),
                &[(&span, "read here")],
            );
        }
    }
}

/// The headers that Django takes an identity from, once each.
fn read(project: &Project) -> Vec<(String, Span)> {
    let mut all: Vec<(String, Span)> = Vec::new();
    let reads = project.facts.headers.iter().filter(|read| is_certificate(&read.name) || is_user(&read.name));
    let reads = reads.map(|read| (read.name.clone(), read.span.clone()));
    let remote = project
        .facts
        .classes
        .iter()
        .filter(|class| class.bases.iter().any(|base| base.ends_with("RemoteUserMiddleware")));
    let remote = remote.flat_map(|class| {
        let headers = class.attributes.iter().filter(|(name, ..)| name == "header");
        headers.filter_map(|(_, value, span)| {
            let name = value.as_deref()?.strip_prefix("HTTP_")?;
            Some((name.to_owned(), span.clone()))
        })
    });
    for (name, span) in reads.chain(remote) {
        if !all.iter().any(|(other, _)| *other == name) {
            all.push((name, span));
        }
    }
    all
}
