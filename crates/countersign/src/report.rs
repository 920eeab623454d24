//! What a command says and how it ends.
//!
//! Commands decide, they don't print: `main` writes both texts through anstream, which drops the
//! styling wherever the reader is no terminal or `NO_COLOR` is set.

/// The end of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// For the reader or the next program; may be styled.
    pub stdout: String,
    /// For the person at the terminal; may be styled.
    pub stderr: String,
    /// 0 fine, 1 findings or refusals, 2 usage or configuration error, 3 could not run.
    pub code: u8,
}

impl Report {
    /// All is well.
    pub const FINE: u8 = 0;
    /// Findings or refusals.
    pub const FINDINGS: u8 = 1;
    /// The command line or the configuration is wrong.
    pub const USAGE: u8 = 2;
    /// It could not run.
    pub const FAILED: u8 = 3;

    /// A wrong command line, said in one sentence.
    #[must_use]
    pub fn usage(message: impl std::fmt::Display) -> Self {
        Self { stderr: format!("error: {message}\n"), code: Self::USAGE, ..Self::default() }
    }
}

/// How a command answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}
