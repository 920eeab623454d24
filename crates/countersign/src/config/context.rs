//! What all parts of the reader share: the files, the time, and the problems found so far.

use std::{
    cell::{Cell, RefCell},
    ops::Range,
    path::{Path, PathBuf},
};

use countersign_core::UnixTime;

use super::files::{self, Files};
use crate::diagnostic::{Problem, Severity};

pub(super) struct Context<'a> {
    pub(super) files: &'a dyn Files,
    /// What relative paths are relative to.
    pub(super) dir: &'a Path,
    pub(super) now: UnixTime,
    /// The TOML itself has errors, so what is missing may only be hidden behind them.
    pub(super) broken: Cell<bool>,
    problems: RefCell<Vec<Problem>>,
}

impl<'a> Context<'a> {
    pub(super) fn new(files: &'a dyn Files, dir: &'a Path, now: UnixTime) -> Self {
        Self { files, dir, now, broken: Cell::new(false), problems: RefCell::default() }
    }

    pub(super) fn push(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    pub(super) fn error(&self, span: Range<usize>, key: &str, message: impl Into<String>, help: impl Into<String>) {
        self.push(Problem::new(Severity::Error, Some(span), key, message, help));
    }

    pub(super) fn take(&self) -> Vec<Problem> {
        self.problems.take()
    }

    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        self.dir.join(path)
    }

    /// Reads a file that the configuration names.
    pub(super) fn read(&self, path: &str) -> Result<Vec<u8>, (String, String)> {
        self.found(path, |full| self.files.read(full))
    }

    /// As [`read`](Self::read), with another limit.
    pub(super) fn read_at_most(&self, path: &str, most: u64) -> Result<Vec<u8>, (String, String)> {
        self.found(path, |full| self.files.read_at_most(full, most))
    }

    fn found(
        &self,
        path: &str,
        read: impl FnOnce(&Path) -> std::io::Result<Vec<u8>>,
    ) -> Result<Vec<u8>, (String, String)> {
        let full = self.resolve(path);
        read(&full).map_err(|error| {
            let help = if Path::new(path).is_relative() && error.kind() == std::io::ErrorKind::NotFound {
                "relative paths are relative to the configuration file"
            } else {
                ""
            };
            (files::reason(&full, &error), help.into())
        })
    }
}
