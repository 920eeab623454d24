//! A form in a sandboxed frame.
//!
//! A form in a sandboxed frame: `Origin: null` (see null-origin).

use countersign_audit::{Confidence, Severity};

use crate::{
    browser::{Kind, attack},
    case::{Case, Class, Needs},
};

pub(super) const CASE: Case = Case {
    id: "browser-sandbox",
    class: Class::Browser,
    title: "A form in a sandboxed frame",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["CWE-352", "docs/browsers.md"],
    proves: "Any page that a holder of a certificate opens can write in their name: their own browser did it, and attached the certificate.",
    cannot: "What another browser does, or this one when it has to ask which certificate to use: it was told to choose.",
    fix: "Demand proof of intent on every unsafe request, whoever is authenticated by certificate: compare `Origin` with the site's own.",
    needs: Needs::Write,
    source: include_str!("browser_sandbox.rs"),
    run: |probe| attack(probe, Kind::Sandbox),
};
