//! A certificate with its private key, in memory.
//!
//! [`Issued`] writes nothing: the caller decides whether the key reaches a disk. `Debug` leaves the
//! key out, so that no log can hold one by accident.

use std::fmt;

use super::Facts;

/// What the CA made: a certificate, its key, and the CAs above.
#[derive(Clone)]
#[non_exhaustive]
pub struct Issued {
    /// The certificate alone.
    pub cert_pem: String,
    /// The certificate alone.
    pub cert_der: Vec<u8>,
    /// The private key, PKCS#8.
    pub key_pem: String,
    /// The private key, PKCS#8.
    pub key_der: Vec<u8>,
    /// What the certificate says.
    pub facts: Facts,
    /// The CA that signed it, then those above as far as they are known.
    pub authorities: Vec<AuthorityCertificate>,
}

/// A CA's certificate, without its key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthorityCertificate {
    /// The certificate.
    pub der: Vec<u8>,
    /// The certificate.
    pub pem: String,
    /// Whether it names itself as issuer.
    pub is_root: bool,
}

impl Issued {
    /// What to present in a handshake: the certificate, then the CAs between it and the root. The
    /// root stays out: who trusts it has it, and to anybody else it proves nothing (RFC 8446,
    /// 4.4.2).
    pub fn chain_der(&self) -> Vec<Vec<u8>> {
        std::iter::once(self.cert_der.clone()).chain(self.intermediates().map(|ca| ca.der.clone())).collect()
    }

    /// The same as a PEM file.
    pub fn chain_pem(&self) -> String {
        std::iter::once(self.cert_pem.as_str()).chain(self.intermediates().map(|ca| ca.pem.as_str())).collect()
    }

    fn intermediates(&self) -> impl Iterator<Item = &AuthorityCertificate> {
        self.authorities.iter().filter(|ca| !ca.is_root)
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("facts", &self.facts).finish_non_exhaustive()
    }
}
