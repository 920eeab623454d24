//! An empty Origin.
//!
//! `Origin:` with nothing behind it. No current browser sends it; Go's `CrossOriginProtection` reads it as
//! absent and lets it pass.

use crate::{
    case::{Case, Class, Needs},
    forgery::{Carried, Forgery},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "empty-origin",
    class: Class::Forgery,
    title: "An empty Origin",
    severity: Severity::Low,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention"],
    proves: "An `Origin` that is there and empty skips the check. A proxy that blanks the field, to be kind, opens the site.",
    cannot: "That a browser can be made to send it.",
    fix: "Treat an empty `Origin` as one that does not match.",
    needs: Needs::Write,
    source: include_str!("empty_origin.rs"),
    run: |probe| {
        Forgery::new(probe).set("Origin", "").no_referer().no_fetch_metadata().cookies(Carried::All).run(probe)
    },
};
