//! A file that was read, and stretches of it.

use std::{ops::Range, path::PathBuf, sync::Arc};

use crate::Mark;

/// A file: its path relative to what is audited, and its text.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
    /// Where it was read; `None` for a part of another file.
    pub(crate) file: Option<PathBuf>,
    /// Where each line begins.
    lines: Vec<usize>,
}

/// A stretch of a file.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) source: Arc<Source>,
    pub(crate) range: Range<usize>,
}

impl Source {
    pub(crate) fn new(path: String, text: String) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        Self { path, text, file: None, lines }
    }

    pub(crate) fn read(path: String, text: String, file: PathBuf) -> Self {
        Self { file: Some(file), ..Self::new(path, text) }
    }

    /// Line and column of a byte, both from 1; columns are characters.
    pub(crate) fn position(&self, at: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= at).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..at).map_or(1, |text| text.chars().count() + 1);
        (line, column)
    }

    /// The line, from 1, without its end.
    pub(crate) fn line(&self, line: usize) -> &str {
        let Some(start) = line.checked_sub(1).and_then(|at| self.lines.get(at)) else { return "" };
        let end = self.lines.get(line).map_or(self.text.len(), |next| next - 1);
        self.text.get(*start..end).unwrap_or_default()
    }
}

impl Span {
    pub(crate) fn new(source: &Arc<Source>, range: Range<usize>) -> Self {
        Self { source: Arc::clone(source), range }
    }

    /// From here to the end of another one of the same file; this one alone if that stands before.
    pub(crate) fn until(&self, other: &Self) -> Self {
        Self::new(&self.source, self.range.start..other.range.end.max(self.range.end))
    }

    /// Whether a comment ignores this check here, and says why.
    pub(crate) fn is_ignored(&self, id: &str) -> bool {
        let line = self.line();
        [line, line.saturating_sub(1)].into_iter().any(|line| {
            ignored(self.source.line(line)).is_some_and(|(ids, reason)| {
                !reason.trim().is_empty() && ids.split(',').any(|other| other.trim() == id)
            })
        })
    }

    pub(crate) fn text(&self) -> &str {
        self.source.text.get(self.range.clone()).unwrap_or_default()
    }

    pub(crate) fn line(&self) -> usize {
        self.source.position(self.range.start).0
    }

    /// As a finding shows it; what takes several lines is shown by its first.
    pub(crate) fn mark(&self, label: &str) -> Mark {
        let text = self.text();
        let end = self.range.start + text.find('\n').unwrap_or(text.len());
        let ((line, column), (end_line, end_column)) =
            (self.source.position(self.range.start), self.source.position(end));
        Mark {
            path: self.source.path.clone(),
            line,
            column,
            end_line,
            end_column,
            label: label.into(),
            range: self.range.start..end,
        }
    }

    /// All of it, as an edit replaces it.
    pub(crate) fn whole(&self) -> Mark {
        let (line, column) = self.source.position(self.range.start);
        let (end_line, end_column) = self.source.position(self.range.end);
        let path = self.source.path.clone();
        Mark { path, line, column, end_line, end_column, label: String::new(), range: self.range.clone() }
    }
}

/// Without control characters: what is audited may be a stranger's, and a terminal obeys them.
pub(crate) fn shown(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// `# countersign: ignore[ids] reason`: the ids and the reason.
pub(crate) fn ignored(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.split_once("# countersign: ignore[")?;
    rest.split_once(']')
}
