//! A token that was made up.
//!
//! The form of another site, with the victim's cookies and 64 random characters where the token belongs.
//! Guides test a site with one such `curl`; what they show is that *some* token was missing, not that this
//! one was checked.

use super::random_token;
use crate::{
    case::{Case, Class, Needs},
    forgery::{Carried, Forgery},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "random-token",
    class: Class::Forgery,
    title: "A token that was made up",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention"],
    proves: "The token is looked for and not verified.",
    cannot: "That a page could read the answer: it cannot, unless CORS lets it (see cors-reflection).",
    fix: "Compare the token with the one in the cookie or session, in constant time: CsrfViewMiddleware does.",
    needs: Needs::Write,
    source: include_str!("random_token.rs"),
    run: |probe| Forgery::new(probe).cookies(Carried::All).token(random_token()).run(probe),
};
