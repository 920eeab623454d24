//! Django trusts a header that the proxy never sets.
//!
//! Django reads an identity from a request header (in code, or by a RemoteUserMiddleware with a `header`), and the proxy
//! passes requests on to it without setting or removing that header: a location, a route, an Ingress. Judged only where both
//! are audited together; with medium confidence where a place may lead to another app than Django.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::{Apps, Kind, dashed, is_identity},
    source::Span,
};

pub(super) const CHECK: Check = Check {
    id: "seam-header-not-cleared",
    side: Side::Seam,
    title: "Django trusts a header that the proxy never sets",
    severity: Severity::Critical,
    references: &["CWE-290", "CVE-2024-10039"],
    why: "Anybody names themselves there: the client's header reaches code that takes it for the proxy's word. Neither file shows it alone.",
    fix: "Set or remove the header there (nginx: an empty value removes it), or verify a signed statement instead.",
    source: include_str!("seam_header_not_cleared.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (name, span) in read(project) {
        for proxy in &project.proxies {
            let apps = Apps::of(proxy, &name);
            for passing in proxy.passings.iter().filter(|passing| !passing.handles(&name)) {
                let message =
                    format!("{} is trusted, and this {} passes the client's own", dashed(&name), passing.what);
                // A controller's own ConfigMap may do more than its manifests say.
                let confidence =
                    if proxy.kind == Kind::Kubernetes { Confidence::Medium } else { apps.confidence(passing) };
                found.add(confidence, message, (&passing.span, "the header is not set here"), &[(&span, "read here")]);
            }
        }
    }
}

/// The headers that Django takes an identity from, once each.
fn read(project: &Project) -> Vec<(String, Span)> {
    let mut all: Vec<(String, Span)> = Vec::new();
    let reads = project.facts.headers.iter().filter(|read| is_identity(&read.name));
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
