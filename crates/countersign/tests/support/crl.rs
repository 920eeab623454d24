//! CRLs, current and outdated, of the CAs of a run.

use std::time::{Duration, SystemTime};

use countersign::pki::Authority;
use der::Decode;
use rcgen::{
    CertificateParams, CertificateRevocationListParams, CrlDistributionPoint, CrlIssuingDistributionPoint, CrlScope,
    DnType, ExtendedKeyUsagePurpose, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason,
    RevokedCertParams,
};
use rustls::pki_types::PrivateKeyDer;
use x509_cert::Certificate;

use super::pki::Credentials;

const DAY: Duration = Duration::from_secs(86_400);

/// What a CRL says; current unless something else is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Crl {
    number: u64,
    this_update: SystemTime,
    next_update: SystemTime,
    revoked: Vec<Vec<u8>>,
    partition: Option<CrlIssuingDistributionPoint>,
}

impl Crl {
    /// Of today until tomorrow, with nobody on it.
    pub(crate) fn new(number: u64) -> Self {
        let now = SystemTime::now();
        Self { number, this_update: now - DAY, next_update: now + 2 * DAY, revoked: Vec::new(), partition: None }
    }

    /// With the certificate at this place of the chain; 0 is the leaf.
    pub(crate) fn revoking(mut self, who: &Credentials, place: usize) -> Self {
        self.revoked.push(serial(who, place));
        self
    }

    /// Ended so long ago.
    pub(crate) fn ended(mut self, ago: Duration) -> Self {
        let now = SystemTime::now();
        (self.this_update, self.next_update) = (now - ago - DAY, now - ago);
        self
    }

    /// Ends after so long.
    pub(crate) fn ends_in(mut self, life: Duration) -> Self {
        self.next_update = SystemTime::now() + life;
        self
    }

    /// Begins after so long.
    pub(crate) fn begins_in(mut self, wait: Duration) -> Self {
        self.this_update = SystemTime::now() + wait;
        self
    }

    /// Of so long ago.
    pub(crate) fn made(mut self, ago: Duration) -> Self {
        self.this_update = SystemTime::now() - ago;
        self
    }

    /// For the certificates with this distribution point alone.
    pub(crate) fn partition(mut self, uri: &str, scope: Option<CrlScope>) -> Self {
        let distribution_point = CrlDistributionPoint { uris: vec![uri.into()] };
        self.partition = Some(CrlIssuingDistributionPoint { distribution_point, scope });
        self
    }

    /// Signed by this CA, PEM.
    pub(crate) fn signed_by(&self, ca: &Authority) -> String {
        let key = KeyPair::from_pem(&ca.key_pem()).unwrap();
        let issuer = Issuer::from_ca_cert_der(&ca.certificate().der.clone().into(), key).unwrap();
        let revoked_certs = self.revoked.iter().map(|serial| RevokedCertParams {
            serial_number: serial.clone().into(),
            revocation_time: (SystemTime::now() - DAY).into(),
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        });
        let params = CertificateRevocationListParams {
            this_update: self.this_update.into(),
            next_update: self.next_update.into(),
            crl_number: self.number.into(),
            issuing_distribution_point: self.partition.clone(),
            revoked_certs: revoked_certs.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&issuer).unwrap().pem().unwrap()
    }
}

/// The serial at a place of the chain; 0 is the leaf.
pub(crate) fn serial(who: &Credentials, place: usize) -> Vec<u8> {
    let cert = Certificate::from_der(&who.chain[place]).unwrap();
    cert.tbs_certificate().serial_number().as_bytes().to_vec()
}

/// Of this CA, with these distribution points.
pub(crate) fn with_points(ca: &Authority, name: &str, uris: &[&str]) -> Credentials {
    let key = KeyPair::from_pem(&ca.key_pem()).unwrap();
    let issuer = Issuer::from_ca_cert_der(&ca.certificate().der.clone().into(), key).unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.crl_distribution_points =
        uris.iter().map(|uri| CrlDistributionPoint { uris: vec![(*uri).to_owned()] }).collect();
    let now = SystemTime::now();
    (params.not_before, params.not_after) = ((now - DAY).into(), (now + DAY).into());
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    Credentials { chain: vec![certificate.der().clone()], key: PrivateKeyDer::try_from(key.serialize_der()).unwrap() }
}
