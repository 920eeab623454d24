//! A GET that writes.
//!
//! A view that answers GET alone (`require_GET`, `require_safe`) and calls `save()`, `delete()`, `create()` or `update()`.
//! Records of the read itself are changes too; whether they matter is for a person to say.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "get-changes-state",
    side: Side::Django,
    title: "A GET that writes",
    severity: Severity::Medium,
    references: &["RFC 9110 section 9.2.1", "CWE-352"],
    why: "GET is not checked for CSRF: a link or an image anywhere makes the change in the name of whoever sees it. Caches and previews make it by themselves.",
    fix: "Change state on POST only.",
    source: include_str!("get_changes_state.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (name, span) in &project.facts.changing_get {
        found.add(Confidence::Low, format!("`{name}` answers GET alone and writes"), (span, "written on a GET"), &[]);
    }
}
