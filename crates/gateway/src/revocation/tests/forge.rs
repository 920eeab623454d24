//! CRLs byte by byte, so that they can be wrong in one place, and CAs that sign them.

use std::time::Duration;

use countersign_core::UnixTime;
use der::{
    Decode, Encode,
    asn1::{GeneralizedTime, ObjectIdentifier, UtcTime},
};
use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SerialNumber, SigningKey, date_time_ymd,
};
use x509_cert::Certificate;

use crate::{Crl, CrlError, LoadedCrl, Trust, chain::Link};

/// 2027-01-15
pub(super) const NOW: UnixTime = UnixTime(1_800_000_000);
pub(super) const DAY: i64 = 86_400;

pub(super) struct Ca {
    issuer: Issuer<'static, KeyPair>,
    pub(super) der: Vec<u8>,
    cert: Certificate,
}

/// A certificate with what a link of its path needs.
pub(super) struct Issued {
    der: Vec<u8>,
    cert: Certificate,
    issuer_name: Vec<u8>,
    issuer_spki: Vec<u8>,
    pub(super) may_sign: Option<bool>,
}

impl Ca {
    pub(super) fn new(name: &str) -> Self {
        Self::with(name, vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign])
    }

    pub(super) fn with(name: &str, usages: Vec<KeyUsagePurpose>) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = usages;
        params.not_before = date_time_ymd(2026, 1, 1);
        params.not_after = date_time_ymd(2036, 1, 1);
        let key = KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap().der().to_vec();
        let cert = Certificate::from_der(&der).unwrap();
        Self { issuer: Issuer::new(params, key), der, cert }
    }

    pub(super) fn trust(&self) -> Trust {
        Trust::new("staff", &[self.der.clone().into()], 3, NOW).unwrap()
    }

    pub(super) fn spki(&self) -> Vec<u8> {
        self.cert.tbs_certificate().subject_public_key_info().to_der().unwrap()
    }

    pub(super) fn name(&self) -> Vec<u8> {
        self.cert.tbs_certificate().subject().to_der().unwrap()
    }

    /// A client's certificate of this serial, with these distribution points.
    pub(super) fn issue(&self, serial: &[u8], points: &[&[&str]]) -> Issued {
        self.issue_as(serial, points, IsCa::ExplicitNoCa)
    }

    pub(super) fn issue_as(&self, serial: &[u8], points: &[&[&str]], is_ca: IsCa) -> Issued {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "alice");
        params.serial_number = Some(SerialNumber::from_slice(serial));
        params.is_ca = is_ca;
        params.crl_distribution_points = points
            .iter()
            .map(|uris| CrlDistributionPoint { uris: uris.iter().map(|uri| (*uri).to_owned()).collect() })
            .collect();
        let der = params.signed_by(&KeyPair::generate().unwrap(), &self.issuer).unwrap().der().to_vec();
        let cert = Certificate::from_der(&der).unwrap();
        Issued { der, cert, issuer_name: self.name(), issuer_spki: self.spki(), may_sign: Some(true) }
    }
}

impl Issued {
    pub(super) fn link(&self) -> Link<'_> {
        Link {
            der: &self.der,
            cert: &self.cert,
            issuer_name: &self.issuer_name,
            issuer_spki: &self.issuer_spki,
            issuer_may_sign_crls: self.may_sign,
        }
    }
}

/// What a CRL is made of; whole and current unless changed.
#[derive(Clone)]
pub(super) struct Forged {
    pub(super) version: Option<Vec<u8>>,
    pub(super) algorithm: Vec<u8>,
    pub(super) outer_algorithm: Option<Vec<u8>>,
    pub(super) this_update: i64,
    pub(super) next_update: Option<i64>,
    pub(super) entries: Vec<u8>,
    pub(super) extensions: Vec<Vec<u8>>,
    pub(super) tail: Vec<u8>,
}

