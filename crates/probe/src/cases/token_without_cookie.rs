//! A token without its cookie.
//!
//! The form of another site with a well-formed token and no cookie at all: a check that verifies a token only
//! if there is something to compare it with lets everybody through who brings nothing.

use super::random_token;
use crate::{
    case::{Case, Class, Needs},
    forgery::{Carried, Forgery},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "token-without-cookie",
    class: Class::Forgery,
    title: "A token without its cookie",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention"],
    proves: "Without a cookie the token is not checked.",
    cannot: "That a page could read the answer: it cannot, unless CORS lets it (see cors-reflection).",
    fix: "Refuse an unsafe request without the cookie or session that its token belongs to.",
    needs: Needs::Write,
    source: include_str!("token_without_cookie.rs"),
    run: |probe| Forgery::new(probe).cookies(Carried::None).token(random_token()).run(probe),
};
