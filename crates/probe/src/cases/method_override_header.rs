//! GET that a header turns into POST.
//!
//! A GET from another site with `X-HTTP-Method-Override: POST` and its kin. CSRF checks look at the method of
//! the request line; the app runs another one.

use super::overridden;
use crate::{
    case::{Case, Class, Needs},
    forgery::{Carried, Forgery},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "method-override-header",
    class: Class::Forgery,
    title: "GET that a header turns into POST",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "CWE-650"],
    proves: "A safe method passes every check and runs as an unsafe one.",
    cannot: "That a page can send the header without a preflight: it cannot, a link of another kind (a proxy, an old plugin) must.",
    fix: "Drop method-override headers at the proxy; let no middleware run another method than the one that was checked.",
    needs: Needs::Write,
    source: include_str!("method_override_header.rs"),
    run: |probe| {
        let mut forged = Forgery::new(probe).no_origin().by_get("").cookies(Carried::All);
        for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
            forged = forged.set(name, &probe.site.method);
        }
        overridden(probe, &forged)
    },
};