/// A CRL of yesterday until tomorrow, with this number.
pub(super) fn crl(number: u8) -> Forged {
    Forged {
        version: Some(vec![2, 1, 1]),
        algorithm: algorithm("1.2.840.10045.4.3.2"),
        outer_algorithm: None,
        this_update: NOW.0 - DAY,
        next_update: Some(NOW.0 + DAY),
        entries: Vec::new(),
        extensions: vec![extension("2.5.29.20", false, &tlv(2, &[&[number]]))],
        tail: Vec::new(),
    }
}

impl Forged {
    pub(super) fn from(mut self, this_update: i64) -> Self {
        self.this_update = this_update;
        self
    }

    pub(super) fn until(mut self, next_update: i64) -> Self {
        self.next_update = Some(next_update);
        self
    }

    pub(super) fn revoking(mut self, serial: &[u8]) -> Self {
        self.entries.extend(entry(serial, &[]));
        self
    }

    pub(super) fn extended(mut self, oid: &str, critical: bool, value: &[u8]) -> Self {
        self.extensions.push(extension(oid, critical, value));
        self
    }

    /// With an issuingDistributionPoint of these names.
    pub(super) fn partition(self, uris: &[&str]) -> Self {
        let point = tlv(0x30, &[&full_name(uris)]);
        self.extended("2.5.29.28", true, &point)
    }

    pub(super) fn signed_by(&self, ca: &Ca) -> Vec<u8> {
        let extensions = if self.extensions.is_empty() {
            Vec::new()
        } else {
            tlv(0xa0, &[&tlv(0x30, &[&self.extensions.concat()])])
        };
        let entries = if self.entries.is_empty() { Vec::new() } else { tlv(0x30, &[&self.entries]) };
        let tbs = tlv(
            0x30,
            &[
                self.version.as_deref().unwrap_or_default(),
                &self.algorithm,
                &ca.name(),
                &time(self.this_update),
                &self.next_update.map(time).unwrap_or_default(),
                &entries,
                &extensions,
                &self.tail,
            ],
        );
        let signature = ca.issuer.key().sign(&tbs).unwrap();
        let outer = self.outer_algorithm.as_ref().unwrap_or(&self.algorithm);
        tlv(0x30, &[&tbs, outer, &tlv(3, &[&[0], &signature])])
    }

    pub(super) fn read(&self, ca: &Ca) -> Result<Crl, CrlError> {
        Crl::read(&self.signed_by(ca))
    }

    pub(super) fn load(&self, ca: &Ca, file: &str) -> LoadedCrl {
        LoadedCrl { crl: self.read(ca).unwrap().into(), file: file.into() }
    }
}

pub(super) fn entry(serial: &[u8], extensions: &[Vec<u8>]) -> Vec<u8> {
    let extensions = if extensions.is_empty() { Vec::new() } else { tlv(0x30, &[&extensions.concat()]) };
    tlv(0x30, &[&tlv(2, &[serial]), &time(NOW.0 - 2 * DAY), &extensions])
}

pub(super) fn extension(oid: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    tlv(0x30, &[&ObjectIdentifier::new(oid).unwrap().to_der().unwrap(), critical, &tlv(4, &[value])])
}

/// A DistributionPointName with these URIs, under its tag.
pub(super) fn full_name(uris: &[&str]) -> Vec<u8> {
    let names: Vec<u8> = uris.iter().flat_map(|uri| tlv(0x86, &[uri.as_bytes()])).collect();
    tlv(0xa0, &[&tlv(0xa0, &[&names])])
}

pub(super) fn algorithm(oid: &str) -> Vec<u8> {
    tlv(0x30, &[&ObjectIdentifier::new(oid).unwrap().to_der().unwrap()])
}

pub(super) fn time(at: i64) -> Vec<u8> {
    let since = Duration::from_secs(at.try_into().unwrap());
    match UtcTime::from_unix_duration(since) {
        Ok(time) => time.to_der().unwrap(),
        Err(_) => GeneralizedTime::from_unix_duration(since).unwrap().to_der().unwrap(),
    }
}

pub(super) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let skip = bytes.iter().take_while(|b| **b == 0).count();
        out.push(0x80 | (bytes.len() - skip) as u8);
        out.extend(&bytes[skip..]);
    }
    parts.iter().for_each(|part| out.extend(*part));
    out
}
