//! Any site may read, with credentials.
//!
//! django-cors-headers with `CORS_ALLOW_ALL_ORIGINS` (or its old name) and `CORS_ALLOW_CREDENTIALS` both True.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "cors-any-origin-with-credentials",
    side: Side::Django,
    title: "Any site may read, with credentials",
    severity: Severity::Critical,
    references: &["CWE-942", "Fetch: CORS protocol and credentials"],
    why: "Any page reads the answers that its visitor's certificate or session opens, tokens included. No CSRF check helps after that.",
    fix: "List the origins in CORS_ALLOWED_ORIGINS.",
    source: include_str!("cors_any_origin_with_credentials.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (_, settings) in project.deployed() {
        for name in ["CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL"] {
            if settings.is(name, true)
                && settings.is("CORS_ALLOW_CREDENTIALS", true)
                && let (Some(all), Some(credentials)) = (settings.get(name), settings.get("CORS_ALLOW_CREDENTIALS"))
            {
                found.add(
                    Confidence::High,
                    "every origin may read with credentials",
                    (&all.span, "every origin"),
                    &[(&credentials.span, "with cookies and certificate")],
                );
            }
        }
    }
}
