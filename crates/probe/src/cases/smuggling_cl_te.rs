//! The proxy counts, the app reads chunks.
//!
//! A request with `Content-Length` and `Transfer-Encoding`, whose body ends early by the one and not by the
//! other. If the proxy counts and the app waits for another chunk, the answer does not come: the two read
//! different requests. Seen by time alone, on a connection of its own.

use super::desync;
use crate::case::{Case, Class, Needs};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "smuggling-cl-te",
    class: Class::Smuggling,
    title: "The proxy counts, the app reads chunks",
    severity: Severity::High,
    confidence: Confidence::Medium,
    references: &["RFC 9112 section 6.1", "CWE-444"],
    proves: "The proxy forwards by Content-Length what the app reads by chunks: a second request can be hidden in the body, and it runs on a connection that the proxy believes authenticated.",
    cannot: "By itself what could be smuggled: the request never ends, so that nothing reaches another user's connection.",
    fix: "Refuse a request that has both Content-Length and Transfer-Encoding, or any coding but `chunked`; keep proxy and app server up to date.",
    needs: Needs::Page,
    source: include_str!("smuggling_cl_te.rs"),
    run: |probe| desync::counted_then_chunked(probe, "Transfer-Encoding: chunked"),
};
