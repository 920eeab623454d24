//! Reads what a certificate says, as structured facts.
//!
//! Parsing decides nothing about trust, but refuses what could later be read in two ways: trailing
//! bytes, an extension that occurs twice, a serial number that is negative, a signature algorithm
//! that is stated twice and differently, and names with control characters or marks that turn the
//! writing direction (RFC 5280 section 4.1.2.4 leaves them out; Envoy CVE-2026-47778).
//! Distinguished names are written as RFC 4514 has it, so that a chosen CN cannot fake further
//! components. A CN is never taken for a DNS name.

mod content;
mod names;
mod raw;

use countersign_core::Identity;
use sha2::{Digest, Sha256};
use x509_cert::ext::pkix::KeyUsage;

pub(crate) use content::{Content, not_after};
pub(crate) use names::{is_plain, text};
pub(crate) use raw::Raw;

/// Why a certificate cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// Not one DER-encoded certificate.
    #[error("it is no X.509 certificate: {0}")]
    Der(String),
    /// A version that has no extensions, so that nothing can say what it is for.
    #[error("it is an X.509 version {0} certificate: issue it with extensions, as version 3")]
    Version(u8),
    /// A negative serial number: written out, `-1` and `255` are both `ff`.
    #[error("its serial number is negative")]
    NegativeSerial,
    /// A serial number beyond the limit of RFC 5280 section 4.1.2.2.
    #[error("its serial number has {0} bytes, of at most 20")]
    LongSerial(usize),
    /// The algorithm inside the signed part is another than the one beside the signature.
    #[error("it names two signature algorithms")]
    TwoAlgorithms,
    /// RFC 5280 section 4.2: at most one instance of an extension.
    #[error("its extension {0} occurs twice")]
    RepeatedExtension(String),
    /// An extension that does not parse.
    #[error("its extension {extension} is malformed: {why}")]
    Extension {
        /// Its name.
        extension: &'static str,
        /// What the parser says.
        why: String,
    },
    /// Neither a subject nor alternative names.
    #[error("it names nobody: both subject and subjectAltName are empty")]
    Nobody,
    /// An issuer without a name.
    #[error("it names no issuer")]
    NoIssuer,
    /// A name with a control character or a direction mark.
    #[error("a name in it holds a control character or a direction mark")]
    Name,
    /// An iPAddress that is neither 4 nor 16 bytes.
    #[error("an IP address in it has neither 4 nor 16 bytes")]
    IpAddress,
}

/// A certificate, read once: its bytes, the parts that are compared as bytes, and its meaning.
#[derive(Debug)]
pub(crate) struct Parsed<'a> {
    pub(crate) der: &'a [u8],
    pub(crate) raw: Raw<'a>,
    pub(crate) content: Content,
}

impl<'a> Parsed<'a> {
    pub(crate) fn read(der: &'a [u8]) -> Result<Self, CertificateError> {
        Self::continued(der, Raw::split(der)?)
    }

    /// The same, of a certificate that was split before.
    pub(crate) fn continued(der: &'a [u8], raw: Raw<'a>) -> Result<Self, CertificateError> {
        let content = Content::read(der, &raw)?;
        Ok(Self { der, raw, content })
    }

    /// What it says of its subject.
    pub(crate) fn identity(&self) -> Result<Identity, CertificateError> {
        let Content { cert, not_before, not_after, alt_names, .. } = &self.content;
        let tbs = cert.tbs_certificate();
        Ok(Identity {
            subject: tbs.subject().to_string(),
            issuer: tbs.issuer().to_string(),
            serial: serial(tbs.serial_number().as_bytes()),
            sans: names::alt_names(alt_names)?,
            sha256: Sha256::digest(self.der).into(),
            spki_sha256: Sha256::digest(&self.raw.spki).into(),
            not_before: *not_before,
            not_after: *not_after,
        })
    }
}

/// A certificate's facts, with those that only CAs need.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What it says of its subject.
    pub identity: Identity,
    /// basicConstraints: cA.
    pub is_ca: bool,
    /// keyUsage, if present: keyCertSign.
    pub signs_certificates: Option<bool>,
    /// keyUsage, if present: digitalSignature.
    pub signs: Option<bool>,
}

/// Reads one DER-encoded certificate.
///
/// # Errors
/// [`CertificateError`] with what is wrong.
pub fn read(der: &[u8]) -> Result<Facts, CertificateError> {
    let parsed = Parsed::read(der)?;
    let usage = parsed.content.usage.as_ref();
    Ok(Facts {
        identity: parsed.identity()?,
        is_ca: parsed.content.is_ca,
        signs_certificates: usage.map(KeyUsage::key_cert_sign),
        signs: usage.map(KeyUsage::digital_signature),
    })
}

impl From<der::Error> for CertificateError {
    fn from(error: der::Error) -> Self {
        Self::Der(error.to_string())
    }
}

/// Lower-case hexadecimal, without the sign byte and leading zeros.
fn serial(bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    match hex.trim_start_matches('0') {
        "" => "0".into(),
        digits => digits.into(),
    }
}
