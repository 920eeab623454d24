//! Fetch Metadata that contradicts Origin.
//!
//! `Sec-Fetch-Site: same-origin` beside an `Origin` of somebody else. No browser says that: a proxy in front
//! rewrote one of the two. Checks that look at Fetch Metadata first never see the origin.

use crate::{
    case::{Case, Class, Needs},
    forgery::{Carried, Forgery},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "fetch-site-contradiction",
    class: Class::Forgery,
    title: "Fetch Metadata that contradicts Origin",
    severity: Severity::Low,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "golang/go#77946"],
    proves: "One field is believed over the other: whatever can set `Sec-Fetch-Site` in front opens the site.",
    cannot: "That a browser can be made to send it.",
    fix: "Refuse a request whose fields contradict each other.",
    needs: Needs::Write,
    source: include_str!("fetch_site_contradiction.rs"),
    run: |probe| Forgery::new(probe).fetch_site("same-origin").cookies(Carried::All).run(probe),
};
