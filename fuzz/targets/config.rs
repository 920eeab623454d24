//! Configuration: whatever the text, the answer is a configuration or problems that say where.
//!
//! Not wired: add the bin to `Cargo.toml`, `countersign = { path = "../crates/countersign" }` to its
//! dependencies and this module to `src/lib.rs`.

use std::{
    io,
    path::{Path, PathBuf},
};

use countersign::config::{Files, parse};
use countersign_core::UnixTime;

/// The input is a configuration file.
pub fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // Without files nothing can be served, so there is always something to say.
    let problems = parse(text, Path::new("fuzz.toml"), UnixTime(1_793_491_200), &NoFiles).map(drop);
    assert!(problems.is_err(), "accepted without a certificate");
}

/// A disk without files: what is fuzzed is the text.
struct NoFiles;

impl Files for NoFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Err(io::Error::new(io::ErrorKind::NotFound, PathBuf::from(path).display().to_string()))
    }

    fn mode(&self, _: &Path) -> Option<u32> {
        None
    }
}
