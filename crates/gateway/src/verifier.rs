//! What TLS itself checks of a client: that it holds the key of the certificate it shows.
//!
//! Trust is decided by [`judge`](crate::judge) afterwards, so that a person with an expired
//! certificate gets a page that says so. In `hard` mode the same function also ends the handshake.

use std::sync::Arc;

use countersign_core::{ClientMode, Reason, UnixTime};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, UnixTime as TlsTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};

use crate::{Trust, judge};

/// Asks for a certificate, and checks that the client holds its key.
#[derive(Debug)]
pub(crate) struct KeyHolder {
    trust: Arc<Trust>,
    hints: Arc<[DistinguishedName]>,
    hard: bool,
    provider: Arc<CryptoProvider>,
}

impl KeyHolder {
    /// `mode` is not `off`: who asks for no certificate needs no verifier.
    pub(crate) fn new(trust: Arc<Trust>, mode: ClientMode, provider: Arc<CryptoProvider>) -> Self {
        let hints = trust.hints();
        Self { trust, hints, hard: mode == ClientMode::Hard, provider }
    }
}

impl ClientCertVerifier for KeyHolder {
    fn client_auth_mandatory(&self) -> bool {
        self.hard
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        cas: &[CertificateDer<'_>],
        now: TlsTime,
    ) -> Result<ClientCertVerified, Error> {
        if self.hard {
            let chain: Vec<_> = std::iter::once(leaf.clone()).chain(cas.iter().cloned()).collect();
            let now = UnixTime(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
            if let Err(refusal) = judge(&chain, &self.trust, now) {
                return Err(alert(refusal.reason()));
            }
        }
        // Fails open on purpose: this accepts any certificate whose key the client holds. Nothing
        // downstream takes a finished handshake for trust; each connection is judged by `judge`
        // before its first request is answered.
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The error whose TLS alert comes nearest (RFC 8446 section 6.2).
fn alert(reason: Reason) -> Error {
    Error::InvalidCertificate(match reason {
        Reason::ClientCertExpired => CertificateError::Expired,
        Reason::ClientCertNotYetValid => CertificateError::NotValidYet,
        Reason::ClientCertUnknownCa => CertificateError::UnknownIssuer,
        Reason::ClientCertWrongUsage => CertificateError::InvalidPurpose,
        Reason::ClientCertBadSignature => CertificateError::BadSignature,
        Reason::ClientCertMalformed => CertificateError::BadEncoding,
        _ => CertificateError::ApplicationVerificationFailure,
    })
}
