//! Who shows which certificate.

use std::sync::Arc;

use rustls::{
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};

/// A client certificate and its key, and how a command line would name them.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub(crate) key: Arc<CertifiedKey>,
    /// Files, for `curl`; what a run made itself has none.
    pub(crate) files: Option<(String, String)>,
    /// What the subject's common name says, where it is known.
    pub(crate) name: Option<String>,
}

/// A certificate or key that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// No PEM certificate in it.
    #[error("no usable PEM certificate: {0}")]
    Certificate(String),
    /// No unencrypted PEM key in it.
    #[error("no usable PEM key: {0}")]
    Key(String),
}

impl Credentials {
    /// From PEM: the leaf, any CAs above it, and the key. `files` is how a command line names them.
    pub fn from_pem(
        certificates: &[u8],
        key: &[u8],
        files: Option<(String, String)>,
        name: Option<String>,
    ) -> Result<Self, CredentialsError> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<_, _>>()
            .map_err(|error| CredentialsError::Certificate(error.to_string()))?;
        if chain.is_empty() {
            return Err(CredentialsError::Certificate("there is none in the file".into()));
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| CredentialsError::Key(error.to_string()))?;
        let key =
            provider().key_provider.load_private_key(key).map_err(|error| CredentialsError::Key(error.to_string()))?;
        Ok(Self { key: Arc::new(CertifiedKey::new(chain, key)), files, name })
    }

    /// The leaf.
    pub(crate) fn leaf(&self) -> &[u8] {
        self.key.cert.first().map_or(&[], |leaf| leaf)
    }
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// The certificates of a run. What was not given is not tested, and the report says so.
#[derive(Clone, Debug)]
pub struct Certificates {
    /// Of the victim, whom attacks are sent as.
    pub own: Credentials,
    /// Of another person.
    pub second: Option<Credentials>,
    /// Made for this run, by nobody's CA.
    pub self_signed: Option<Credentials>,
    /// Of a CA that calls itself as the right one does.
    pub impostor: Option<Credentials>,
    /// Of the issuing CA, and over.
    pub expired: Option<Credentials>,
    /// Of the issuing CA, and not begun.
    pub not_yet_valid: Option<Credentials>,
    /// Of the issuing CA, for servers alone.
    pub wrong_usage: Option<Credentials>,
    /// Revoked by its CA.
    pub revoked: Option<Credentials>,
}
