//! A form on another site.
//!
//! A page on `https://attacker.example` submits a form to the site, as any page can. The browser attaches
//! the client certificate, and no cookie that SameSite keeps back; `Origin` and `Sec-Fetch-Site` tell the
//! truth. There is no token.

use crate::{
    case::{Case, Class, Needs},
    forgery::Forgery,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "cross-site-form",
    class: Class::Forgery,
    title: "A form on another site",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention"],
    proves: "Any page that a holder of a certificate opens can write in their name: the certificate alone was taken for their will.",
    cannot: "That a page could read the answer: it cannot, unless CORS lets it (see cors-reflection).",
    fix: "Demand proof of intent on every unsafe request, whoever is authenticated by certificate: compare `Origin` with the site's own, and keep Django's CsrfViewMiddleware. An endpoint for programs may ask for a header that a page cannot send instead (`audience = \"machine\"` in countersign).",
    needs: Needs::Write,
    source: include_str!("cross_site_form.rs"),
    run: |probe| Forgery::new(probe).run(probe),
};
