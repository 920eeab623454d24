//! One CRL, checked as far as it can be by itself, and who signed it.
//!
//! A CRL counts for a certificate only if the key that issued the certificate signed it. Names
//! prove nothing: two CAs may share one, and then the first by name would be the wrong one for half
//! of the clients. For the CAs of a trust that is found out when the trust is loaded; the key of an
//! intermediate is known once a client shows it, so there it is tried then, once, and remembered.
//! Until then the signed bytes are kept.

use std::{
    cmp::Ordering,
    fmt,
    panic::catch_unwind,
    sync::{Mutex, OnceLock, PoisonError},
};

use countersign_core::UnixTime;
use der::{
    Decode, SliceReader, Tag, Tagged,
    asn1::{AnyRef, BitStringRef, ObjectIdentifier},
};
use sha2::{Digest, Sha256};

use super::{
    CrlError,
    reader::{self, Parts},
    scope::{Place, Scope},
    serials::{Revoked, Serials},
};

/// Keys that did not sign a CRL and are remembered, so that they are not tried again.
const STRANGERS: usize = 64;

/// A list of revoked certificates.
#[derive(Debug)]
pub struct Crl {
    issuer: Box<[u8]>,
    issuer_text: Box<str>,
    this_update: UnixTime,
    next_update: UnixTime,
    number: Option<Number>,
    scope: Scope,
    revoked: Serials,
    /// SHA-256 of what is signed: signed twice, a list is the same list.
    content: [u8; 32],
    /// SHA-256 of the SubjectPublicKeyInfo whose key signed it.
    signer: OnceLock<[u8; 32]>,
    unproven: Mutex<Unproven>,
}

/// What is needed until the signer is known.
#[derive(Default)]
struct Unproven {
    tbs: Box<[u8]>,
    algorithm: Box<[u8]>,
    signature: Box<[u8]>,
    not_by: Vec<[u8; 32]>,
}

impl fmt::Debug for Unproven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unproven").field("bytes", &self.tbs.len()).finish_non_exhaustive()
    }
}

/// A cRLNumber: grows from one CRL of a CA to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(Box<[u8]>);

impl Crl {
    /// Reads one DER-encoded CRL. Nothing is said yet of who signed it.
    ///
    /// # Errors
    /// [`CrlError`]: what it is, or what it has that is not supported.
    pub fn read(der: &[u8]) -> Result<Self, CrlError> {
        // Parsers of CRLs have panicked before a signature was looked at (RUSTSEC-2026-0104).
        // Reloading happens beside live connections, which must not notice.
        catch_unwind(|| Self::read_it(der)).unwrap_or(Err(CrlError::Panicked))
    }

    fn read_it(der: &[u8]) -> Result<Self, CrlError> {
        let Parts { issuer, issuer_text, this_update, next_update, number, scope, revoked, tbs, algorithm, signature } =
            reader::read(der)?;
        if !webpki::ALL_VERIFICATION_ALGS.iter().any(|known| known.signature_alg_id().as_ref() == algorithm) {
            let oid = ObjectIdentifier::decode(&mut SliceReader::new(algorithm)?)?;
            return Err(CrlError::Algorithm(algorithm_name(oid)));
        }
        Ok(Self {
            issuer: issuer.into(),
            issuer_text: issuer_text.into(),
            this_update,
            next_update,
            number: number.map(|bytes| Number(bytes.into())),
            scope,
            revoked,
            content: Sha256::digest(tbs).into(),
            signer: OnceLock::new(),
            unproven: Mutex::new(Unproven {
                tbs: tbs.into(),
                algorithm: algorithm.into(),
                signature: signature.into(),
                not_by: Vec::new(),
            }),
        })
    }

    /// Whether the key in this SubjectPublicKeyInfo (DER) signed it.
    pub(super) fn signed_by(&self, spki: &[u8]) -> bool {
        let key: [u8; 32] = Sha256::digest(spki).into();
        if let Some(signer) = self.signer.get() {
            return *signer == key;
        }
        let mut unproven = self.unproven.lock().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have found it while this one waited.
        if let Some(signer) = self.signer.get() {
            return *signer == key;
        }
        if unproven.not_by.contains(&key) {
            return false;
        }
        if verify(spki, &unproven).is_some() {
            *unproven = Unproven::default();
            let _ = self.signer.set(key);
            return true;
        }
        if unproven.not_by.len() >= STRANGERS {
            unproven.not_by.remove(0);
        }
        unproven.not_by.push(key);
        false
    }

    /// What it says of the certificate with this serial.
    pub(super) fn get(&self, serial: &[u8]) -> Option<Revoked> {
        self.revoked.get(serial)
    }

    pub(super) fn covers(&self, place: &Place<'_>) -> bool {
        self.scope.covers(place)
    }

    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }

    pub(super) fn signer(&self) -> Option<&[u8; 32]> {
        self.signer.get()
    }

    pub(super) fn content(&self) -> &[u8; 32] {
        &self.content
    }

    /// The issuer's Name, DER.
    #[must_use]
    pub fn issuer_name(&self) -> &[u8] {
        &self.issuer
    }

    /// The issuer as RFC 4514 has it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer_text
    }

    /// From when on it counts.
    #[must_use]
    pub fn this_update(&self) -> UnixTime {
        self.this_update
    }

    /// When the next one is due.
    #[must_use]
    pub fn next_update(&self) -> UnixTime {
        self.next_update
    }

    /// cRLNumber.
    #[must_use]
    pub fn number(&self) -> Option<&Number> {
        self.number.as_ref()
    }

    /// The revoked serials.
    #[must_use]
    pub fn revoked(&self) -> &Serials {
        &self.revoked
    }
}

fn verify(spki: &[u8], unproven: &Unproven) -> Option<()> {
    let mut reader = SliceReader::new(spki).ok()?;
    let outer = AnyRef::decode(&mut reader).ok()?;
    let mut fields = SliceReader::new(outer.value()).ok()?;
    let algorithm = AnyRef::decode(&mut fields).ok()?;
    algorithm.tag().assert_eq(Tag::Sequence).ok()?;
    let key = BitStringRef::decode(&mut fields).ok()?.as_bytes()?;
    let fits = webpki::ALL_VERIFICATION_ALGS.iter().filter(|known| {
        known.signature_alg_id().as_ref() == &*unproven.algorithm
            && known.public_key_alg_id().as_ref() == algorithm.value()
    });
    let mut results = fits.map(|known| known.verify_signature(key, &unproven.tbs, &unproven.signature));
    results.find_map(Result::ok)
}

fn algorithm_name(oid: ObjectIdentifier) -> String {
    match oid.to_string().as_str() {
        "1.2.840.113549.1.1.5" | "1.2.840.10045.4.1" => "SHA-1".into(),
        "1.2.840.113549.1.1.4" => "MD5".into(),
        other => format!("the algorithm {other}"),
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        // Without leading zeros the longer one is the greater.
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [0; 16];
        match bytes.len().checked_sub(self.0.len()).and_then(|start| bytes.get_mut(start..)) {
            Some(low) => {
                low.copy_from_slice(&self.0);
                u128::from_be_bytes(bytes).fmt(f)
            }
            None => write!(f, "0x{}", reader::hex(&self.0)),
        }
    }
}
