//! A form on a sibling site.
//!
//! A page on another host under the same parent domain, which is *same-site*: every cookie comes along, Strict
//! ones too. Wildcards in `CSRF_TRUSTED_ORIGINS`, and checks that take `same-site` for `same-origin`, let it
//! through.

use super::sibling;
use crate::{
    case::{Case, Class, Needs},
    forgery::{Carried, Forgery, any},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "sibling-origin",
    class: Class::Forgery,
    title: "A form on a sibling site",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &[
        "CWE-352",
        "OWASP Cross-Site Request Forgery Prevention",
        "Django: CSRF_TRUSTED_ORIGINS with a wildcard",
    ],
    proves: "Every host under the parent domain, a forgotten one or one with a script hole, forges requests here.",
    cannot: "That a sibling could know the victim's token: the second request assumes that it does, as a tossed cookie makes it.",
    fix: "List the origins that you trust one by one, whole, and trust no `same-site`.",
    needs: Needs::Write,
    source: include_str!("sibling_origin.rs"),
    run: |probe| {
        let forged = || Forgery::new(probe).origin(sibling(probe)).fetch_site("same-site").cookies(Carried::All);
        let mine = probe.token().map(|token| forged().token(token));
        any(probe, std::iter::once(forged()).chain(mine))
    },
};
