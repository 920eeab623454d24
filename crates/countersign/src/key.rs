//! The keys that assertions are signed with and those of API clients: their files, and `countersign key`.
//!
//! No command prints a secret but `key new`, once: keys are named by their `kid` or `id`.

mod api;
mod cli;
mod file;

pub use api::{ApiKeyFile, ApiKeyFileError, NewArgs, RevokeArgs};
pub use cli::KeyCommand;
pub use file::{KeyFile, KeyFileError, Purpose};
