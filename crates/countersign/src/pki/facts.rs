//! What a certificate says, read back from its bytes.
//!
//! Reports and errors speak of the certificate that was made, not of the request that it was made
//! from: every value here comes out of the DER, except the alternative names, which it was given.

use std::time::SystemTime;

use der::Encode;
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use x509_cert::Certificate;

use super::{San, validity::rfc3339};

/// The facts of one certificate that people compare and look for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Facts {
    /// Subject as RFC 4514 writes it.
    pub subject: String,
    /// Issuer as RFC 4514 writes it.
    pub issuer: String,
    /// Subject alternative names.
    pub sans: Vec<San>,
    /// Serial number in upper-case hexadecimal, as `openssl x509 -serial` prints it.
    pub serial: String,
    /// First moment of validity.
    #[serde(serialize_with = "time")]
    pub not_before: SystemTime,
    /// Last moment of validity.
    #[serde(serialize_with = "time")]
    pub not_after: SystemTime,
    /// SHA-256 of the DER encoding in lower-case hexadecimal.
    pub sha256: String,
}

impl Facts {
    pub(super) fn read(certificate: &Certificate, sans: Vec<San>) -> Result<Self, der::Error> {
        let tbs = certificate.tbs_certificate();
        Ok(Self {
            subject: tbs.subject().to_string(),
            issuer: tbs.issuer().to_string(),
            sans,
            serial: upper_hex(tbs.serial_number().as_bytes()),
            not_before: tbs.validity().not_before.to_system_time(),
            not_after: tbs.validity().not_after.to_system_time(),
            sha256: Sha256::digest(certificate.to_der()?).iter().map(|b| format!("{b:02x}")).collect(),
        })
    }

    /// Start of validity as RFC 3339 writes it.
    pub fn not_before(&self) -> String {
        rfc3339(self.not_before)
    }

    /// End of validity as RFC 3339 writes it.
    pub fn not_after(&self) -> String {
        rfc3339(self.not_after)
    }
}

/// Without the zero byte that only keeps the integer positive.
pub(super) fn upper_hex(integer: &[u8]) -> String {
    let digits = match integer {
        [0, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    };
    digits.iter().map(|b| format!("{b:02X}")).collect()
}

pub(super) fn time<S: Serializer>(at: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*at))
}
