//! An Origin that is none.
//!
//! The site's own host, written as no browser writes an origin: bare, after `//`, with another scheme, with a
//! slash behind it. Envoy's CSRF filter takes the bare host, Go's `CrossOriginProtection` all but that one.

use countersign_audit::{Confidence, Severity};

use crate::{
    case::{Case, Class, Needs},
    forgery::{Carried, Forgery, any},
};

pub(super) const CASE: Case = Case {
    id: "malformed-origin",
    class: Class::Forgery,
    title: "An Origin that is none",
    severity: Severity::Low,
    confidence: Confidence::High,
    references: &["CWE-352", "RFC 6454 section 6.2", "Fetch: serializing a request origin"],
    proves: "The value is searched for a host, not compared: what a parser forgives here it forgives elsewhere.",
    cannot: "That a browser can be made to send it.",
    fix: "Compare the whole origin, scheme, host and port, as one string with the site's own, and refuse everything else.",
    needs: Needs::Write,
    source: include_str!("malformed_origin.rs"),
    run: |probe| {
        let own = probe.client.target.authority();
        let written = [own.clone(), format!("//{own}"), format!("ftp://{own}"), format!("https://{own}/")];
        let base = || Forgery::new(probe).no_referer().no_fetch_metadata().cookies(Carried::All);
        any(probe, written.map(|origin| base().set("Origin", origin)))
    },
};
