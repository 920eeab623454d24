//! Two Origin fields.
//!
//! Two `Origin` fields, the site's own and the attacker's, in both orders. No browser sends two; a chain of
//! proxies can, and each link may look at another one.

use crate::{
    case::{Case, Class, Needs},
    forgery::{ATTACKER_ORIGIN, Carried, Forgery, any},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "two-origins",
    class: Class::Forgery,
    title: "Two Origin fields",
    severity: Severity::Low,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "RFC 6454 section 7.3"],
    proves: "One of two fields decides, and not every layer looks at the same.",
    cannot: "That a browser can be made to send it.",
    fix: "Refuse a request with more than one `Origin`.",
    needs: Needs::Write,
    source: include_str!("two_origins.rs"),
    run: |probe| {
        let own = probe.client.target.origin();
        let base = || Forgery::new(probe).no_origin().no_referer().no_fetch_metadata().cookies(Carried::All);
        any(
            probe,
            [
                base().add("Origin", own.clone()).add("Origin", ATTACKER_ORIGIN),
                base().add("Origin", ATTACKER_ORIGIN).add("Origin", own),
            ],
        )
    },
};
