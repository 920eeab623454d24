//! A method in lower case.
//!
//! `post` where methods are case-sensitive: a check that looks for `POST` finds another method, and an app that
//! upper-cases it, as Django does, runs it. No browser sends it: scripts' `post` is upper-cased before.

use countersign_audit::{Confidence, Severity};

use crate::{
    case::{Case, Class, Needs},
    forgery::{Carried, Forgery},
};

pub(super) const CASE: Case = Case {
    id: "method-case",
    class: Class::Forgery,
    title: "A method in lower case",
    severity: Severity::Low,
    confidence: Confidence::High,
    references: &["CWE-352", "RFC 9110 section 9.1"],
    proves: "The check and the app read two different methods.",
    cannot: "That a browser can be made to send it.",
    fix: "Check every method but GET, HEAD and OPTIONS, and refuse methods that are not in upper case.",
    needs: Needs::Write,
    source: include_str!("method_case.rs"),
    run: |probe| {
        let method = probe.site.method.to_ascii_lowercase();
        Forgery::new(probe).by_method(&method).cookies(Carried::All).run(probe)
    },
};
