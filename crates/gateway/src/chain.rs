//! The one place where a presented chain is judged.
//!
//! TLS proves only that the client holds the key of its leaf. Whether the chain counts is decided
//! here, on every connection, resumed or not: rustls does not call a verifier on resumption, and
//! filters that relied on that were bypassed (Caddy 1fbb2872, Go CVE-2025-68121). `hard` mode
//! calls this same function inside the handshake as well.
//!
//! Refused, each by name: expired or not yet valid (leaf, CA or anchor), unknown CA, no client
//! usage, a leaf whose keyUsage leaves out digitalSignature, CAs that may not sign, chains longer
//! than the trust allows, broken or weak signatures, names outside constraints, malformed parts.
//! A leaf without an extendedKeyUsage extension is accepted, as RFC 5280 section 4.2.1.12 has it.
//!
//! Then each certificate of the path is looked up in the trust's CRLs and deny list (`revocation`).

use countersign_core::{Identity, Reason, Refusal, UnixTime};
use rustls::pki_types::{CertificateDer, UnixTime as TlsTime};
use webpki::{EndEntityCert, Error, KeyUsage, VerifiedPath};

use crate::{Checked, Trust, certificate, link::Path};

/// A chain that a trust accepted. Only [`judge`] makes one.
#[derive(Debug)]
pub struct VerifiedChain {
    identity: Identity,
    leaf: CertificateDer<'static>,
    holds_until: UnixTime,
    revocation: Checked,
}

impl VerifiedChain {
    /// What the leaf says.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The leaf, DER.
    #[must_use]
    pub fn leaf(&self) -> &CertificateDer<'static> {
        &self.leaf
    }

    /// What the absence of revocation rests on.
    #[must_use]
    pub fn revocation(&self) -> Checked {
        self.revocation
    }

    /// The last second at which leaf, CAs and anchor are all valid and the CRLs say the same; after
    /// it, judge again.
    #[must_use]
    pub fn holds_until(&self) -> UnixTime {
        self.holds_until
    }
}

