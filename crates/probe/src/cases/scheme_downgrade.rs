//! The site's name over http.
//!
//! `Origin: http://` and the site's own host. Somebody on the network can serve a page there: it needs no
//! certificate. Go without Fetch Metadata, Envoy's CSRF filter and gorilla/csrf compare the host alone.

use crate::{
    case::{Case, Class, Needs},
    forgery::{Forgery, any},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "scheme-downgrade",
    class: Class::Forgery,
    title: "The site's name over http",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "CVE-2025-24358", "CVE-2025-47909"],
    proves: "Anybody between a user and the network forges requests with one injected http page.",
    cannot: "That a page could read the answer: it cannot, unless CORS lets it (see cors-reflection).",
    fix: "Compare the whole origin, scheme, host and port, as one string with the site's own, and refuse everything else.",
    needs: Needs::Write,
    source: include_str!("scheme_downgrade.rs"),
    run: |probe| {
        let origin = format!("http://{}", probe.client.target.authority());
        let forged = || Forgery::new(probe).origin(origin.clone());
        any(probe, [forged().no_fetch_metadata(), forged()])
    },
};
