//! One step of an accepted path, as revocation asks about it.

use x509_cert::Certificate;

/// A certificate of the path with what is needed to check a CRL of its issuer. The leaf comes
/// first; the last link was issued by the anchor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link<'a> {
    /// The certificate.
    pub(crate) der: &'a [u8],
    /// The same, parsed.
    pub(crate) cert: &'a Certificate,
    /// DER `Name` of its issuer.
    pub(crate) issuer_name: &'a [u8],
    /// DER `SubjectPublicKeyInfo` of its issuer.
    pub(crate) issuer_spki: &'a [u8],
    /// keyUsage of its issuer: cRLSign. None if it has no keyUsage.
    pub(crate) issuer_may_sign_crls: Option<bool>,
}
