//! Code that switches the CSRF check off.
//!
//! `request._dont_enforce_csrf_checks = True` or `request.csrf_processing_done = True` outside tests: a middleware or
//! view decides that this request needs no check. Where a header decides it, `csrf-decided-by-header` says so instead.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    source::Span,
};

use super::csrf_decided_by_header;

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
    let decided = csrf_decided_by_header::decisions(project);
    let by_header = |span: &Span| {
        let same = |skip: &Span| skip.source.path == span.source.path && skip.range.contains(&span.range.start);
        decided.iter().any(|decision| same(&decision.skip))
    };
    for span in project.facts.switched_off.iter().filter(|span| !by_header(span)) {
        found.add(
            Confidence::High,
            "the CSRF check is switched off for this request",
            (span, "Django's check ends here"),
            &[],
        );
    }
}
