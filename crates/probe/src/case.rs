//! A case of the probe, and what came of it.

use countersign_audit::{Confidence, Severity};
use serde::Serialize;

use crate::{evidence::Layer, probe::Probe};

/// What kind of attack a case is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// A page of somebody else sends a request as the victim.
    Forgery,
    /// The client says itself who it is.
    Identity,
    /// A certificate that must not count.
    Certificate,
    /// Names and sessions of TLS.
    Site,
    /// Two parsers read two requests.
    Smuggling,
    /// What the answers set.
    Response,
    /// A real browser opens the attacker's page.
    Browser,
    /// One person's session with another's certificate.
    Session,
}

impl Class {
    /// All, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::Forgery,
        Self::Identity,
        Self::Certificate,
        Self::Site,
        Self::Smuggling,
        Self::Response,
        Self::Browser,
        Self::Session,
    ];

    /// As options and reports write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Forgery => "forgery",
            Self::Identity => "identity",
            Self::Certificate => "certificate",
            Self::Site => "site",
            Self::Smuggling => "smuggling",
            Self::Response => "response",
            Self::Browser => "browser",
            Self::Session => "session",
        }
    }

    /// What all its cases try.
    #[must_use]
    pub fn tries(self) -> &'static str {
        match self {
            Self::Forgery => "a page of somebody else sends a request as the victim",
            Self::Identity => "the client says itself who it is",
            Self::Certificate => "a certificate that must not count, or none",
            Self::Site => "names, addresses and TLS sessions that reach the site another way",
            Self::Smuggling => "proxy and app read two different requests",
            Self::Response => "what the answers set and where they point",
            Self::Browser => "a real browser that holds the certificate opens another site's page",
            Self::Session => "one person's cookies with another person's certificate",
        }
    }
}

/// What has to work before a case means anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// The page.
    Page,
    /// An honest write as well.
    Write,
}

/// One attack, or a few spellings of it.
#[derive(Debug)]
pub struct Case {
    /// Stable; the name of its file and of its page.
    pub id: &'static str,
    /// Its kind.
    pub class: Class,
    /// A few words.
    pub title: &'static str,
    /// What it costs if it works.
    pub severity: Severity,
    /// How sure a finding is.
    pub confidence: Confidence,
    /// Standards and advisories.
    pub references: &'static [&'static str],
    /// What a finding proves.
    pub proves: &'static str,
    /// What it says nothing about.
    pub cannot: &'static str,
    /// What to do.
    pub fix: &'static str,
    pub(crate) needs: Needs,
    /// Its file, whose head is the text of its page.
    pub(crate) source: &'static str,
    pub(crate) run: fn(&Probe<'_>) -> Outcome,
}

impl Case {
    /// What its file says at the top.
    #[must_use]
    pub fn describes(&self) -> String {
        let lines = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    /// It worked.
    Vulnerable {
        /// What shows it.
        evidence: String,
    },
    /// It was stopped.
    Held {
        /// By whom.
        by: Layer,
    },
    /// It can't be told.
    Inconclusive {
        /// Why not.
        why: String,
    },
    /// It wasn't tried.
    NotTested {
        /// What it needs.
        needs: String,
    },
}

impl Verdict {
    /// A word.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Vulnerable { .. } => "vulnerable",
            Self::Held { .. } => "held",
            Self::Inconclusive { .. } => "inconclusive",
            Self::NotTested { .. } => "not-tested",
        }
    }
}

/// A verdict, and the command that shows it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// What came of it.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// The decisive request, for a shell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<String>,
}

impl Outcome {
    pub(crate) fn vulnerable(evidence: impl Into<String>, replay: String) -> Self {
        Self { verdict: Verdict::Vulnerable { evidence: evidence.into() }, replay: Some(replay) }
    }

    pub(crate) fn held(by: Layer, replay: String) -> Self {
        Self { verdict: Verdict::Held { by }, replay: Some(replay) }
    }

    pub(crate) fn inconclusive(why: impl Into<String>, replay: Option<String>) -> Self {
        Self { verdict: Verdict::Inconclusive { why: why.into() }, replay }
    }

    pub(crate) fn not_tested(needs: impl Into<String>) -> Self {
        Self { verdict: Verdict::NotTested { needs: needs.into() }, replay: None }
    }

    /// The one that matters most: a hole, then what can't be told, then what was held.
    pub(crate) fn worst(outcomes: impl IntoIterator<Item = Self>) -> Self {
        let rank = |outcome: &Self| match outcome.verdict {
            Verdict::Vulnerable { .. } => 3,
            Verdict::Inconclusive { .. } => 2,
            Verdict::Held { .. } => 1,
            Verdict::NotTested { .. } => 0,
        };
        let worst = outcomes.into_iter().reduce(|worst, next| if rank(&next) > rank(&worst) { next } else { worst });
        worst.unwrap_or_else(|| Self::not_tested("something to try"))
    }
}
