//! POST that a header calls GET.
//!
//! The plainest forged form, with `X-HTTP-Method-Override: GET` and its kin and with `_method=GET` in its query: a
//! check that looks at the method that the request asks for finds a safe one, and the app runs the POST.

use countersign_audit::{Confidence, Severity};

use crate::{
    case::{Case, Class, Needs},
    forgery::{Forgery, any},
};

pub(super) const CASE: Case = Case {
    id: "method-override-safe",
    class: Class::Forgery,
    title: "POST that a header calls GET",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["CWE-352", "CWE-650"],
    proves: "The check looks at another method than the one that runs: naming a safe one switches it off.",
    cannot: "That a page can send the header without a preflight; the parameter it can.",
    fix: "Check the method of the request line, and drop method-override headers at the proxy.",
    needs: Needs::Write,
    source: include_str!("method_override_safe.rs"),
    run: |probe| {
        let mut header = Forgery::new(probe);
        for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
            header = header.set(name, "GET");
        }
        let path = &probe.endpoint;
        let separator = if path.contains('?') { '&' } else { '?' };
        any(probe, [header, Forgery::new(probe).to(format!("{path}{separator}_method=GET"))])
    },
};
