//! A GET that changes state.
//!
//! An image or a link on another site asks for the endpoint with the form's fields in its query. No CSRF
//! check looks at GET: it must change nothing.
//!
//! Tried only with `--unsafe-methods` and `--read-back`: whether something changed is seen by reading it.

use crate::{
    case::{Case, Class, Needs, Outcome},
    forgery::Forgery,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "get-changes-state",
    class: Class::Forgery,
    title: "A GET that changes state",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "RFC 9110 section 9.2.1"],
    proves: "A link or an image anywhere writes in the name of whoever follows or sees it.",
    cannot: "That other GETs change nothing: only the endpoint that was named was asked.",
    fix: "Change state on POST only (`require_POST`, `http_method_names`).",
    needs: Needs::Write,
    source: include_str!("get_changes_state.rs"),
    run: |probe| {
        if !probe.reads_back() {
            return Outcome::not_tested("--unsafe-methods and --read-back: what a GET changed has to be read");
        }
        let forgery = Forgery::new(probe).no_origin().by_get("");
        forgery.run(probe)
    },
};
