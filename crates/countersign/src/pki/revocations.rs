//! What a CA revoked: `revoked.txt` in its directory, one certificate per line.
//!
//! ```text
//! crl 3
//! 4F…1C 2027-01-15T08:00:00Z keyCompromise CN=Ada Lovelace
//! ```
//!
//! The first entry is the number of the last CRL, which must grow from one to the next. A line that
//! cannot be read is an error: skipped, it would be a certificate that counts again.
//!
//! **Invariant**: the file is replaced as a whole, and before the CRL that follows from it, so that
//! what was revoked is never lost; `countersign ca crl` makes up for a CRL that was not written. A
//! lock is held over both: two commands at once would write two CRLs of one number.

use std::{
    fmt::{self, Write as _},
    fs::{self, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use clap::ValueEnum;
use rcgen::RevocationReason;
use serde::{Serialize, Serializer};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    PkiError, facts,
    store::{self, io_error},
    validity::rfc3339,
};

/// In the CA's directory.
const FILE: &str = "revoked.txt";
/// Beside it while a command is at work.
const LOCK: &str = "revoked.lock";
const HEAD: &str = "# Certificates that this CA revoked; \"countersign ca revoke\" writes it.\n\
                    # Serial, time, reason, subject. Whatever is removed here counts again.\n";

/// Why a certificate was revoked (RFC 5280 section 5.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum Why {
    /// Nothing is said
    #[default]
    #[value(name = "unspecified")]
    Unspecified,
    /// The key is, or may be, in other hands
    #[value(name = "keyCompromise")]
    KeyCompromise,
    /// The key of the CA that was certified is
    #[value(name = "cACompromise")]
    CaCompromise,
    /// The holder left, or is called otherwise
    #[value(name = "affiliationChanged")]
    AffiliationChanged,
    /// Another certificate took its place
    #[value(name = "superseded")]
    Superseded,
    /// It is no longer needed
    #[value(name = "cessationOfOperation")]
    CessationOfOperation,
    /// What it allowed is no longer allowed
    #[value(name = "privilegeWithdrawn")]
    PrivilegeWithdrawn,
}

/// One revoked certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Revocation {
    /// Upper-case hexadecimal.
    pub serial: String,
    /// When it was revoked.
    #[serde(serialize_with = "facts::time")]
    pub at: SystemTime,
    /// Why.
    pub reason: Why,
    /// Whom it named, as far as that is known.
    pub subject: String,
}

/// The file, locked.
#[derive(Debug)]
pub(super) struct Revocations {
    path: PathBuf,
    lock: PathBuf,
    /// Of the last CRL; 0 before the first.
    pub(super) number: u64,
    pub(super) list: Vec<Revocation>,
}

impl Revocations {
    /// Those of the CA in this directory; none yet if there is no file.
    pub(super) fn open(dir: &Path) -> Result<Self, PkiError> {
        let (path, lock) = (dir.join(FILE), dir.join(LOCK));
        let taken = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&lock);
        taken.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => PkiError::Busy(lock.clone()),
            _ => io_error("create", &lock)(error),
        })?;
        let mut revocations = Self { path, lock, number: 0, list: Vec::new() };
        let text = match fs::read_to_string(&revocations.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(revocations),
            Err(error) => return Err(io_error("read", &revocations.path)(error)),
        };
        for (n, line) in text.lines().enumerate() {
            if let Err(expected) = revocations.read(line.trim()) {
                return Err(PkiError::Revocations { path: revocations.path.clone(), line: n + 1, expected });
            }
        }
        Ok(revocations)
    }

    fn read(&mut self, line: &str) -> Result<(), &'static str> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if let Some(number) = line.strip_prefix("crl ") {
            self.number = number.trim().parse().map_err(|_| "expected the number of a CRL")?;
            return Ok(());
        }
        let mut words = line.splitn(4, ' ');
        let mut word = || words.next().unwrap_or_default();
        let serial = word().to_owned();
        if hex(&serial).is_none() {
            return Err("expected a serial number in hexadecimal");
        }
        let at = OffsetDateTime::parse(word(), &Rfc3339).map_err(|_| "expected a time such as 2027-01-15T08:00:00Z")?;
        let reason = Why::from_str(word(), false).map_err(|_| "expected a reason such as keyCompromise")?;
        self.list.push(Revocation { serial, at: at.into(), reason, subject: word().to_owned() });
        Ok(())
    }

    /// The entry of a serial number.
    pub(super) fn get(&self, serial: &str) -> Option<&Revocation> {
        self.list.iter().find(|entry| entry.serial == serial)
    }

    /// Replaces the file.
    pub(super) fn save(&self) -> Result<&Path, PkiError> {
        let mut text = format!("{HEAD}crl {}\n", self.number);
        for Revocation { serial, at, reason, subject } in &self.list {
            // Writing to a String does not fail.
            let _ = writeln!(text, "{serial} {} {reason} {subject}", rfc3339(*at));
        }
        store::replace(&self.path, text.as_bytes(), 0o600)?;
        Ok(&self.path)
    }
}

impl Drop for Revocations {
    fn drop(&mut self) {
        // One that cannot be removed is named by the next command.
        let _ = fs::remove_file(&self.lock);
    }
}

impl Why {
    /// As a CRL has it: nothing for "unspecified", as RFC 5280 section 5.3.1 advises.
    pub(super) fn code(self) -> Option<RevocationReason> {
        Some(match self {
            Self::Unspecified => return None,
            Self::KeyCompromise => RevocationReason::KeyCompromise,
            Self::CaCompromise => RevocationReason::CaCompromise,
            Self::AffiliationChanged => RevocationReason::AffiliationChanged,
            Self::Superseded => RevocationReason::Superseded,
            Self::CessationOfOperation => RevocationReason::CessationOfOperation,
            Self::PrivilegeWithdrawn => RevocationReason::PrivilegeWithdrawn,
        })
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| f.write_str(value.get_name()))
    }
}

impl Serialize for Why {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The bytes of a serial in hexadecimal, at most 20.
pub(super) fn hex(digits: &str) -> Option<Vec<u8>> {
    let digits = if digits.len().is_multiple_of(2) { digits.to_owned() } else { format!("0{digits}") };
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap_or_default());
    let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    let bytes: Option<Vec<u8>> = pairs.map(|pair| u8::from_str_radix(pair, 16).ok()).collect();
    bytes.filter(|bytes| is_hex && (1..=20).contains(&bytes.len()))
}
