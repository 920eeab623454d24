//! The header in other spellings.
//!
//! `X.SSL.Client.S.DN` and other characters that a name may hold where the hyphen was: some servers and
//! frameworks fold them to one. What fixed the underscore was bypassed by the dot.

use super::last_with;
use crate::{
    case::{Case, Class, Needs, Outcome},
    request::Who,
    spoof::{self, Spelling},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "identity-header-alias",
    class: Class::Identity,
    title: "The header in other spellings",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["RFC 9440 section 2.4", "CWE-290", "CVE-2025-64484", "CVE-2026-33433", "GHSA-f59h-q822-g45g"],
    proves: "A spelling that the proxy does not know is the app's identity.",
    cannot: "That other app servers would not fold it.",
    fix: "Compare names after folding everything but letters and digits, or pass no name that holds anything else.",
    needs: Needs::Page,
    source: include_str!("identity_header_alias.rs"),
    run: |probe| {
        let spellings: [Spelling; 3] =
            [|name| name.replace('-', "."), |name| last_with(name, '.'), |name| name.replace('-', "~")];
        Outcome::worst([Who::Own, Who::Nobody].map(|who| spoof::any(probe, &who, &spellings)))
    },
};
