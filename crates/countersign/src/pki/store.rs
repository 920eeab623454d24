//! Certificates and keys as files: created whole, never overwritten.
//!
//! - A file exists with its final mode from its first moment (`O_EXCL`, mode at creation): a key is
//!   never readable by others, not even before a `chmod`.
//! - Files of one command appear together or not at all. If any exists, all that do are named and
//!   nothing is written; if writing fails, what was made is removed.
//! - A CA key that others can read is refused, as `ssh` refuses one.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::{
    Authority, PkiError,
    report::{FileRole, ReportedFile},
};

/// The CA's certificate in its directory.
const CERTIFICATE: &str = "ca.pem";
/// The CA's private key in its directory.
const KEY: &str = "ca.key";

/// A file that does not exist yet. Only a certificate is for everybody to read.
pub(super) struct NewFile {
    role: FileRole,
    path: PathBuf,
    contents: Vec<u8>,
}

impl Authority {
    /// Writes `ca.pem` and `ca.key` into `dir`, which is created (0700) if it is missing. Refuses to
    /// overwrite either.
    pub fn save(&self, dir: &Path) -> Result<(), PkiError> {
        create_all(dir, &self.files(dir))
    }

    pub(super) fn files(&self, dir: &Path) -> [NewFile; 2] {
        let pem = self.certificate().pem.as_str();
        [
            NewFile::new(FileRole::Certificate, Self::certificate_path(dir), pem),
            NewFile::new(FileRole::Key, Self::key_path(dir), self.key_pem()),
        ]
    }

    /// The CA that [`save`](Self::save) or `countersign ca init` left in `dir`.
    pub fn load(dir: &Path) -> Result<Self, PkiError> {
        let cert_pem = read(&Self::certificate_path(dir), dir)?;
        let key_pem = read_secret(&Self::key_path(dir), dir)?;
        Self::from_pem(&cert_pem, &key_pem)
            .map_err(|cause| PkiError::Load { dir: dir.to_owned(), cause: Box::new(cause) })
    }

    /// Where the certificate of the CA in `dir` is.
    pub fn certificate_path(dir: &Path) -> PathBuf {
        dir.join(CERTIFICATE)
    }

    /// Where the private key of the CA in `dir` is.
    pub fn key_path(dir: &Path) -> PathBuf {
        dir.join(KEY)
    }
}

impl NewFile {
    pub(super) fn new(role: FileRole, path: PathBuf, contents: impl Into<Vec<u8>>) -> Self {
        Self { role, path, contents: contents.into() }
    }

    pub(super) fn reported(&self) -> ReportedFile {
        ReportedFile { role: self.role, path: self.path.clone() }
    }
}

/// Creates all of `files`, which are in `dir`, or none.
pub(super) fn create_all(dir: &Path, files: &[NewFile]) -> Result<(), PkiError> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io_error("create", dir))?;
    let mut made = Made::default();
    let mut handles = Vec::new();
    let mut existing = Vec::new();
    for NewFile { role, path, .. } in files {
        let mode = if *role == FileRole::Certificate { 0o644 } else { 0o600 };
        match OpenOptions::new().write(true).create_new(true).mode(mode).open(path) {
            Ok(handle) => {
                made.0.push(path);
                handles.push(handle);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                existing.push(path.clone());
            }
            Err(error) => return Err(io_error("create", path)(error)),
        }
    }
    if !existing.is_empty() {
        return Err(PkiError::Exists(existing));
    }
    for (handle, NewFile { path, contents, .. }) in handles.iter_mut().zip(files) {
        let written = handle.write_all(contents).and_then(|()| handle.sync_all());
        written.map_err(io_error("write", path))?;
    }
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(io_error("write", dir))?;
    made.0.clear();
    Ok(())
}

/// Writes a file of this mode in the place of an older one; who reads meanwhile gets the
/// one or the other, whole.
pub(super) fn replace(path: &Path, contents: &[u8], mode: u32) -> Result<(), PkiError> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&new)?;
        file.write_all(contents)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        path.parent()
            .map_or(Ok(()), |dir| File::open(if dir == Path::new("") { Path::new(".") } else { dir })?.sync_all())
    };
    write().map_err(io_error("write", path))
}

/// Files that go away again unless the list is cleared.
#[derive(Default)]
struct Made<'a>(Vec<&'a PathBuf>);

impl Drop for Made<'_> {
    fn drop(&mut self) {
        for path in &self.0 {
            // What cannot be removed is named by the next attempt, which finds it.
            let _ = fs::remove_file(path);
        }
    }
}

fn read(path: &Path, dir: &Path) -> Result<String, PkiError> {
    let mut text = String::new();
    open(path, dir)?.read_to_string(&mut text).map_err(io_error("read", path))?;
    Ok(text)
}

fn read_secret(path: &Path, dir: &Path) -> Result<String, PkiError> {
    let file = open(path, dir)?;
    let mode = file.metadata().map_err(io_error("read", path))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(PkiError::ExposedKey { path: path.to_owned(), mode });
    }
    io::read_to_string(file).map_err(io_error("read", path))
}

fn open(path: &Path, dir: &Path) -> Result<File, PkiError> {
    File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => PkiError::NoAuthority { dir: dir.to_owned(), missing: path.to_owned() },
        _ => io_error("read", path)(error),
    })
}

pub(super) fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PkiError {
    let path = path.to_owned();
    move |cause| PkiError::Io { action, path, cause }
}
