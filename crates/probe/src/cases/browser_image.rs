//! An image.
//!
//! An image whose address is the endpoint with the form's fields (see get-changes-state).

use countersign_audit::{Confidence, Severity};

use crate::{
    browser::{Kind, attack},
    case::{Case, Class, Needs},
};

pub(super) const CASE: Case = Case {
    id: "browser-image",
    class: Class::Browser,
    title: "An image",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["CWE-352", "docs/browsers.md"],
    proves: "An image on any page writes in the name of whoever sees it: their own browser did it.",
    cannot: "What another browser does, or this one when it has to ask which certificate to use: it was told to choose.",
    fix: "Change state on POST only.",
    needs: Needs::Write,
    source: include_str!("browser_image.rs"),
    run: |probe| attack(probe, Kind::Image),
};
