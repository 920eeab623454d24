//! An origin with a user name.
//!
//! `Origin: https://attacker.example@app.example.com`. No browser sends it; a check that parses the value as a
//! URL and compares its host takes it for the site. What a parser forgives here it forgives elsewhere.

use crate::{
    case::{Case, Class, Needs},
    forgery::{ATTACKER, Carried, Forgery},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "userinfo-origin",
    class: Class::Forgery,
    title: "An origin with a user name",
    severity: Severity::Low,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "golang/go#78563", "RFC 6454 section 6.2"],
    proves: "The value is parsed, not compared.",
    cannot: "That a browser can be made to send it.",
    fix: "Compare the whole origin, scheme, host and port, as one string with the site's own, and refuse everything else.",
    needs: Needs::Write,
    source: include_str!("userinfo_origin.rs"),
    run: |probe| {
        let origin = format!("https://{ATTACKER}@{}", probe.client.target.authority());
        Forgery::new(probe).set("Origin", origin).no_referer().no_fetch_metadata().cookies(Carried::All).run(probe)
    },
};
