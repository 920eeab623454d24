//! What TLS itself checks of a client: that it holds the key of the certificate it shows.
//!
//! Trust is decided by [`judge`](crate::judge) afterwards, so that a person with an expired
//! certificate gets a page that says so. In `hard` mode the same function also ends the handshake.

use std::sync::Arc;

use countersign_core::{ClientMode, Reason, Refusal, UnixTime};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, UnixTime as TlsTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};

use crate::{Trust, judge};

/// Asks for a certificate, and checks that the client holds its key.
#[derive(Debug)]
pub(crate) struct KeyHolder {
    /// Of the site and its routes.
    trusts: Vec<Arc<Trust>>,
    hints: Vec<DistinguishedName>,
    hard: bool,
    provider: Arc<CryptoProvider>,
}

impl KeyHolder {
    /// `mode` is not `off`: who asks for no certificate needs no verifier.
    pub(crate) fn new(trusts: Vec<Arc<Trust>>, mode: ClientMode, provider: Arc<CryptoProvider>) -> Self {
        let hints = trusts.iter().flat_map(|trust| trust.hints()).collect();
        Self { trusts, hints, hard: mode == ClientMode::Hard, provider }
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
            // Which route will be asked for is not known yet, so one of the trusts is enough here;
            // each request is judged by the trust of its own route. The site's own trust speaks
            // for all if none accepts.
            let mut judged = self.trusts.iter().map(|trust| judge(&chain, trust, now));
            let first = judged.next().unwrap_or_else(|| Err(Refusal::new(Reason::ClientCertUnknownCa)));
            if let Err(refusal) = first
                && !judged.any(|other| other.is_ok())
            {
                return Err(alert(refusal));
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

/// The error whose TLS alert comes nearest (RFC 8446 section 6.2). Where TLS has no word for it,
/// the refusal itself goes along.
fn alert(refusal: Refusal) -> Error {
    Error::InvalidCertificate(match refusal.reason() {
        Reason::ClientCertExpired => CertificateError::Expired,
        Reason::ClientCertNotYetValid => CertificateError::NotValidYet,
        Reason::ClientCertUnknownCa => CertificateError::UnknownIssuer,
        Reason::ClientCertWrongUsage => CertificateError::InvalidPurpose,
        Reason::ClientCertBadSignature => CertificateError::BadSignature,
        Reason::ClientCertMalformed => CertificateError::BadEncoding,
        Reason::ClientCertRevoked => CertificateError::Revoked,
        _ => CertificateError::Other(OtherError(Arc::new(Refused(refusal)))),
    })
}

/// A refusal inside a TLS error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(Refusal);

/// Why a handshake failed: the code of the reason if it was for the client's certificate, and what
/// TLS says.
pub(crate) fn explain(error: &std::io::Error) -> (&'static str, String) {
    let tls = error.get_ref().and_then(|error| error.downcast_ref::<Error>());
    let reason = match tls {
        Some(Error::NoCertificatesPresented) => Some(Reason::ClientCertMissing),
        Some(Error::InvalidCertificate(error)) => match error {
            CertificateError::Expired => Some(Reason::ClientCertExpired),
            CertificateError::NotValidYet => Some(Reason::ClientCertNotYetValid),
            CertificateError::UnknownIssuer => Some(Reason::ClientCertUnknownCa),
            CertificateError::InvalidPurpose => Some(Reason::ClientCertWrongUsage),
            CertificateError::BadSignature => Some(Reason::ClientCertBadSignature),
            CertificateError::BadEncoding => Some(Reason::ClientCertMalformed),
            CertificateError::Revoked => Some(Reason::ClientCertRevoked),
            CertificateError::Other(OtherError(inner)) => {
                inner.downcast_ref::<Refused>().map(|refused| refused.0.reason())
            }
            _ => None,
        },
        _ => None,
    };
    (reason.map_or("", Reason::code), error.to_string())
}
