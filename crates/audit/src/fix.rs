//! Mends what is safe to mend unasked.
//!
//! An edit replaces one stretch of a file that was read. Of two that overlap the first counts, and the next run has
//! the other. **Invariant**: a file that changed since it was read is not written.

use std::{collections::BTreeMap, fs, io, path::Path};

use similar::TextDiff;

use crate::{Edit, Results};

/// A file, mended in memory.
#[derive(Debug)]
pub struct Mended<'a> {
    /// As findings name it.
    pub path: &'a str,
    /// How many edits it has.
    pub edits: usize,
    file: &'a Path,
    before: &'a str,
    after: String,
}

/// The files with what all findings would change.
#[must_use]
pub fn mend(results: &Results) -> Vec<Mended<'_>> {
    let mut files: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
    for edit in results.findings.iter().flat_map(|finding| &finding.edits) {
        files.entry(&edit.at.path).or_default().push(edit);
    }
    files.into_iter().filter_map(|(path, edits)| one(results, path, edits)).collect()
}

fn one<'a>(results: &'a Results, path: &'a str, mut edits: Vec<&Edit>) -> Option<Mended<'a>> {
    let source = results.sources.get(path)?;
    edits.sort_by_key(|edit| (edit.at.range.start, edit.at.range.end));
    let before = source.text.as_str();
    let (mut after, mut at, mut count) = (String::new(), 0, 0);
    for edit in edits {
        let range = &edit.at.range;
        let Some(between) = before.get(at..range.start) else { continue };
        after.push_str(between);
        after.push_str(&edit.text);
        at = range.end;
        count += 1;
    }
    after.push_str(before.get(at..)?);
    Some(Mended { path, edits: count, file: source.file.as_deref()?, before, after })
}

impl Mended<'_> {
    /// As `git` and `patch` read it.
    #[must_use]
    pub fn diff(&self) -> String {
        let path = self.path.escape_debug();
        let diff = TextDiff::from_lines(self.before, &self.after);
        diff.unified_diff().header(&format!("a/{path}"), &format!("b/{path}")).to_string()
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// It changed meanwhile, or cannot be written.
    pub fn write(&self) -> io::Result<()> {
        if fs::read_to_string(self.file)? != self.before {
            return Err(io::Error::other("it changed while it was audited"));
        }
        fs::write(self.file, &self.after)
    }
}
