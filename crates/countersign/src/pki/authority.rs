//! The certificate authority: one key that signs server and client certificates.
//!
//! Every key that is made here is P-256, and nobody is asked for one. A root allows no CA below it
//! (`pathLenConstraint` 0): whatever it signed by mistake cannot grow a branch under it. Only
//! [`Deviations`] changes that.
//!
//! **Invariant**: an [`Authority`] holds a CA certificate and *its* key, and what comes out names
//! that CA byte for byte as its issuer. Verifiers match those names, so a certificate with a
//! re-encoded one would chain to nothing.

use std::{fmt, time::SystemTime};

use der::{
    Decode, Encode, EncodePem,
    pem::{LineEnding, decode_label},
};
use rcgen::{CertificateParams, Issuer, KeyPair, PublicKeyData};
use x509_cert::{Certificate, ext::pkix};

use super::{
    AuthorityCertificate, ClientRequest, Deviations, Facts, Issued, PkiError, ServerRequest,
    request::{self, Profile},
    template,
    validity::Validity,
};

/// A CA that can sign: its certificate, its key, and the CAs above it.
pub struct Authority {
    certificate: Certificate,
    own: AuthorityCertificate,
    above: Vec<AuthorityCertificate>,
    facts: Facts,
    path_len: Option<u8>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// A new root CA, valid for `days` from `now`.
    pub fn create(name: &str, days: u32, now: SystemTime) -> Result<Self, PkiError> {
        Self::create_with(name, days, now, &Deviations::default())
    }

    /// As [`create`](Self::create), with deviations for tests.
    pub fn create_with(name: &str, days: u32, now: SystemTime, deviations: &Deviations) -> Result<Self, PkiError> {
        check_request(name, days)?;
        let validity = Validity::new(days, now, None, deviations)?;
        let params = template::authority(name, deviations.path_len.unwrap_or(0), &validity)?;
        let key = KeyPair::generate()?;
        let certificate = Certificate::from_der(params.self_signed(&key)?.der())?;
        Self::from_parts(certificate, key, Vec::new())
    }

    /// An existing CA: one certificate and its unencrypted key, both PEM.
    pub fn from_pem(cert_pem: &str, key_pem: &str) -> Result<Self, PkiError> {
        let invalid = |expected| PkiError::AuthorityPem { part: "certificate", expected };
        let certificates = Certificate::load_pem_chain(cert_pem.as_bytes())
            .map_err(|error| invalid(format!("expected PEM, {error}")))?;
        let count = certificates.len();
        let [certificate] = <[Certificate; 1]>::try_from(certificates)
            .map_err(|_| invalid(format!("expected one, the CA's own, found {count}")))?;
        Self::from_parts(certificate, pkcs8(key_pem)?, Vec::new())
    }

    /// A CA below this one. Refused where this one allows none below it.
    pub fn issue_intermediate(
        &self,
        name: &str,
        days: u32,
        now: SystemTime,
        deviations: &Deviations,
    ) -> Result<Self, PkiError> {
        check_request(name, days)?;
        let path_len = match (deviations.path_len, self.path_len) {
            (Some(explicit), _) => explicit,
            (None, None) => 0,
            (None, Some(allowed)) => {
                allowed.checked_sub(1).ok_or_else(|| PkiError::NoAuthorityBelow(self.facts.subject.clone()))?
            }
        };
        let validity = Validity::new(days, now, Some(&self.facts), deviations)?;
        let mut params = template::authority(name, path_len, &validity)?;
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        Self::from_parts(self.sign(&params, &key)?, key, self.lineage())
    }

    /// A certificate and key for a server.
    pub fn issue_server(&self, request: &ServerRequest, now: SystemTime) -> Result<Issued, PkiError> {
        self.issue_server_with(request, now, &Deviations::default())
    }

    /// As [`issue_server`](Self::issue_server), with deviations for tests.
    pub fn issue_server_with(
        &self,
        request: &ServerRequest,
        now: SystemTime,
        deviations: &Deviations,
    ) -> Result<Issued, PkiError> {
        self.issue(request.profile().map_err(PkiError::Request)?, now, deviations)
    }

    /// A certificate and key for a client.
    pub fn issue_client(&self, request: &ClientRequest, now: SystemTime) -> Result<Issued, PkiError> {
        self.issue_client_with(request, now, &Deviations::default())
    }

