//! A form that takes the whole window.
//!
//! A form of another site that navigates: browsers attach cookies without `SameSite` to it for two minutes after
//! they were set, and may ask for a certificate in a dialog.

use countersign_audit::{Confidence, Severity};

use crate::{
    browser::{Kind, attack},
    case::{Case, Class, Needs},
};

pub(super) const CASE: Case = Case {
    id: "browser-top-level",
    class: Class::Browser,
    title: "A form that takes the whole window",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["CWE-352", "docs/browsers.md"],
    proves: "Any page that a holder of a certificate opens can write in their name: their own browser did it, and attached the certificate.",
    cannot: "What another browser does, or this one when it has to ask which certificate to use: it was told to choose.",
    fix: "Demand proof of intent on every unsafe request, whoever is authenticated by certificate: compare `Origin` with the site's own.",
    needs: Needs::Write,
    source: include_str!("browser_top_level.rs"),
    run: |probe| attack(probe, Kind::TopLevel),
};
