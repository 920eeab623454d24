//! What can go wrong in the CA, with what was expected instead.
//!
//! Messages name files and quote values. They never contain key material or a password. `Display`
//! is the whole message: there is no `source` to print after it.

use std::{io, path::PathBuf};

use super::{RequestError, report::shell_path, request::MAX_DAYS};

/// Why the CA did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PkiError {
    /// Every argument that is wrong.
    #[error("{}", lines(.0))]
    Request(Vec<RequestError>),
    /// The CA is past its end.
    #[error("CA \"{subject}\" expired {since}: expected a CA that is valid now, make a new one")]
    AuthorityExpired {
        /// Of the CA.
        subject: String,
        /// End of its validity.
        since: String,
    },
    /// The CA is not valid yet, or the clock of this machine is behind.
    #[error("CA \"{subject}\" is valid from {from}: expected a time after it, check the clock")]
    AuthorityNotYetValid {
        /// Of the CA.
        subject: String,
        /// Start of its validity.
        from: String,
    },
    /// A certificate would be valid for longer than its CA.
    #[error(
        "certificate would outlive CA \"{subject}\", which ends {until}: {}", room(*.days)
    )]
    OutlivesAuthority {
        /// Of the CA.
        subject: String,
        /// End of its validity.
        until: String,
        /// Whole days until then.
        days: u64,
    },
    /// The CA's path length leaves no room.
    #[error("CA \"{0}\" allows no CA below it: expected a path length above 0")]
    NoAuthorityBelow(String),
    /// A certificate that cannot be a CA here.
    #[error("unusable CA \"{subject}\": expected {expected}")]
    UnfitAuthority {
        /// Of the certificate.
        subject: String,
        /// What it lacks.
        expected: &'static str,
    },
    /// Text that is no certificate, or no private key.
    #[error("invalid CA {part}: {expected}")]
    AuthorityPem {
        /// The certificate or the private key.
        part: &'static str,
        /// What was expected, or what is wrong with its encoding.
        expected: String,
    },
    /// There is no CA.
    #[error("no CA in \"{}\", \"{}\" is missing: expected what \"countersign ca init\" makes", .dir.display(), .missing.display())]
    NoAuthority {
        /// Where it was looked for.
        dir: PathBuf,
        /// The file that is missing.
        missing: PathBuf,
    },
    /// The files of a CA are there, but of no use.
    #[error("cannot use the CA in \"{}\": {cause}", .dir.display())]
    Load {
        /// Where it is.
        dir: PathBuf,
        /// What is wrong with it.
        cause: Box<PkiError>,
    },
    /// A private key that others can read may be theirs already.
    #[error("private key \"{}\" is accessible to others (mode {mode:03o}): expected 600, if nobody read it run \"chmod 600 {}\"", .path.display(), shell_path(.path))]
    ExposedKey {
        /// The key.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Files that would be overwritten.
    #[error("{} already, and nothing is overwritten: move away what is there, or choose another directory", exist(.0))]
    Exists(Vec<PathBuf>),
    /// A certificate that this CA cannot take back.
    #[error("cannot revoke \"{}\": {expected}", .file.display())]
    Revoke {
        /// The certificate.
        file: PathBuf,
        /// What it should have been.
        expected: String,
    },
    /// Nobody would believe the list.
    #[error(
        "CA \"{0}\" cannot revoke itself: expected a certificate that it issued; take it out of ca in the configuration"
    )]
    RevokesItself(String),
    /// Another command holds the list of what was revoked.
    #[error("\"{}\" exists: another \"countersign ca\" is at work; if none is, one was cut off: run \"rm {}\"", .0.display(), shell_path(.0))]
    Busy(PathBuf),
    /// The list of what was revoked cannot be read.
    #[error("line {line} of \"{}\" cannot be read: {expected}", .path.display())]
    Revocations {
        /// The list.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What it should have been.
        expected: &'static str,
    },
    /// The file system refused.
    #[error("cannot {action} \"{}\": {cause}", .path.display())]
    Io {
        /// Create, read or write.
        action: &'static str,
        /// What it was tried with.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A PKCS#12 file could not be made.
    #[error("cannot make a PKCS#12 file: {0}")]
    Pkcs12(String),
    /// A time that a certificate cannot express.
    #[error("time out of range: expected one from 1970 on, at most {MAX_DAYS} days ahead of now")]
    Clock,
    /// The operating system gave no randomness.
    #[error("no randomness from the operating system")]
    Random,
    /// A key could not be made or used.
    #[error("cannot sign: {0}")]
    Signing(rcgen::Error),
    /// A certificate could not be read back.
    #[error("cannot encode or decode: {0}")]
    Encoding(der::Error),
}

impl PkiError {
    /// The exit code of a command that failed with this: 2 if its arguments or files must change,
    /// 3 if it could not run.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Load { cause, .. } => cause.exit_code(),
            Self::Io { .. } | Self::Random | Self::Signing(_) | Self::Encoding(_) | Self::Pkcs12(_) => 3,
            _ => 2,
        }
    }
}

impl From<rcgen::Error> for PkiError {
    fn from(error: rcgen::Error) -> Self {
        Self::Signing(error)
    }
}

impl From<der::Error> for PkiError {
    fn from(error: der::Error) -> Self {
        Self::Encoding(error)
    }
}

fn lines(problems: &[RequestError]) -> String {
    if let [problem] = problems {
        return problem.to_string();
    }
    let lines = problems.iter().map(|problem| format!("\n  {problem}"));
    format!("{} arguments are wrong:{}", problems.len(), lines.collect::<String>())
}

fn room(days: u64) -> String {
    match days {
        0 => "expected a CA with a day left, make a new one".to_owned(),
        1 => "expected 1 day".to_owned(),
        _ => format!("expected at most {days} days"),
    }
}

fn exist(paths: &[PathBuf]) -> String {
    let quoted: Vec<_> = paths.iter().map(|path| format!("\"{}\"", path.display())).collect();
    let verb = if quoted.len() == 1 { "exists" } else { "exist" };
    format!("{} {verb}", quoted.join(" and "))
}
