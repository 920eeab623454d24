//! CsrfViewMiddleware is not in MIDDLEWARE.
//!
//! `MIDDLEWARE` is known in whole and has no `CsrfViewMiddleware`. A list that is partly decided elsewhere is not
//! judged.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "csrf-middleware-missing",
    side: Side::Django,
    title: "CsrfViewMiddleware is not in MIDDLEWARE",
    severity: Severity::Critical,
    references: &["Django: security.W003", "CWE-352"],
    why: "Without it no form is checked, and a certificate is attached by the browser to forged ones as well. Mutual TLS is no replacement: it says who sent a request, not that they meant to.",
    fix: "Put \"django.middleware.csrf.CsrfViewMiddleware\" into MIDDLEWARE, before any middleware that assumes that CSRF attacks have been dealt with.",
    source: include_str!("csrf_middleware_missing.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (_, settings) in project.all_settings() {
        let Some(middleware) = settings.get("MIDDLEWARE") else { continue };
        let Some(names) = middleware.value.strings() else { continue };
        // An empty list is a placeholder that something else fills.
        if !names.is_empty() && !names.iter().any(|name| name.ends_with("CsrfViewMiddleware")) {
            found.add(
                Confidence::High,
                "no CsrfViewMiddleware in MIDDLEWARE",
                (&middleware.span, "it is not in here"),
                &[],
            );
        }
    }
}
