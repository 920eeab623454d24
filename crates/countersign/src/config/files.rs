//! Where the files that a configuration names come from: the disk, or a test's map.

use std::{
    collections::BTreeMap,
    fs, io,
    io::Read,
    path::{Path, PathBuf},
};

use countersign_gateway::CrlCache;

/// No certificate bundle is larger.
const LARGEST: u64 = 16 << 20;

/// Reads what a configuration names.
pub trait Files {
    /// The whole file, of no more than 16 MiB.
    ///
    /// # Errors
    /// Whatever kept it from being read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.read_at_most(path, LARGEST)
    }

    /// The whole file, unless it is larger.
    ///
    /// # Errors
    /// Whatever kept it from being read, its size included.
    fn read_at_most(&self, path: &Path, most: u64) -> io::Result<Vec<u8>>;

    /// CRLs that were read before, for who reads a configuration more than once.
    fn crl_cache(&self) -> Option<&CrlCache> {
        None
    }

    /// Its permission bits, where there are such.
    fn mode(&self, path: &Path) -> Option<u32>;
}

/// The disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn read_at_most(&self, path: &Path, most: u64) -> io::Result<Vec<u8>> {
        // Opening a pipe would wait for its writer, for ever.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most {
            return Err(io::Error::other(format!("it is larger than {} MiB", most >> 20)));
        }
        Ok(bytes)
    }

    #[cfg(unix)]
    fn mode(&self, path: &Path) -> Option<u32> {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).ok().map(|meta| meta.permissions().mode() & 0o7777)
    }

    #[cfg(not(unix))]
    fn mode(&self, _: &Path) -> Option<u32> {
        None
    }
}

/// Files in memory, for tests and fuzzing: nothing outside it is touched.
impl Files for BTreeMap<PathBuf, Vec<u8>> {
    fn read_at_most(&self, path: &Path, _: u64) -> io::Result<Vec<u8>> {
        self.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn mode(&self, _: &Path) -> Option<u32> {
        None
    }
}

/// Why a file could not be read, for people.
pub(super) fn reason(path: &Path, error: &io::Error) -> String {
    let shown = path.display().to_string();
    match error.kind() {
        io::ErrorKind::NotFound => format!("there is no file {shown:?}"),
        io::ErrorKind::PermissionDenied => format!("this user may not read {shown:?}"),
        io::ErrorKind::IsADirectory => format!("{shown:?} is a directory"),
        _ => format!("cannot read {shown:?}: {error}"),
    }
}
