//! Key files: made once, replaced as a whole, never half there.
//!
//! - A file has its final mode from its first moment, and its name only once it is complete: it is
//!   written as `FILE.new`, which one process at a time can make (`O_EXCL`), synced, then linked or
//!   renamed.
//! - The first keys of a site are linked, so that keys that appeared meanwhile are never lost.
//! - Rotation keeps the file's mode, owner and group: the app that reads it may be another user.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown},
    path::{Path, PathBuf},
};

use countersign_assertion::{Algorithm, KeySet};

/// What keys are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// They sign what the app is told.
    Assertion,
    /// They seal cookies; no app has them.
    Cookies,
}

impl Purpose {
    /// For how many seconds a key is kept that was superseded. Of cookies: as long as a browser keeps
    /// one (RFC 6265bis section 5.5), so that a rotation logs nobody out.
    #[must_use]
    pub const fn overlap(self) -> i64 {
        match self {
            Self::Assertion => countersign_assertion::OVERLAP,
            Self::Cookies => 400 * 24 * 3_600,
        }
    }

    /// For people and programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Assertion => "assertion",
            Self::Cookies => "cookies",
        }
    }
}

/// The keys of a site with their place.
#[derive(Clone, Debug)]
pub struct KeyFile {
    /// Its first host.
    pub site: String,
    /// What they are for.
    pub purpose: Purpose,
    /// What the gateway reads.
    pub path: PathBuf,
    /// What the app reads, if that is another file.
    pub public: Option<PathBuf>,
    /// The keys.
    pub keys: KeySet,
    /// The keys are new and in memory only.
    pub missing: bool,
}

/// Why a key file could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// A file or directory.
    #[error("cannot write the key file {path:?}: {source}")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Its temporary name is taken.
    #[error("{path:?} is there: another process is writing keys, or one was interrupted; if none is, remove that file")]
    Busy {
        /// The temporary name.
        path: PathBuf,
    },
    /// Another process was faster.
    #[error("the key file {path:?} appeared meanwhile: start again to use it")]
    Appeared {
        /// Which.
        path: PathBuf,
    },
}

impl KeyFile {
    /// Where the keys of a site are unless the configuration names a file.
    #[must_use]
    pub fn made(state: &Path, site: &str, algorithm: Algorithm) -> (PathBuf, Option<PathBuf>) {
        let dir = state.join("assertion");
        let site = site.replace('*', "_");
        let both = dir.join(format!("{site}.jwks"));
        match algorithm {
            Algorithm::Hs256 => (both, None),
            Algorithm::Es256 => (dir.join(format!("{site}.private.jwks")), Some(both)),
        }
    }

    /// Where the keys that seal a site's cookies are unless the configuration names a file.
    #[must_use]
    pub fn made_for_cookies(state: &Path, site: &str) -> PathBuf {
        state.join("cookies").join(format!("{}.jwks", site.replace('*', "_")))
    }

    /// The files that go with the one that the configuration names.
    #[must_use]
    pub fn named(path: &Path, algorithm: Algorithm) -> (PathBuf, Option<PathBuf>) {
        match algorithm {
            Algorithm::Hs256 => (path.to_owned(), None),
            Algorithm::Es256 => {
                let mut public = path.as_os_str().to_owned();
                public.push(".pub");
                (path.to_owned(), Some(public.into()))
            }
        }
    }

    /// What the app reads.
    #[must_use]
    pub fn for_app(&self) -> &Path {
        self.public.as_deref().unwrap_or(&self.path)
    }

    /// Writes what is not there yet: new keys, and public ones that are missing or outdated.
    ///
    /// # Errors
    /// [`KeyFileError`]; keys that were there before are as they were.
    pub fn save(&self) -> Result<(), KeyFileError> {
        if self.missing {
            let dir = self.path.parent().unwrap_or(Path::new("."));
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(dir)
                .map_err(|source| KeyFileError::Write { path: dir.to_owned(), source })?;
            let new = NewFile::write(&self.path, &self.keys.reveal(), 0o600)?;
            match fs::hard_link(&new.path, &self.path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(KeyFileError::Appeared { path: self.path.clone() });
                }
                linked => linked.and_then(|()| sync(dir)).map_err(write_error(&self.path))?,
            }
        }
        self.publish(&self.keys)
    }

    /// Puts other keys in place of these: the public ones first, so that apps know what the gateway
    /// will sign with.
    ///
    /// # Errors
    /// [`KeyFileError`]; then the gateway's file is as it was.
    pub fn replace(&self, keys: &KeySet) -> Result<(), KeyFileError> {
        let path = behind_links(&self.path);
        let new = NewFile::write(&path, &keys.reveal(), 0o600)?;
        self.publish(keys)?;
        new.take_place_of(&path)
    }

    fn publish(&self, keys: &KeySet) -> Result<(), KeyFileError> {
        let (Some(path), Some(text)) = (&self.public, keys.public_jwks()) else { return Ok(()) };
        if fs::read_to_string(path).is_ok_and(|there| there == text) {
            return Ok(());
        }
        let path = behind_links(path);
        NewFile::write(&path, &text, 0o644)?.take_place_of(&path)
    }
}

