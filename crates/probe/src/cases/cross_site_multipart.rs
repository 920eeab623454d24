//! The same form, as multipart.
//!
//! As `cross-site-form`, with `enctype="multipart/form-data"`: checks that read the media type, or the body,
//! may let it through. A page needs no preflight for it.

use crate::{
    case::{Case, Class, Needs},
    forgery::{Encoding, Forgery},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "cross-site-multipart",
    class: Class::Forgery,
    title: "The same form, as multipart",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention"],
    proves: "Uploads, and every endpoint that parses multipart, can be forged from any page.",
    cannot: "That a page could read the answer: it cannot, unless CORS lets it (see cors-reflection).",
    fix: "Demand proof of intent on every unsafe request, whoever is authenticated by certificate: compare `Origin` with the site's own, and keep Django's CsrfViewMiddleware. An endpoint for programs may ask for a header that a page cannot send instead (`audience = \"machine\"` in countersign).",
    needs: Needs::Write,
    source: include_str!("cross_site_multipart.rs"),
    run: |probe| Forgery::new(probe).encoded(Encoding::Multipart).run(probe),
};
