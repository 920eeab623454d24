//! A check of the audit, and what it says.

use crate::{
    Confidence, Edit, Finding, Severity,
    project::Project,
    proxy::{Proxy, Topic},
    source::{Span, shown},
};

/// Which side a check looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Django's code and settings.
    Django,
    /// The proxy's configuration.
    Proxy,
    /// What the two assume of each other.
    Seam,
}

impl Side {
    /// All, in the order of lists.
    pub const ALL: [Self; 3] = [Self::Django, Self::Proxy, Self::Seam];

    /// As lists write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Django => "django",
            Self::Proxy => "proxy",
            Self::Seam => "seam",
        }
    }
}

/// One thing that is looked for.
#[derive(Debug)]
pub struct Check {
    /// Stable; the name of its file and of its page, and what a comment ignores.
    pub id: &'static str,
    /// What it looks at.
    pub side: Side,
    /// A few words.
    pub title: &'static str,
    /// Of a finding, unless it says otherwise.
    pub severity: Severity,
    /// Standards and advisories.
    pub references: &'static [&'static str],
    /// Why it matters, two sentences.
    pub why: &'static str,
    /// What to write instead.
    pub fix: &'static str,
    pub(crate) source: &'static str,
    pub(crate) run: fn(&Project, &mut Found<'_>),
}

impl Check {
    /// What its file says at the top.
    #[must_use]
    pub fn describes(&self) -> String {
        let lines = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    }
}

/// Collects what a check finds.
pub(crate) struct Found<'a> {
    check: &'static Check,
    all: &'a mut Vec<Finding>,
}

impl<'a> Found<'a> {
    pub(crate) fn new(check: &'static Check, all: &'a mut Vec<Finding>) -> Self {
        Self { check, all }
    }

    /// A fault of the usual severity.
    pub(crate) fn add(
        &mut self,
        confidence: Confidence,
        message: impl Into<String>,
        at: (&Span, &str),
        related: &[(&Span, &str)],
    ) {
        self.rated(self.check.severity, confidence, message, at, related);
    }

    /// A fault of a proxy, with the words that mend it there.
    pub(crate) fn add_with_fix(
        &mut self,
        confidence: Confidence,
        message: impl Into<String>,
        at: (&Span, &str),
        related: &[(&Span, &str)],
        fix: &str,
    ) {
        self.add(confidence, message, at, related);
        self.mend(fix);
    }

    /// Says of the last one what to write instead.
    pub(crate) fn mend(&mut self, fix: &str) {
        if let Some(finding) = self.all.last_mut() {
            fix.clone_into(&mut finding.fix);
        }
    }

    /// Says how `--fix` mends the last one. Only for what an honest user of the site cannot miss.
    pub(crate) fn edit(&mut self, span: &Span, text: String) {
        // A part of another file has no place of its own to write to.
        if let (Some(finding), Some(_)) = (self.all.last_mut(), &span.source.file) {
            finding.edits.push(Edit { at: span.whole(), text });
        }
    }

    /// What readers know to be wrong, of one kind; a hardening that is missing is less bad than the check says.
    pub(crate) fn faults(&mut self, project: &Project, topic: Topic) {
        let faults = project.proxies.iter().flat_map(|proxy: &Proxy| &proxy.faults);
        for fault in faults.filter(|fault| fault.topic == topic) {
            let severity = if fault.minor { self.check.severity.min(Severity::Low) } else { self.check.severity };
            let related: Vec<(&Span, &str)> =
                fault.related.iter().map(|(span, label)| (span, label.as_str())).collect();
            self.rated(severity, fault.confidence, fault.message.clone(), (&fault.span, &fault.label), &related);
            if let Some(fix) = &fault.fix {
                self.mend(fix);
            }
            if let Some(text) = &fault.edit {
                self.edit(&fault.span, text.clone());
            }
        }
    }

    /// A fault that is worse or less bad than usual.
    pub(crate) fn rated(
        &mut self,
        severity: Severity,
        confidence: Confidence,
        message: impl Into<String>,
        (span, label): (&Span, &str),
        related: &[(&Span, &str)],
    ) {
        let check = self.check;
        let marks = std::iter::once(span.mark(label)).chain(related.iter().map(|(span, label)| span.mark(label)));
        self.all.push(Finding {
            id: check.id.into(),
            title: check.title.into(),
            severity,
            confidence,
            message: shown(&message.into()),
            why: check.why.into(),
            fix: check.fix.into(),
            place: span.source.path.clone(),
            anchor: span.source.line(span.line()).trim().to_owned(),
            marks: marks.collect(),
            edits: Vec::new(),
            replay: None,
            references: check.references.iter().map(|text| (*text).into()).collect(),
        });
    }
}