    /// As [`issue_client`](Self::issue_client), with deviations for tests.
    pub fn issue_client_with(
        &self,
        request: &ClientRequest,
        now: SystemTime,
        deviations: &Deviations,
    ) -> Result<Issued, PkiError> {
        self.issue(request.profile().map_err(PkiError::Request)?, now, deviations)
    }

    /// The CA's own certificate: what others are told to trust.
    pub fn certificate(&self) -> &AuthorityCertificate {
        &self.own
    }

    /// What that certificate says.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The CA's private key, PKCS#8. Whoever holds it can be anybody.
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    fn issue(&self, profile: Profile, now: SystemTime, deviations: &Deviations) -> Result<Issued, PkiError> {
        let validity = Validity::new(profile.days, now, Some(&self.facts), deviations)?;
        let params = template::end_entity(&profile, &validity, deviations)?;
        let key = KeyPair::generate()?;
        let certificate = self.sign(&params, &key)?;
        Ok(Issued {
            cert_pem: certificate.to_pem(LineEnding::LF)?,
            cert_der: certificate.to_der()?,
            key_pem: key.serialize_pem(),
            key_der: key.serialize_der(),
            facts: Facts::read(&certificate, profile.sans)?,
            authorities: self.lineage(),
        })
    }

    fn sign(&self, params: &CertificateParams, key: &KeyPair) -> Result<Certificate, PkiError> {
        let certificate = Certificate::from_der(params.signed_by(key, &self.issuer)?.der())?;
        if certificate.tbs_certificate().issuer() != self.certificate.tbs_certificate().subject() {
            return Err(self.unfit("a subject with each attribute once and none combined"));
        }
        Ok(certificate)
    }

    fn from_parts(certificate: Certificate, key: KeyPair, above: Vec<AuthorityCertificate>) -> Result<Self, PkiError> {
        let tbs = certificate.tbs_certificate();
        let der = certificate.to_der()?;
        let own = AuthorityCertificate {
            pem: certificate.to_pem(LineEnding::LF)?,
            is_root: tbs.issuer() == tbs.subject(),
            der: der.clone(),
        };
        let constraints = tbs.get_extension::<pkix::BasicConstraints>()?.map(|(_, value)| value);
        let usage = tbs.get_extension::<pkix::KeyUsage>()?.map(|(_, value)| value);
        let same_key = tbs.subject_public_key_info().to_der()? == key.subject_public_key_info();
        let authority = Self {
            facts: Facts::read(&certificate, Vec::new())?,
            path_len: constraints.as_ref().and_then(|value| value.path_len_constraint),
            issuer: Issuer::from_ca_cert_der(&der.into(), key)?,
            certificate,
            own,
            above,
        };
        if !constraints.is_some_and(|value| value.ca) {
            return Err(authority.unfit("a CA certificate (basic constraints)"));
        }
        if usage.is_some_and(|usage| !usage.key_cert_sign()) {
            return Err(authority.unfit("a certificate that may sign others (key usage)"));
        }
        if !same_key {
            return Err(authority.unfit("the private key of that very certificate"));
        }
        Ok(authority)
    }

    pub(super) fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    fn lineage(&self) -> Vec<AuthorityCertificate> {
        std::iter::once(&self.own).chain(&self.above).cloned().collect()
    }

    pub(super) fn unfit(&self, expected: &'static str) -> PkiError {
        PkiError::UnfitAuthority { subject: self.facts.subject.clone(), expected }
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("facts", &self.facts).finish_non_exhaustive()
    }
}

fn check_request(name: &str, days: u32) -> Result<(), PkiError> {
    let mut problems = request::days(days);
    problems.extend(request::subject("name", name));
    if problems.is_empty() { Ok(()) } else { Err(PkiError::Request(problems)) }
}

/// A key in the one form that every key here has; OpenSSL's older forms would come out mislabelled.
fn pkcs8(key_pem: &str) -> Result<KeyPair, PkiError> {
    let labelled = decode_label(key_pem.as_bytes()) == Ok("PRIVATE KEY");
    let key = if labelled { KeyPair::from_pem(key_pem).ok() } else { None };
    key.ok_or_else(|| PkiError::AuthorityPem {
        part: "private key",
        expected: "expected unencrypted PKCS#8, which \"openssl pkcs8 -topk8 -nocrypt\" makes".to_owned(),
    })
}
