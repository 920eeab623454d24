//! The proxy reads chunks, the app counts.
//!
//! The other way round: the chunks end, and the app waits for what `Content-Length` promises. Tried only where
//! `smuggling-cl-te` found nothing, because there it could disturb others.

use super::desync;
use crate::case::{Case, Class, Needs};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "smuggling-te-cl",
    class: Class::Smuggling,
    title: "The proxy reads chunks, the app counts",
    severity: Severity::High,
    confidence: Confidence::Medium,
    references: &["RFC 9112 section 6.1", "CWE-444"],
    proves: "The proxy forwards chunks to an app that counts: the rest of the body is its next request.",
    cannot: "By itself what could be smuggled: the request never ends, so that nothing reaches another user's connection.",
    fix: "Refuse a request that has both Content-Length and Transfer-Encoding, or any coding but `chunked`; keep proxy and app server up to date.",
    needs: Needs::Page,
    source: include_str!("smuggling_te_cl.rs"),
    run: |probe| desync::chunked_then_counted(probe),
};
