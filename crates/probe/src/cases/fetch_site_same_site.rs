//! Sec-Fetch-Site: same-site, no Origin.
//!
//! `Sec-Fetch-Site: same-site` without `Origin`: it comes from a sibling site. Rails' header check of before 8.2
//! and checks that refuse `cross-site` alone let it pass.

use crate::{
    case::{Case, Class, Needs},
    forgery::{Carried, Forgery},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "fetch-site-same-site",
    class: Class::Forgery,
    title: "Sec-Fetch-Site: same-site, no Origin",
    severity: Severity::Medium,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention"],
    proves: "A sibling site forges requests wherever `Origin` is missing.",
    cannot: "That today's browsers leave `Origin` out: they always send it with a POST.",
    fix: "Let `same-origin` pass and nothing else.",
    needs: Needs::Write,
    source: include_str!("fetch_site_same_site.rs"),
    run: |probe| Forgery::new(probe).no_origin().no_referer().fetch_site("same-site").cookies(Carried::All).run(probe),
};
