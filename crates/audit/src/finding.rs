//! What a tester says about one fault.

use std::{fmt, str::FromStr};

use serde::Serialize;
use sha2::{Digest, Sha256};

/// What the fault costs, if it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A hardening that is missing; no attack by itself.
    Low,
    /// An attack that needs something else, a man in the middle or a sibling site.
    Medium,
    /// An attack with a condition that is often met.
    High,
    /// Anybody can act as the holder of a certificate.
    Critical,
}

/// How sure the tester is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A hint to look at.
    Low,
    /// Inferred from answers that look alike.
    Medium,
    /// Proven, by what was stored or shown.
    High,
}

impl Severity {
    /// All, from the least.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// As reports and options write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Confidence {
    /// As reports write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|severity| severity.as_str() == text)
            .ok_or_else(|| format!("unknown severity {text:?}: expected low, medium, high or critical"))
    }
}

/// One fault, at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Of the check or case, stable.
    pub id: String,
    /// Of the check or case, a few words.
    pub title: String,
    /// What it costs.
    pub severity: Severity,
    /// How sure the tester is.
    pub confidence: Confidence,
    /// What was seen, a sentence.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub fix: String,
    /// Where: an address, or a file.
    pub place: String,
    /// The text that it is about, without which two findings of one file would be one.
    #[serde(skip)]
    pub anchor: String,
    /// Where in files; the first is the fault, the others belong to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// What mends it, where that is safe to do unasked: each replaces one stretch of a file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
    /// A command that shows it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<String>,
    /// Standards and advisories.
    pub references: Vec<String>,
}

/// A stretch of a file, and what to write there instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// What it replaces.
    pub at: Mark,
    /// The new text.
    pub text: String,
}

/// A stretch of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// Relative to what was audited, with slashes.
    pub path: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// Of the end, which is not part of it.
    pub end_line: usize,
    /// Likewise.
    pub end_column: usize,
    /// What stands there.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// In bytes.
    #[serde(skip)]
    pub range: std::ops::Range<usize>,
}

impl Finding {
    /// The same for the same fault in the next run, whatever the sentence says: 32 hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(format!("{}\n{}\n{}", self.id, self.place, self.anchor));
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}
