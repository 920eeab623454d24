//! A trusted site over http.
//!
//! `Origin: http://` and a host whose `https://` origin is trusted (`--trusted-origin`, as CSRF_TRUSTED_ORIGINS has it):
//! somebody on the network can serve a page there. gorilla/csrf and Envoy's `additional_origins` trust hosts, not
//! origins.

use countersign_audit::{Confidence, Severity};

use crate::{
    case::Outcome,
    case::{Case, Class, Needs},
    forgery::{Forgery, any},
};

pub(super) const CASE: Case = Case {
    id: "trusted-origin-insecure",
    class: Class::Forgery,
    title: "A trusted site over http",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["CWE-352", "CVE-2025-47909"],
    proves: "Anybody between a user and the network forges requests with one injected page of a partner's name.",
    cannot: "That a page could read the answer: it cannot, unless CORS lets it (see cors-reflection).",
    fix: "List trusted origins whole, scheme included, and compare them as strings.",
    needs: Needs::Write,
    source: include_str!("trusted_origin_insecure.rs"),
    run: |probe| {
        let insecure = |origin: &String| origin.strip_prefix("https://").map(|host| format!("http://{host}"));
        let forged = |origin: String| {
            let forged = || Forgery::new(probe).origin(origin.clone());
            [forged().no_fetch_metadata(), forged()]
        };
        let origins: Vec<String> = probe.site.trusted_origins.iter().filter_map(insecure).collect();
        if origins.is_empty() {
            return Outcome::not_tested("--trusted-origin https://HOST: which other sites may write here");
        }
        any(probe, origins.into_iter().flat_map(forged))
    },
};
