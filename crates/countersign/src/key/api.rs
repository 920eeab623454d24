//! API keys: their file, and `countersign key new`, `list` and `revoke`.
//!
//! A key is shown once, when it is made, and kept nowhere. The file has SHA-256 of it, which is of no
//! use to whoever reads the file (see [`ApiKeyText`](countersign_core::ApiKeyText)); whoever *writes* it
//! hands out keys, so that it is its owner's alone. A running gateway looks at it a few times a second.

mod cli;
mod file;

pub use cli::{NewArgs, RevokeArgs};
pub use file::{ApiKeyFile, ApiKeyFileError};

pub(super) use cli::{json, new, revoke, text};
