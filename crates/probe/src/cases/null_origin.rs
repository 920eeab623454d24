//! Origin: null.
//!
//! A sandboxed frame, a `data:` page, a page with `no-referrer` or a redirect from another site sends
//! `Origin: null`. Any page can make one, so it proves nothing. Sent with `cross-site` and with `same-site`,
//! as browsers do.

use crate::{
    case::{Case, Class, Needs},
    forgery::{Forgery, any},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "null-origin",
    class: Class::Forgery,
    title: "Origin: null",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "Fetch: append a request Origin header"],
    proves: "A sandboxed frame on any page forges requests: `null` is trusted, or taken for no origin at all.",
    cannot: "That a page could read the answer: it cannot, unless CORS lets it (see cors-reflection).",
    fix: "Refuse `Origin: null` on every unsafe request; never list it as trusted.",
    needs: Needs::Write,
    source: include_str!("null_origin.rs"),
    run: |probe| {
        let null = || Forgery::new(probe).set("Origin", "null").no_referer();
        any(probe, [null(), null().fetch_site("same-site"), null().no_fetch_metadata()])
    },
};
