//! The findings that are known: a file beside the project, so that a build fails for new ones alone.
//!
//! A baseline holds fingerprints with the id and place that they stand for, to be read in a review. It
//! silences nothing else: an entry that matches no finding is reported as outdated.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::Finding;

/// The known findings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    version: u8,
    findings: Vec<Known>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    id: String,
    place: String,
    fingerprint: String,
}

/// A file that is no baseline.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// Not the JSON that [`Baseline::of`] writes.
    #[error("not a baseline: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Of a later release.
    #[error("version {0} of the baseline is not known: expected 1")]
    Version(u8),
}

impl Baseline {
    /// These findings.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        let mut known: Vec<Known> = findings
            .iter()
            .map(|finding| Known {
                id: finding.id.clone(),
                place: finding.place.clone(),
                fingerprint: finding.fingerprint(),
            })
            .collect();
        known.sort();
        known.dedup();
        Self { version: 1, findings: known }
    }

    /// Reads what [`text`](Self::text) wrote.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let baseline: Self = serde_json::from_str(text)?;
        if baseline.version == 1 { Ok(baseline) } else { Err(BaselineError::Version(baseline.version)) }
    }

    /// The file.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{:#}\n", serde_json::json!(self))
    }

    /// Whether the finding is known.
    #[must_use]
    pub fn knows(&self, finding: &Finding) -> bool {
        let print = finding.fingerprint();
        self.findings.iter().any(|known| known.fingerprint == print)
    }

    /// Entries that match no finding any more, as `id at place`.
    #[must_use]
    pub fn outdated(&self, findings: &[Finding]) -> Vec<String> {
        let found: HashSet<String> = findings.iter().map(Finding::fingerprint).collect();
        let gone = self.findings.iter().filter(|known| !found.contains(&known.fingerprint));
        gone.map(|known| format!("{} at {}", known.id, known.place)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Confidence, Severity};

    fn finding(id: &str, place: &str) -> Finding {
        Finding {
            id: id.into(),
            title: "Title".into(),
            severity: Severity::High,
            confidence: Confidence::High,
            message: "seen".into(),
            why: "why".into(),
            fix: "fix".into(),
            place: place.into(),
            anchor: String::new(),
            marks: Vec::new(),
            edits: Vec::new(),
            replay: None,
            references: Vec::new(),
        }
    }

    #[test]
    fn what_was_written_is_known_again() {
        let (old, new) = (finding("a", "https://x/"), finding("b", "https://x/"));
        let read = Baseline::parse(&Baseline::of(std::slice::from_ref(&old)).text()).unwrap();
        assert!(read.knows(&Finding { message: "in other words".into(), ..old.clone() }));
        assert!(!read.knows(&new));
        assert_eq!(read.outdated(&[new]), ["a at https://x/"]);
        assert!(read.outdated(&[old]).is_empty());
    }

    #[test]
    fn other_files_are_refused() {
        assert!(Baseline::parse("{}").is_err());
        let later = Baseline::parse(r#"{"version": 2, "findings": []}"#).unwrap_err();
        assert_eq!(later.to_string(), "version 2 of the baseline is not known: expected 1");
    }
}
