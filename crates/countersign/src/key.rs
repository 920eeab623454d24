//! The keys that assertions are signed with: their files, and `countersign key`.

mod file;

pub use file::{KeyFile, KeyFileError};
