//! Ninja API without a CSRF check.
//!
//! `NinjaAPI()` without `csrf=True` and without `auth`, in a project that knows people by a certificate or header: Ninja's
//! views are exempt from Django's check unless it is asked for.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "ninja-without-csrf",
    side: Side::Django,
    title: "Ninja API without a CSRF check",
    severity: Severity::Medium,
    references: &["CWE-352", "django-ninja: csrf"],
    why: "The API's operations run for whoever the proxy names, on requests that any page can send. Ninja switches Django's check off for them.",
    fix: "Pass csrf=True, or an auth that a page cannot satisfy by itself.",
    source: include_str!("ninja_without_csrf.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    let Some((what, place)) = project.facts.by_certificate.first() else { return };
    for (span, csrf, auth) in &project.facts.ninja {
        if *csrf != Some(true) && !auth {
            found.add(
                Confidence::Medium,
                "NinjaAPI without csrf=True",
                (span, "its operations are exempt"),
                &[(place, what.as_str())],
            );
        }
    }
}
