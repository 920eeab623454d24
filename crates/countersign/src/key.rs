//! The keys that assertions are signed with: their files, and `countersign key`.
//!
//! No command prints a secret: keys are named by their `kid`.

mod cli;
mod file;

pub use cli::KeyCommand;
pub use file::{KeyFile, KeyFileError, Purpose};
