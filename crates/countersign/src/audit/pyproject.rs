//! `[tool.countersign.audit]` of the project's own `pyproject.toml`.
//!
//! What the command line says counts before it; lists add up. A key that is none is an error, with its line.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::report::Report;

/// What a project says about its audits.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Wishes {
    /// Checks that are left out.
    #[serde(default)]
    pub(super) skip: Vec<String>,
    /// Folders and files that are not read, relative to the file.
    #[serde(default)]
    pub(super) exclude: Vec<String>,
    /// The least severity that fails.
    pub(super) fail_on: Option<String>,
    /// Findings that are known, relative to the file.
    pub(super) baseline: Option<PathBuf>,
}

#[derive(Deserialize)]
struct PyProject {
    tool: Option<Tool>,
}

#[derive(Deserialize)]
struct Tool {
    countersign: Option<Countersign>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Countersign {
    audit: Option<Wishes>,
}

/// Those of the folder that is audited; none if it has no such file or table.
pub(super) fn read(root: &Path) -> Result<Wishes, Report> {
    let file = root.join("pyproject.toml");
    let Ok(text) = fs::read_to_string(&file) else { return Ok(Wishes::default()) };
    // Most projects say nothing here, and a file that is broken elsewhere is not ours to judge.
    if !text.contains("tool.countersign") {
        return Ok(Wishes::default());
    }
    let read: PyProject =
        toml::from_str(&text).map_err(|error| Report::usage(format!("{:?}: {error}", file.display().to_string())))?;
    let mut wishes = read.tool.and_then(|tool| tool.countersign).and_then(|ours| ours.audit).unwrap_or_default();
    wishes.baseline = wishes.baseline.map(|baseline| root.join(baseline));
    Ok(wishes)
}