/// A complete file under a temporary name, which goes away with it.
pub(super) struct NewFile {
    path: PathBuf,
    file: File,
}

impl NewFile {
    fn write(final_path: &Path, text: &str, mode: u32) -> Result<Self, KeyFileError> {
        let mut new = Self::reserve(final_path, mode)?;
        new.fill(final_path, text)?;
        Ok(new)
    }

    /// An empty one. Until it is dropped nobody else can make one, so that what is read of the final
    /// file meanwhile is what it will take the place of.
    pub(super) fn reserve(final_path: &Path, mode: u32) -> Result<Self, KeyFileError> {
        let mut path = final_path.as_os_str().to_owned();
        path.push(".new");
        let path = PathBuf::from(path);
        let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path);
        let file = file.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => KeyFileError::Busy { path: path.clone() },
            _ => KeyFileError::Write { path: final_path.to_owned(), source },
        })?;
        let new = Self { path, file };
        // The umask may have taken bits away that the app needs.
        new.file.set_permissions(fs::Permissions::from_mode(mode)).map_err(write_error(final_path))?;
        Ok(new)
    }

    pub(super) fn fill(&mut self, final_path: &Path, text: &str) -> Result<(), KeyFileError> {
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_all());
        written.map_err(write_error(final_path))
    }

    /// Renames it, with mode, owner and group of the file that was there.
    pub(super) fn take_place_of(self, path: &Path) -> Result<(), KeyFileError> {
        let put = || {
            if let Ok(old) = fs::metadata(path) {
                let new = self.file.metadata()?;
                if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
                    fchown(&self.file, Some(old.uid()), Some(old.gid()))?;
                }
                self.file.set_permissions(fs::Permissions::from_mode(old.mode() & 0o777))?;
            }
            fs::rename(&self.path, path)?;
            sync(path.parent().unwrap_or(Path::new(".")))
        };
        put().map_err(write_error(path))
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // After a rename it has gone already. What cannot be removed is named by the next attempt.
        let _ = fs::remove_file(&self.path);
    }
}

/// The file itself: who mounts a key as a link reads what the link leads to.
pub(super) fn behind_links(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn sync(dir: &Path) -> io::Result<()> {
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    File::open(dir)?.sync_all()
}

fn write_error(path: &Path) -> impl FnOnce(io::Error) -> KeyFileError {
    let path = path.to_owned();
    move |source| KeyFileError::Write { path, source }
}

#[cfg(test)]
mod tests {
    use countersign_core::UnixTime;

    use super::*;

    fn missing(dir: &Path, algorithm: Algorithm) -> KeyFile {
        let (path, public) = KeyFile::made(dir, "*.example.com", algorithm);
        let keys = KeySet::generate(algorithm, UnixTime(0)).unwrap();
        KeyFile { site: "*.example.com".into(), purpose: Purpose::Assertion, path, public, keys, missing: true }
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir.join("assertion"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn keys_that_appeared_meanwhile_are_not_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (missing(dir.path(), Algorithm::Hs256), missing(dir.path(), Algorithm::Hs256));
        first.save().unwrap();
        let error = second.save().unwrap_err();
        assert!(matches!(&error, KeyFileError::Appeared { path } if *path == first.path), "{error}");
        assert_eq!(fs::read_to_string(&first.path).unwrap(), first.keys.reveal());
        assert_eq!(names(dir.path()), ["_.example.com.jwks"]);
    }

    #[test]
    fn two_writers_do_not_meet() {
        let dir = tempfile::tempdir().unwrap();
        let file = missing(dir.path(), Algorithm::Es256);
        file.save().unwrap();
        let keys = file.keys.rotated(UnixTime(0)).unwrap();
        let other = NewFile::write(&file.path, "half", 0o600).unwrap();
        assert!(matches!(file.replace(&keys), Err(KeyFileError::Busy { .. })));
        assert_eq!(fs::read_to_string(&file.path).unwrap(), file.keys.reveal());
        drop(other);
        file.replace(&keys).unwrap();
        assert_eq!(fs::read_to_string(&file.path).unwrap(), keys.reveal());
        assert_eq!(fs::read_to_string(file.for_app()).unwrap(), keys.public_jwks().unwrap());
        assert_eq!(names(dir.path()), ["_.example.com.jwks", "_.example.com.private.jwks"]);
    }

    #[test]
    fn a_directory_that_cannot_be_written_to_is_told() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("assertion"), "in the way").unwrap();
        let error = missing(dir.path(), Algorithm::Hs256).save().unwrap_err().to_string();
        assert!(error.contains("assertion"), "{error}");
    }
}
