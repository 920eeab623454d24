//! A method that no list names.
//!
//! `PROPFIND` and `QUERY` from another site: Envoy's CSRF filter checks POST, PUT, DELETE and PATCH and lets
//! every other method pass.

use crate::{
    case::{Case, Class, Needs},
    forgery::{Forgery, any},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "unlisted-method",
    class: Class::Forgery,
    title: "A method that no list names",
    severity: Severity::Low,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "RFC 9110 section 9.2.1"],
    proves: "What is not on a list of unsafe methods is not checked, and the app runs it as a write.",
    cannot: "That a page can send the method without a preflight.",
    fix: "Check every method but GET, HEAD and OPTIONS.",
    needs: Needs::Write,
    source: include_str!("unlisted_method.rs"),
    run: |probe| any(probe, ["PROPFIND", "QUERY", "MKCOL"].map(|method| Forgery::new(probe).by_method(method))),
};