/// Judges a chain, leaf first, as the client presented it.
///
/// # Errors
/// A [`Refusal`] with a reason of stage [`Identity`](countersign_core::Stage::Identity).
pub fn judge(presented: &[CertificateDer<'_>], trust: &Trust, now: UnixTime) -> Result<VerifiedChain, Refusal> {
    let [leaf, cas @ ..] = presented else {
        return Err(Refusal::new(Reason::ClientCertMissing));
    };
    let malformed = |why: String| Refusal::new(Reason::ClientCertMalformed).received(why);
    let facts = certificate::read(leaf).map_err(|e| malformed(e.to_string()))?;
    let parsed = EndEntityCert::try_from(leaf).map_err(|error| {
        malformed(match error {
            // What `openssl x509 -req` makes without -extfile or -copy_extensions.
            Error::UnsupportedCertVersion => {
                format!("{}, an X.509 version 1 certificate: issue it with extensions", facts.identity.subject)
            }
            other => format!("{}: {other}", facts.identity.subject),
        })
    })?;
    let seconds = u64::try_from(now.0).map_err(|_| malformed("the clock stands before 1970".into()))?;
    let time = TlsTime::since_unix_epoch(std::time::Duration::from_secs(seconds));

    let path = parsed
        .verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &trust.anchors,
            cas,
            time,
            KeyUsage::client_auth(),
            None,
            Some(&|path: &VerifiedPath<'_>| check_path(path, trust, now, time)),
        )
        .map_err(|error| explain(&error, &facts.identity, trust))?;
    if facts.signs == Some(false) {
        return Err(Refusal::new(Reason::ClientCertWrongUsage)
            .received(format!("{}, whose keyUsage leaves out digitalSignature", facts.identity.subject)));
    }
    let revocation = match trust.revocation() {
        // Nothing to look up: spares the reading of the path.
        none if none.is_empty() => Checked::NOTHING,
        lists => lists.check(&Path::read(leaf, &path, trust)?.links(), now)?,
    };
    let holds_until = path
        .intermediate_certificates()
        .filter_map(|ca| certificate::read(&ca.der()).ok())
        .map(|ca| ca.identity.not_after)
        .chain([facts.identity.not_after, trust.anchor_not_after(path.anchor())])
        .chain(revocation.holds_until)
        .min()
        .unwrap_or(facts.identity.not_after);
    Ok(VerifiedChain { identity: facts.identity, leaf: leaf.clone().into_owned(), holds_until, revocation })
}

/// What webpki leaves to its caller: depth, keyUsage of CAs, and the end of the anchor.
fn check_path(path: &VerifiedPath<'_>, trust: &Trust, now: UnixTime, time: TlsTime) -> Result<(), Error> {
    let mut depth = 0;
    for ca in path.intermediate_certificates() {
        depth += 1;
        let facts = certificate::read(&ca.der()).map_err(|_| Error::BadDer)?;
        if facts.signs_certificates == Some(false) {
            return Err(Error::EndEntityUsedAsCa);
        }
    }
    if depth > trust.max_depth() {
        return Err(Error::MaximumPathDepthExceeded);
    }
    let not_after = trust.anchor_not_after(path.anchor());
    if now > not_after {
        let end = std::time::Duration::from_secs(u64::try_from(not_after.0).unwrap_or(0));
        return Err(Error::CertExpired { time, not_after: TlsTime::since_unix_epoch(end) });
    }
    Ok(())
}

fn explain(error: &Error, leaf: &Identity, trust: &Trust) -> Refusal {
    let subject = &leaf.subject;
    let seconds = |time: &TlsTime| UnixTime(i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
    let whose = |end: UnixTime, own: UnixTime| if end == own { subject.clone() } else { format!("a CA of {subject}") };
    match error {
        Error::CertExpired { not_after, .. } => {
            let end = seconds(not_after);
            Refusal::new(Reason::ClientCertExpired)
                .received(format!("{}, valid until {end}", whose(end, leaf.not_after)))
        }
        Error::CertNotValidYet { not_before, .. } => {
            let start = seconds(not_before);
            Refusal::new(Reason::ClientCertNotYetValid)
                .received(format!("{}, valid from {start}", whose(start, leaf.not_before)))
        }
        Error::UnknownIssuer => Refusal::new(Reason::ClientCertUnknownCa)
            .received(format!("{subject}, issued by {}", leaf.issuer))
            .expected(format!("issued by {}", trust.accepted())),
        Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => {
            Refusal::new(Reason::ClientCertWrongUsage).received(subject).expected("extendedKeyUsage clientAuth")
        }
        Error::CaUsedAsEndEntity => {
            Refusal::new(Reason::ClientCertWrongUsage).received(format!("{subject}, a CA certificate"))
        }
        Error::EndEntityUsedAsCa => Refusal::new(Reason::ClientCertWrongUsage)
            .received(format!("{subject}, issued by a certificate that may not issue any")),
        Error::MaximumPathDepthExceeded | Error::PathLenConstraintViolated => {
            Refusal::new(Reason::ClientCertChainTooLong)
                .received(subject)
                .expected(format!("at most {} CAs in between", trust.max_depth()))
        }
        Error::InvalidSignatureForPublicKey
        | Error::SignatureAlgorithmMismatch
        | Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
        | Error::MaximumSignatureChecksExceeded => {
            Refusal::new(Reason::ClientCertBadSignature).received(format!("{subject}: {error}"))
        }
        Error::NameConstraintViolation
        | Error::MalformedNameConstraint
        | Error::UnsupportedNameType
        | Error::InvalidNetworkMaskConstraint
        | Error::MaximumNameConstraintComparisonsExceeded => {
            Refusal::new(Reason::ClientCertNameConstraint).received(format!("{subject}: {error}"))
        }
        _ => Refusal::new(Reason::ClientCertMalformed).received(format!("{subject}: {error}")),
    }
}
