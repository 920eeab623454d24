//! A Transfer-Encoding that one of them overlooks.
//!
//! `Transfer-Encoding` spelled so that one parser knows it and another does not: ` chunked` after a tab,
//! `xchunked`, a space before the colon, two fields.

use super::desync;
use crate::case::{Case, Class, Needs};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "smuggling-te-obfuscated",
    class: Class::Smuggling,
    title: "A Transfer-Encoding that one of them overlooks",
    severity: Severity::High,
    confidence: Confidence::Medium,
    references: &["RFC 9112 section 6.1", "CWE-444"],
    proves: "Proxy and app disagree about the framing of a request that is spelled so.",
    cannot: "By itself what could be smuggled: the request never ends, so that nothing reaches another user's connection.",
    fix: "Refuse a request that has both Content-Length and Transfer-Encoding, or any coding but `chunked`; keep proxy and app server up to date.",
    needs: Needs::Page,
    source: include_str!("smuggling_te_obfuscated.rs"),
    run: |probe| {
        crate::case::Outcome::worst(
            [
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding : chunked",
                "Transfer-Encoding:\tchunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                "X-Probe: a\nTransfer-Encoding: chunked",
            ]
            .map(|field| desync::counted_then_chunked(probe, field)),
        )
    },
};
