//! Problems of a file, each with its place in it.
//!
//! A problem quotes the value, says what was expected and, in `help`, what to write instead.
//! People get it as rustc would show it ([`Problems::render`]), programs as records
//! ([`Problems::records`]); both have the same words. Nothing here prints.

use std::{fmt, ops::Range};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file is refused.
    Error,
    /// It works, and probably not as meant.
    Warning,
    /// Worth knowing.
    Note,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Bytes of the file that it is about; none: the file as a whole.
    pub span: Option<Range<usize>>,
    /// `site[0].route[1].audience`; empty for what is no TOML.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// Another place that matters, and why.
    pub related: Option<(Range<usize>, String)>,
}

impl Problem {
    /// A problem at a place; an empty `help` is none.
    #[must_use]
    pub fn new(
        severity: Severity,
        span: Option<Range<usize>>,
        key: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let help = Some(help.into()).filter(|help: &String| !help.is_empty());
        Self { severity, span, key: key.into(), message: message.into(), help, related: None }
    }

    /// Points at a second place.
    #[must_use]
    pub fn related(mut self, span: Range<usize>, why: impl Into<String>) -> Self {
        self.related = Some((span, why.into()));
        self
    }
}

/// The problems of one file, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    file: String,
    text: String,
    list: Vec<Problem>,
}

/// A problem for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// `error`, `warning` or `note`.
    pub severity: Severity,
    /// The file.
    pub file: String,
    /// From 1.
    pub line: Option<usize>,
    /// In characters, from 1.
    pub column: Option<usize>,
    /// The key, if it is about one.
    pub key: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl Problems {
    /// Sorts them by place.
    #[must_use]
    pub fn new(file: impl Into<String>, text: impl Into<String>, mut list: Vec<Problem>) -> Self {
        list.sort_by_key(|p| (p.severity == Severity::Note, p.span.as_ref().map(|s| s.start)));
        Self { file: file.into(), text: text.into(), list }
    }

    /// Whether the file is refused.
    #[must_use]
    pub fn refuse(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many there are of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.list.iter().filter(|p| p.severity == severity).count()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.list.iter()
    }

    /// The file that they are in.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// For people, styled; empty if there is none.
    #[must_use]
    pub fn render(&self) -> String {
        self.render_with(&Renderer::styled())
    }

    /// For people, without styling.
    #[must_use]
    pub fn render_plain(&self) -> String {
        self.render_with(&Renderer::plain())
    }

    fn render_with(&self, renderer: &Renderer) -> String {
        self.list.iter().map(|problem| renderer.render(&[self.group(problem)]) + "\n\n").collect()
    }

    fn group<'a>(&'a self, problem: &'a Problem) -> Group<'a> {
        let level = match problem.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = level.primary_title(&problem.message);
        let mut group = match &problem.span {
            None => title.element(Origin::path(&self.file)),
            Some(span) => {
                let key = Some(problem.key.as_str()).filter(|key| !key.is_empty());
                let mut snippet = Snippet::source(&self.text)
                    .path(&self.file)
                    .annotation(AnnotationKind::Primary.span(self.within(span)).label(key));
                if let Some((span, why)) = &problem.related {
                    snippet = snippet.annotation(AnnotationKind::Context.span(self.within(span)).label(why));
                }
                title.element(snippet)
            }
        };
        if let Some(help) = &problem.help {
            group = group.element(Level::HELP.message(help));
        }
        group
    }

    /// No wider than the first line of it, and never outside the text.
    fn within(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.boundary(span.start);
        let end = self.boundary(span.end).max(start);
        let line = self.text.get(start..end).and_then(|t| t.find('\n')).map_or(end, |at| start + at);
        start..line
    }

    /// The start of the character that this byte is in.
    fn boundary(&self, at: usize) -> usize {
        (0..=at.min(self.text.len())).rev().find(|&at| self.text.is_char_boundary(at)).unwrap_or(0)
    }

    /// For programs.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.list
            .iter()
            .map(|problem| {
                let place = problem.span.as_ref().map(|span| self.place(span.start));
                Record {
                    severity: problem.severity,
                    file: self.file.clone(),
                    line: place.map(|(line, _)| line),
                    column: place.map(|(_, column)| column),
                    key: Some(problem.key.clone()).filter(|key| !key.is_empty()),
                    message: problem.message.clone(),
                    help: problem.help.clone(),
                }
            })
            .collect()
    }

    /// Line and column, from 1.
    fn place(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..self.boundary(at)).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render_plain())
    }
}

impl std::error::Error for Problems {}
