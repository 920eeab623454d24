//! The client says which scheme it used.
//!
//! `X-Forwarded-Proto: http` and its kin from the client. If the answer changes, the header reached the app:
//! Django then takes the request for an insecure one, compares `Origin` with `http://`, and its
//! SECURE_PROXY_SSL_HEADER is the client's to set.

use super::moved;
use crate::case::{Case, Class, Needs};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "forwarded-proto",
    class: Class::Identity,
    title: "The client says which scheme it used",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    references: &["CWE-348", "Django: SECURE_PROXY_SSL_HEADER"],
    proves: "The scheme that Django trusts is the client's: the CSRF check compares with the wrong origin.",
    cannot: "That an app which ignores it now will do so when SECURE_PROXY_SSL_HEADER is set.",
    fix: "Set the header at the proxy, in every location, to a constant.",
    needs: Needs::Page,
    source: include_str!("forwarded_proto.rs"),
    run: |probe| {
        let fields = [
            ("X-Forwarded-Proto", "http"),
            ("X-Forwarded-Scheme", "http"),
            ("X-Scheme", "http"),
            ("X-Forwarded-Ssl", "off"),
            ("Front-End-Https", "off"),
            ("Forwarded", "proto=http"),
        ];
        moved(probe, &fields)
    },
};
