//! Sec-Fetch-Site: none from a script.
//!
//! `Sec-Fetch-Site: none` says that a user typed the address. A browser sends that with a navigation only;
//! with `Sec-Fetch-Mode: cors` it contradicts itself. Go lets every `none` pass.

use crate::{
    case::{Case, Class, Needs},
    forgery::{Carried, Forgery},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "fetch-site-none",
    class: Class::Forgery,
    title: "Sec-Fetch-Site: none from a script",
    severity: Severity::Low,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention"],
    proves: "A value that only a person's own navigation has is taken from anything.",
    cannot: "That a browser can be made to send it.",
    fix: "Let `none` pass with `Sec-Fetch-Mode: navigate` only, or not at all.",
    needs: Needs::Write,
    source: include_str!("fetch_site_none.rs"),
    run: |probe| {
        let none = Forgery::new(probe).no_origin().no_referer().fetch_site("none").cookies(Carried::All);
        none.set("Sec-Fetch-Mode", "cors").set("Sec-Fetch-Dest", "empty").run(probe)
    },
};
