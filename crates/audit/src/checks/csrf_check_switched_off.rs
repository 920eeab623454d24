//! Code that switches the CSRF check off.
//!
//! `request._dont_enforce_csrf_checks = True` or `request.csrf_processing_done = True` outside tests: a middleware or
//! view decides, often by a header, that this request needs no check.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "csrf-check-switched-off",
    side: Side::Django,
    title: "Code that switches the CSRF check off",
    severity: Severity::High,
    references: &["CWE-352"],
    why: "Whatever the condition looks at, a page may be able to cause it; and Django's check does not run after it. These attributes are for Django's own tests.",
    fix: "Remove the assignment; authenticate programs on a route of their own instead.",
    source: include_str!("csrf_check_switched_off.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for span in &project.facts.switched_off {
        found.add(
            Confidence::High,
            "the CSRF check is switched off for this request",
            (span, "Django's check ends here"),
            &[],
        );
    }
}
