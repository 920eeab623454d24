//! Makes certificates part by part, so that each part can be wrong.

use crate::{
    asn1::{
        BOOLEAN, IA5, OCTET_STRING, PRINTABLE, SEQUENCE, SET, UTF8, bits, int, named_bits, oid, seq, tagged, time, tlv,
    },
    keys::{How, Key},
};

/// 2026-11-01, when every row is judged unless it says otherwise.
pub(crate) const NOW: i64 = 1_793_491_200;
pub(crate) const DAY: i64 = 86_400;

pub(crate) const SKI: &str = "2.5.29.14";
pub(crate) const KEY_USAGE: &str = "2.5.29.15";
pub(crate) const SAN: &str = "2.5.29.17";
pub(crate) const BASIC: &str = "2.5.29.19";
pub(crate) const NAME_CONSTRAINTS: &str = "2.5.29.30";
pub(crate) const AKI: &str = "2.5.29.35";
pub(crate) const EKU: &str = "2.5.29.37";
/// One that nobody knows.
pub(crate) const UNKNOWN: &str = "1.3.6.1.4.1.32473.1";

pub(crate) const CLIENT: &str = "1.3.6.1.5.5.7.3.2";
pub(crate) const SERVER: &str = "1.3.6.1.5.5.7.3.1";
pub(crate) const EMAIL: &str = "1.3.6.1.5.5.7.3.4";
pub(crate) const ANY: &str = "2.5.29.37.0";

pub(crate) const DIGITAL_SIGNATURE: u8 = 0;
pub(crate) const KEY_ENCIPHERMENT: u8 = 2;
pub(crate) const CERT_SIGN: u8 = 5;
pub(crate) const CRL_SIGN: u8 = 6;

/// A certificate to be.
#[derive(Clone)]
pub(crate) struct Spec {
    /// 3 unless said otherwise.
    pub(crate) version: u8,
    /// The content of the INTEGER.
    pub(crate) serial: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) validity: (Vec<u8>, Vec<u8>),
    pub(crate) key: Key,
    /// Name, critical, value.
    pub(crate) extensions: Vec<(String, bool, Vec<u8>)>,
    /// After the key, as issuerUniqueID.
    pub(crate) unique_id: bool,
    pub(crate) how: How,
    /// Another algorithm beside the signature than inside.
    pub(crate) outer_algorithm: Option<Vec<u8>>,
    /// What happens to the finished certificate.
    pub(crate) spoil: Option<fn(&mut Vec<u8>)>,
}

/// A CA that can issue.
#[derive(Clone)]
pub(crate) struct Ca {
    pub(crate) der: Vec<u8>,
    pub(crate) name: Vec<u8>,
    pub(crate) key: Key,
    pub(crate) how: How,
}

impl Spec {
    fn new(subject: Vec<u8>, key: Key, usage: &[u8]) -> Self {
        let mut spec = Self {
            version: 3,
            serial: vec![0x11, 0x22, 0x33],
            issuer: subject.clone(),
            subject,
            validity: (time(NOW - 30 * DAY), time(NOW + 30 * DAY)),
            key,
            extensions: Vec::new(),
            unique_id: false,
            how: How::Usual,
            outer_algorithm: None,
            spoil: None,
        };
        spec.set(KEY_USAGE, true, named_bits(usage));
        spec
    }

    fn ca(name: &str, key: Key) -> Self {
        let mut spec = Self::new(dn(&[("O", "Example"), ("CN", name)]), key, &[CERT_SIGN, CRL_SIGN]);
        spec.set(BASIC, true, basic(true, None));
        spec
    }

    pub(crate) fn set(&mut self, extension: &str, critical: bool, value: Vec<u8>) {
        self.remove(extension);
        self.extensions.push((extension.into(), critical, value));
    }

    pub(crate) fn remove(&mut self, extension: &str) {
        self.extensions.retain(|(name, ..)| name != extension);
    }

    pub(crate) fn repeat(&mut self, extension: &str) {
        let found = self.extensions.iter().find(|(name, ..)| name == extension).unwrap().clone();
        self.extensions.push(found);
    }

    pub(crate) fn usage(&mut self, bits: &[u8]) {
        self.set(KEY_USAGE, true, named_bits(bits));
    }

    pub(crate) fn purposes(&mut self, purposes: &[&str]) {
        self.set(EKU, false, seq(&purposes.iter().map(|purpose| oid(purpose)).collect::<Vec<_>>()));
    }

    pub(crate) fn names(&mut self, names: &[Vec<u8>]) {
        self.set(SAN, false, seq(names));
    }

    pub(crate) fn constrain(&mut self, permitted: &[Vec<u8>], excluded: &[Vec<u8>]) {
        self.set(NAME_CONSTRAINTS, true, name_constraints(permitted, excluded));
    }

    pub(crate) fn between(&mut self, start: i64, end: i64) {
        self.validity = (time(start), time(end));
    }

    fn tbs(&self, algorithm: &[u8]) -> Vec<u8> {
        let mut parts = Vec::new();
        if self.version > 1 {
            parts.push(tagged(0, &[int(u16::from(self.version - 1))]));
        }
        parts.push(tlv(crate::asn1::INTEGER, &self.serial));
        parts.push(algorithm.to_vec());
        parts.push(self.issuer.clone());
        parts.push(seq(&[self.validity.0.clone(), self.validity.1.clone()]));
        parts.push(self.subject.clone());
        parts.push(self.key.spki.clone());
        if self.unique_id {
            parts.push(tlv(0x81, &[0, 1]));
        }
        if !self.extensions.is_empty() {
            let extensions = self.extensions.iter().map(|(name, critical, value)| {
                let critical = if *critical { tlv(BOOLEAN, &[0xff]) } else { Vec::new() };
                seq(&[oid(name), critical, tlv(OCTET_STRING, value)])
            });
            parts.push(tagged(3, &[seq(&extensions.collect::<Vec<_>>())]));
        }
        seq(&parts)
    }

