//! One step of a verified path: a certificate, and who issued it.
//!
//! Made of the path that webpki verified and of nothing else: by name alone, two CAs that share one
//! would be taken for each other.

use countersign_core::{Reason, Refusal};
use der::{Decode, Encode, asn1::AnyRef};
use rustls::pki_types::CertificateDer;
use webpki::VerifiedPath;
use x509_cert::{Certificate, ext::pkix::KeyUsage};

use crate::Trust;

/// A certificate of a path and its issuer: the next certificate, or the anchor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link<'a> {
    /// The certificate.
    pub(crate) der: &'a [u8],
    /// The same, read.
    pub(crate) cert: &'a Certificate,
    /// The issuer's Name, DER.
    pub(crate) issuer_name: &'a [u8],
    /// The issuer's SubjectPublicKeyInfo, DER.
    pub(crate) issuer_spki: &'a [u8],
    /// cRLSign, if the issuer has a keyUsage.
    pub(crate) issuer_may_sign_crls: Option<bool>,
}

/// What the links of a path borrow.
#[derive(Debug)]
pub(crate) struct Path(Vec<Step>);

#[derive(Debug)]
struct Step {
    der: Vec<u8>,
    cert: Certificate,
    issuer_name: Vec<u8>,
    issuer_spki: Vec<u8>,
    issuer_may_sign_crls: Option<bool>,
}

impl Path {
    /// Reads the certificates of a verified path, leaf first.
    pub(crate) fn read(leaf: &CertificateDer<'_>, path: &VerifiedPath<'_>, trust: &Trust) -> Result<Self, Refusal> {
        let read = || {
            let mut ders = vec![leaf.to_vec()];
            ders.extend(path.intermediate_certificates().map(|ca| ca.der().to_vec()));
            let certs: Vec<Certificate> =
                ders.iter().map(|der| Certificate::from_der(der)).collect::<Result<_, _>>()?;
            let mut steps: Vec<Step> = Vec::new();
            for (n, (der, cert)) in ders.into_iter().zip(&certs).enumerate() {
                let (issuer_spki, issuer_may_sign_crls) = match certs.get(n + 1) {
                    Some(ca) => (ca.tbs_certificate().subject_public_key_info().to_der()?, may_sign_crls(ca)?),
                    // webpki keeps the contents of an anchor's key without its tag and length.
                    None => (
                        AnyRef::new(der::Tag::Sequence, &path.anchor().subject_public_key_info)?.to_der()?,
                        trust.anchor_signs_crls(path.anchor()),
                    ),
                };
                let issuer_name = cert.tbs_certificate().issuer().to_der()?;
                steps.push(Step { der, cert: cert.clone(), issuer_name, issuer_spki, issuer_may_sign_crls });
            }
            Ok::<_, der::Error>(Self(steps))
        };
        read().map_err(|error| Refusal::new(Reason::ClientCertMalformed).received(error.to_string()))
    }

    /// Leaf first; the last one was issued by the anchor.
    pub(crate) fn links(&self) -> Vec<Link<'_>> {
        self.0.iter().map(Step::link).collect()
    }
}

impl Step {
    fn link(&self) -> Link<'_> {
        let Self { der, cert, issuer_name, issuer_spki, issuer_may_sign_crls } = self;
        Link { der, cert, issuer_name, issuer_spki, issuer_may_sign_crls: *issuer_may_sign_crls }
    }
}

/// cRLSign, if there is a keyUsage.
pub(crate) fn may_sign_crls(ca: &Certificate) -> der::Result<Option<bool>> {
    Ok(ca.tbs_certificate().get_extension::<KeyUsage>()?.map(|(_, usage)| usage.crl_sign()))
}
