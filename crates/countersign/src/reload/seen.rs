//! The disk, with a note of what was read and what it looked like.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use countersign_gateway::CrlCache;

use crate::config::{self, Disk};

/// Reads from the disk, and remembers the stamp of each file from just before.
#[derive(Debug)]
pub(super) struct Files<'c> {
    crls: &'c CrlCache,
    seen: RefCell<Stamps>,
}

/// What files looked like. A link is followed, so turning it changes the stamp.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamps(BTreeMap<PathBuf, Option<Stamp>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    /// Of the content, and of the file's own data: `cp -p` sets back the first only.
    changed: [(i64, i64); 2],
}

impl<'c> Files<'c> {
    pub(super) fn new(crls: &'c CrlCache) -> Self {
        Self { crls, seen: RefCell::default() }
    }

    pub(super) fn stamps(&self) -> Stamps {
        self.seen.borrow().clone()
    }
}

impl config::Files for Files<'_> {
    fn read_at_most(&self, path: &Path, most: u64) -> io::Result<Vec<u8>> {
        // Before, so that a change meanwhile is seen as one.
        self.seen.borrow_mut().0.entry(path.into()).or_insert_with(|| stamp(path));
        Disk.read_at_most(path, most)
    }

    /// Most reloads leave the CRLs alone, and reading a large one takes seconds.
    fn crl_cache(&self) -> Option<&CrlCache> {
        Some(self.crls)
    }

    fn mode(&self, path: &Path) -> Option<u32> {
        Disk.mode(path)
    }
}

impl Stamps {
    /// What the same files look like now.
    pub(super) fn now(&self) -> Self {
        Self(self.0.keys().map(|path| (path.clone(), stamp(path))).collect())
    }

    /// Takes these files, which we wrote ourselves, as they are now.
    pub(super) fn look_again<'p>(&mut self, paths: impl Iterator<Item = &'p Path>) {
        for path in paths {
            self.0.insert(path.into(), stamp(path));
        }
    }

    /// Adds those files of `others` that are not among these.
    pub(super) fn add(&mut self, others: &Self) {
        for (path, stamp) in &others.0 {
            self.0.entry(path.clone()).or_insert(*stamp);
        }
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let meta = fs::metadata(path).ok()?;
    Some(Stamp {
        device: meta.dev(),
        inode: meta.ino(),
        size: meta.size(),
        changed: [(meta.mtime(), meta.mtime_nsec()), (meta.ctime(), meta.ctime_nsec())],
    })
}