    fn signed(&self, by: &Key, how: How) -> Vec<u8> {
        let (algorithm, tbs, signature) = by.sign(|algorithm| self.tbs(algorithm), how);
        let outer = self.outer_algorithm.clone().unwrap_or(algorithm);
        let mut der = seq(&[tbs, outer, bits(&signature)]);
        if let Some(spoil) = self.spoil {
            spoil(&mut der);
        }
        der
    }
}

impl Ca {
    /// A root, after `change`.
    pub(crate) fn root(name: &str, key: Key, change: impl FnOnce(&mut Spec)) -> Self {
        let mut spec = Spec::ca(name, key);
        spec.set(SKI, false, key_id(&spec.key));
        change(&mut spec);
        let der = spec.signed(&spec.key, spec.how);
        Self { der, name: spec.subject.clone(), how: spec.how, key: spec.key }
    }

    /// A CA below this one.
    pub(crate) fn ca(&self, name: &str, key: Key, change: impl FnOnce(&mut Spec)) -> Self {
        let spec = self.spec(Spec::ca(name, key), change);
        Self { der: spec.signed(&self.key, self.how), name: spec.subject.clone(), how: How::Usual, key: spec.key }
    }

    /// Alice, of this CA.
    pub(crate) fn leaf(&self, change: impl FnOnce(&mut Spec)) -> Vec<u8> {
        thread_local!(static KEY: Key = Key::p256());
        let mut spec = Spec::new(dn(&[("O", "Example"), ("CN", "alice")]), KEY.with(Key::clone), &[DIGITAL_SIGNATURE]);
        spec.purposes(&[CLIENT]);
        spec.names(&[email("alice@example.com")]);
        self.spec(spec, change).signed(&self.key, self.how)
    }

    fn spec(&self, mut spec: Spec, change: impl FnOnce(&mut Spec)) -> Spec {
        spec.issuer.clone_from(&self.name);
        change(&mut spec);
        if spec.extensions.is_empty() {
            return spec;
        }
        for (name, value) in [(SKI, key_id(&spec.key)), (AKI, seq(&[tlv(0x80, &key_id(&self.key)[2..])]))] {
            if !spec.extensions.iter().any(|(known, ..)| known == name) {
                spec.set(name, false, value);
            }
        }
        spec
    }
}

fn key_id(key: &Key) -> Vec<u8> {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &key.spki);
    tlv(OCTET_STRING, &digest.as_ref()[..20])
}

pub(crate) fn basic(ca: bool, path_len: Option<u16>) -> Vec<u8> {
    let flag = if ca { tlv(BOOLEAN, &[0xff]) } else { Vec::new() };
    seq(&[flag, path_len.map(int).unwrap_or_default()])
}

fn attribute(kind: &str) -> &'static str {
    match kind {
        "C" => "2.5.4.6",
        "O" => "2.5.4.10",
        "OU" => "2.5.4.11",
        "CN" => "2.5.4.3",
        "E" => "1.2.840.113549.1.9.1",
        _ => panic!("{kind}"),
    }
}

/// A distinguished name, most significant component first.
pub(crate) fn dn(parts: &[(&str, &str)]) -> Vec<u8> {
    seq(&parts
        .iter()
        .map(|(kind, text)| {
            let tag = match *kind {
                "C" => PRINTABLE,
                "E" => IA5,
                _ => UTF8,
            };
            rdn(kind, tag, text.as_bytes())
        })
        .collect::<Vec<_>>())
}

pub(crate) fn rdn(kind: &str, tag: u8, text: &[u8]) -> Vec<u8> {
    tlv(SET, &seq(&[oid(attribute(kind)), tlv(tag, text)]))
}

pub(crate) fn dns(text: &str) -> Vec<u8> {
    tlv(0x82, text.as_bytes())
}

pub(crate) fn email(text: &str) -> Vec<u8> {
    tlv(0x81, text.as_bytes())
}

pub(crate) fn uri(text: &str) -> Vec<u8> {
    tlv(0x86, text.as_bytes())
}

/// An address, or address and mask.
pub(crate) fn ip(bytes: &[u8]) -> Vec<u8> {
    tlv(0x87, bytes)
}

pub(crate) fn directory(name: Vec<u8>) -> Vec<u8> {
    tagged(4, &[name])
}

pub(crate) fn upn(text: &str) -> Vec<u8> {
    tagged(0, &[oid("1.3.6.1.4.1.311.20.2.3"), tagged(0, &[tlv(UTF8, text.as_bytes())])])
}

pub(crate) fn registered_id() -> Vec<u8> {
    let mut name = oid(UNKNOWN);
    name[0] = 0x88;
    name
}

pub(crate) fn name_constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Vec<u8> {
    let list = |n: u8, names: &[Vec<u8>]| {
        if names.is_empty() {
            return Vec::new();
        }
        tagged(n, &names.iter().map(|name| tlv(SEQUENCE, name)).collect::<Vec<_>>())
    };
    seq(&[list(0, permitted), list(1, excluded)])
}
