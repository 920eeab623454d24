//! The header with underscores.
//!
//! `X_SSL_Client_S_DN` becomes the same variable as `X-SSL-Client-S-DN` in WSGI, CGI and ASGI: a proxy that
//! removes the one passes the other. Sent all with underscores, and with one of them.

use super::last_with;
use crate::{
    case::{Case, Class, Needs, Outcome},
    request::Who,
    spoof::{self, Spelling},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "identity-header-underscore",
    class: Class::Identity,
    title: "The header with underscores",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["RFC 9440 section 2.4", "CWE-290", "CVE-2015-0219", "CVE-2026-3902"],
    proves: "A header that the proxy does not know by this spelling is the app's identity.",
    cannot: "That other app servers would not map it.",
    fix: "Drop names with underscores at the proxy (nginx does unless `underscores_in_headers on`), and leave gunicorn's `header_map` at `drop`.",
    needs: Needs::Page,
    source: include_str!("identity_header_underscore.rs"),
    run: |probe| {
        let spellings: [Spelling; 2] = [|name| name.replace('-', "_"), |name| last_with(name, '_')];
        Outcome::worst([Who::Own, Who::Nobody].map(|who| spoof::any(probe, &who, &spellings)))
    },
};
