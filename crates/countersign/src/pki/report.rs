//! What a `ca` command did, for people and for programs.
//!
//! `Display` is for a terminal, `Serialize` for `--format json`; both say the same, and neither
//! holds a key or a password, only where they are. The binary prints it.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use serde::{Serialize, Serializer};

use super::{CrlReport, Facts};

/// What a `ca` command did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Answer {
    /// `init` and `issue`
    Certificate(CaReport),
    /// `revoke` and `crl`
    Crl(CrlReport),
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(report) => report.fmt(f),
            Self::Crl(report) => report.fmt(f),
        }
    }
}

/// A certificate that was made, where it is, and what to do with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CaReport {
    /// What the certificate is for.
    pub made: Made,
    /// The files that belong to it.
    pub files: Vec<ReportedFile>,
    /// What it says.
    #[serde(flatten)]
    pub facts: Facts,
    /// What one does with it, in order.
    pub next: Vec<Step>,
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Made {
    /// Signing others.
    Authority,
    /// A server.
    Server,
    /// A client.
    Client,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReportedFile {
    /// What is in it.
    pub role: FileRole,
    /// Where it is.
    #[serde(serialize_with = "path")]
    pub path: PathBuf,
}

/// What is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FileRole {
    /// The certificate, with the CAs between it and the root if there are any.
    Certificate,
    /// The private key.
    Key,
    /// Key and certificates for a browser.
    Pkcs12,
    /// The password of the PKCS#12 file.
    Password,
    /// The list of revoked certificates, signed.
    Crl,
    /// What it was made from.
    Revocations,
}

/// Something to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// What for.
    pub purpose: &'static str,
    /// A command, lines of configuration, or a way through menus.
    pub how: String,
}

impl fmt::Display for CaReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { subject, issuer, sans, serial, sha256, .. } = &self.facts;
        writeln!(f, "made {} certificate", self.made.name())?;
        for ReportedFile { role, path } in &self.files {
            writeln!(f, "  {:<12} {}", role.name(), path.display())?;
        }
        if !subject.is_empty() {
            writeln!(f, "  {:<12} {subject}", "subject")?;
        }
        for san in sans {
            writeln!(f, "  {:<12} {san}", "name")?;
        }
        if self.made != Made::Authority {
            writeln!(f, "  {:<12} {issuer}", "issuer")?;
        }
        writeln!(f, "  {:<12} {serial}", "serial")?;
        writeln!(f, "  {:<12} {} to {}", "valid", self.facts.not_before(), self.facts.not_after())?;
        writeln!(f, "  {:<12} {sha256}", "sha256")?;
        for Step { purpose, how } in &self.next {
            writeln!(f, "\n{purpose}:")?;
            for line in how.lines() {
                writeln!(f, "  {line}")?;
            }
        }
        Ok(())
    }
}

impl Made {
    fn name(self) -> &'static str {
        match self {
            Self::Authority => "CA",
            Self::Server => "server",
            Self::Client => "client",
        }
    }
}

impl FileRole {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Key => "private key",
            Self::Pkcs12 => "PKCS#12",
            Self::Password => "its password",
            Self::Crl => "CRL",
            Self::Revocations => "made from",
        }
    }
}

/// `text` as one word of a POSIX shell.
pub(super) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-@+,%=:".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// `path` as one word of a POSIX shell.
pub(super) fn shell_path(path: &Path) -> String {
    shell_word(&path.to_string_lossy())
}

fn path<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}
