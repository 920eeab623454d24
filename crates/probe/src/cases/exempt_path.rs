//! A path without a CSRF check.
//!
//! The plainest forged form, sent to each path that is exempt from the CSRF check (`--exempt`, or what
//! `manage.py countersign inventory --format json` lists). "Exempt, because it has mutual TLS" is the reason
//! that is given; the browser attaches the certificate all the same.

use crate::{
    case::{Case, Class, Needs, Outcome},
    forgery::{Encoding, Forgery, any},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "exempt-path",
    class: Class::Forgery,
    title: "A path without a CSRF check",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "csrf_exempt"],
    proves: "The exempt endpoint takes writes from any page that a holder of a certificate opens.",
    cannot: "That a path which answers unlike the endpoint is safe: compare its answer by hand where it says inconclusive.",
    fix: "Exempt no path that a certificate opens. Programs get a route of their own that refuses what a page can send (`audience = \"machine\"`), with an API key or a header of their own.",
    needs: Needs::Write,
    source: include_str!("exempt_path.rs"),
    run: |probe| {
        if probe.site.exempt.is_empty() {
            return Outcome::not_tested("--exempt PATH or --inventory FILE: which paths are exempt");
        }
        let each = |path: &String| {
            [Encoding::Form, Encoding::Text, Encoding::Untyped]
                .map(|encoding| Forgery::new(probe).to(path).by_method("POST").encoded(encoding))
        };
        any(probe, probe.site.exempt.iter().flat_map(each))
    },
};
