//! Nothing that tells where it came from.
//!
//! No `Origin`, no `Referer`, no Fetch Metadata, no token: a request as `curl` sends it, and as a browser does
//! behind something that strips these fields. Go's `CrossOriginProtection` lets it pass.

use crate::{
    case::{Case, Class, Needs},
    forgery::{Carried, Forgery},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "no-origin-no-referer",
    class: Class::Forgery,
    title: "Nothing that tells where it came from",
    severity: Severity::Medium,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention"],
    proves: "Absence is taken for innocence: whatever strips the fields (a privacy proxy, an old browser, a plugin) opens the site.",
    cannot: "That today's browsers send such a request: they always send `Origin` with a POST.",
    fix: "Refuse what brings no proof, and give programs a header to send (`audience = \"machine\"`, an API key).",
    needs: Needs::Write,
    source: include_str!("no_origin_no_referer.rs"),
    run: |probe| Forgery::new(probe).no_origin().no_referer().no_fetch_metadata().cookies(Carried::All).run(probe),
};
