//! What a project says about its audits: `[tool.countersign.audit]` of its `pyproject.toml`, or the same keys in
//! `countersign-audit.toml`, or in a file that the command line names.
//!
//! What the command line says counts before it; lists add up. A key that is none is an error, with its line, and so are
//! wishes at two places.

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

/// Those of the folder that is audited, or of the file that was named; none if there is neither.
pub(super) fn read(root: Option<&Path>, named: Option<&Path>) -> Result<Wishes, Report> {
    if let Some(file) = named {
        return own(file)?.ok_or_else(|| Report::usage(format!("{:?}: no such file", file.display().to_string())));
    }
    let Some(root) = root else { return Ok(Wishes::default()) };
    let file = root.join("countersign-audit.toml");
    match (own(&file)?, pyproject(root)?) {
        (Some(_), Some(_)) => Err(Report::usage(
            "countersign-audit.toml and [tool.countersign.audit] of pyproject.toml: remove one of them, or name one with --config",
        )),
        (one, other) => Ok(one.or(other).unwrap_or_default()),
    }
}

/// A file of its own; `None` if there is none.
fn own(file: &Path) -> Result<Option<Wishes>, Report> {
    let refused = |error: &dyn std::fmt::Display| Report::usage(format!("{:?}: {error}", file.display().to_string()));
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused(&error)),
    };
    let wishes: Wishes = toml::from_str(&text).map_err(|error| refused(&error))?;
    Ok(Some(relative(wishes, file.parent().unwrap_or(Path::new("")))))
}

fn pyproject(root: &Path) -> Result<Option<Wishes>, Report> {
    let file = root.join("pyproject.toml");
    let Ok(text) = fs::read_to_string(&file) else { return Ok(None) };
    // Most projects say nothing here, and a file that is broken elsewhere is not ours to judge.
    if !text.contains("tool.countersign") {
        return Ok(None);
    }
    let read: PyProject =
        toml::from_str(&text).map_err(|error| Report::usage(format!("{:?}: {error}", file.display().to_string())))?;
    let wishes = read.tool.and_then(|tool| tool.countersign).and_then(|ours| ours.audit);
    Ok(wishes.map(|wishes| relative(wishes, root)))
}

fn relative(mut wishes: Wishes, to: &Path) -> Wishes {
    wishes.baseline = wishes.baseline.map(|baseline| to.join(baseline));
    wishes
}
