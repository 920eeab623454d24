//! The endpoint by an exempt path's other name.
//!
//! The guarded endpoint, spelled so that it begins with an exempt path: `/exempt/../notes/`, with `%2e`, with
//! `%2f`, with a doubled slash. Whoever exempts by prefix sees the exempt path; the app behind may see the
//! other.

use super::aliases;
use crate::{
    case::{Case, Class, Needs, Outcome},
    forgery::{Forgery, any},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "exempt-alias",
    class: Class::Forgery,
    title: "The endpoint by an exempt path's other name",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["CVE-2025-47910", "CWE-22", "CWE-180"],
    proves: "Every endpoint can be reached past the check: the path that is matched is not the path that is run.",
    cannot: "That a page could read the answer: it cannot, unless CORS lets it (see cors-reflection).",
    fix: "Normalise the path once, match that, and forward that; refuse `%2e`, `%2f` and `//`. Exempt exact paths, not prefixes.",
    needs: Needs::Write,
    source: include_str!("exempt_alias.rs"),
    run: |probe| {
        if probe.site.exempt.is_empty() {
            return Outcome::not_tested("--exempt PATH or --inventory FILE: which paths are exempt");
        }
        let aliases = probe.site.exempt.iter().flat_map(|exempt| aliases(exempt, &probe.endpoint));
        any(probe, aliases.map(|path| Forgery::new(probe).to(path)))
    },
};
