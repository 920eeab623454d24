//! A view without a CSRF check.
//!
//! `csrf_exempt` as a decorator, through `method_decorator`, around a view in a URLconf or all that one includes, as an
//! attribute, or by a mixin; under another name and in a list of decorators as well.
//! Joined with how people are known: where a certificate does that, the finding is critical. A view that checks a
//! signature or a token of its own is told with low confidence. On a handler (`post`, `put`) the decorator has no effect, as
//! Django asks `dispatch` alone: nothing is said.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "csrf-exempt",
    side: Side::Django,
    title: "A view without a CSRF check",
    severity: Severity::High,
    references: &["CWE-352", "Django: csrf_exempt"],
    why: "An exempt view takes requests that any page sends with its visitor's certificate or session. \"It is behind mutual TLS\" is no reason: the browser attaches the certificate to forged requests too.",
    fix: "Remove the exemption. If programs call the view, give them a route that refuses what a page can send (countersign: audience = \"machine\"), or authenticate them by a header that a page cannot set.",
    source: include_str!("csrf_exempt.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    let evidence = project.facts.by_certificate.first();
    for exempt in &project.facts.exempt {
        let own = exempt.checks_itself();
        let of = if exempt.of.is_empty() { "a view".to_owned() } else { format!("`{}`", exempt.of) };
        let at = (&exempt.span, "no CSRF check here");
        match evidence {
            _ if own => found.rated(
                Severity::Low,
                Confidence::Low,
                format!("{of} is exempt from the CSRF check, and seems to check a signature or key of its own"),
                at,
                &[],
            ),
            Some((what, place)) => found.rated(
                Severity::Critical,
                Confidence::High,
                format!("{of} is exempt from the CSRF check in a project that knows people by certificate or header"),
                at,
                &[(place, what.as_str())],
            ),
            None => found.add(Confidence::Medium, format!("{of} is exempt from the CSRF check"), at, &[]),
        }
    }
}
