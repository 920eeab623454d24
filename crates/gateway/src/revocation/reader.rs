//! DER → the parts of one CRL.
//!
//! The list of revoked certificates is walked entry by entry into [`Serials`], because a parsed
//! value per entry takes ten times the room of the file. Refused, since what is not understood
//! could be what revokes: delta and indirect CRLs, those for some reasons or for attribute
//! certificates, points relative to the issuer, critical extensions that are not known, at the list
//! and at its entries (RFC 5280 sections 5.2 and 5.3). So is a CRL without nextUpdate, which section
//! 5.1.2.5 demands: nobody could tell whether it is outdated. A version 1 CRL, as OpenSSL makes by
//! default, is taken; it has no number, and the later thisUpdate counts.

use countersign_core::UnixTime;
use der::{
    Decode, Reader, SliceReader, Tag, Tagged,
    asn1::{AnyRef, BitStringRef, IntRef, ObjectIdentifier, UintRef},
};
use x509_cert::{name::Name, time::Time};

use super::{
    scope::Scope,
    serials::{Revoked, Serials, TooLarge},
};

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const NUMBER: ObjectIdentifier = oid("2.5.29.20");
const REASON: ObjectIdentifier = oid("2.5.29.21");
const DELTA: ObjectIdentifier = oid("2.5.29.27");
const DISTRIBUTION_POINT: ObjectIdentifier = oid("2.5.29.28");
const CERTIFICATE_ISSUER: ObjectIdentifier = oid("2.5.29.29");

/// Why a CRL cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CrlError {
    /// Not one DER-encoded CRL.
    #[error("it is no X.509 CRL: {0}")]
    Der(String),
    /// Without an end.
    #[error("it names no next update, so nobody could tell when it is outdated: have the CA set nextUpdate")]
    NoEnd,
    /// Ends before it starts.
    #[error("its next update, {next}, comes before its own date, {this}")]
    Backwards {
        /// thisUpdate.
        this: UnixTime,
        /// nextUpdate.
        next: UnixTime,
    },
    /// Base CRL and changes.
    #[error("it is a delta CRL, which tells changes alone: use the complete CRL")]
    Delta,
    /// Entries of several issuers.
    #[error("it is an indirect CRL, which speaks for other issuers: use the CRL that the CA itself signs")]
    Indirect,
    /// Part of the reasons.
    #[error("it tells of some reasons only (onlySomeReasons): use a CRL for all reasons")]
    SomeReasons,
    /// Other certificates.
    #[error("it is about attribute certificates")]
    AttributeCertificates,
    /// nameRelativeToCRLIssuer.
    #[error("its distribution point is named relative to the issuer, expected a full name")]
    RelativeName,
    /// Cannot be read.
    #[error("its issuingDistributionPoint is malformed or contradicts itself")]
    Scope,
    /// May change the meaning of the whole.
    #[error("it has the critical extension {0}, whose meaning is not known here")]
    Critical(String),
    /// May change the meaning of an entry.
    #[error("the entry of serial {serial} has the critical extension {oid}, whose meaning is not known here")]
    CriticalEntry {
        /// Hexadecimal.
        serial: String,
        /// Of the extension.
        oid: String,
    },
    /// Two answers.
    #[error("it has the extension {0} twice")]
    Twice(String),
    /// An algorithm that proves nothing, or that is not known.
    #[error("it is signed with {0}, which is not accepted: use SHA-256 or better with RSA, ECDSA or Ed25519")]
    Algorithm(String),
    /// More than is kept.
    #[error("it is too large, or holds a serial of more than 255 bytes")]
    TooLarge,
    /// A fault of ours, told instead of ending the process.
    #[error("reading it failed: this is a fault of countersign, please report it")]
    Panicked,
}

impl From<der::Error> for CrlError {
    fn from(error: der::Error) -> Self {
        Self::Der(error.to_string())
    }
}

impl From<TooLarge> for CrlError {
    fn from(_: TooLarge) -> Self {
        Self::TooLarge
    }
}

/// The parts of a CRL; `'a` is its DER.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pub(super) issuer: &'a [u8],
    pub(super) issuer_text: String,
    pub(super) this_update: UnixTime,
    pub(super) next_update: UnixTime,
    /// cRLNumber, big-endian without leading zeros.
    pub(super) number: Option<&'a [u8]>,
    pub(super) scope: Scope,
    pub(super) revoked: Serials,
    /// What is signed.
    pub(super) tbs: &'a [u8],
    /// Contents of the AlgorithmIdentifier.
    pub(super) algorithm: &'a [u8],
    pub(super) signature: &'a [u8],
}

/// Reads one CRL, all of it.
pub(super) fn read(der: &[u8]) -> Result<Parts<'_>, CrlError> {
    let mut whole = SliceReader::new(der)?;
    let mut outer = sequence(&mut whole)?;
    whole.finish()?;
    let tbs = outer.tlv_bytes()?;
    let algorithm = sequence_value(&mut outer)?;
    let signature = BitStringRef::decode(&mut outer)?;
    outer.finish()?;
    let signature = signature.as_bytes().ok_or_else(|| CrlError::Der("its signature is no whole bytes".into()))?;

    let mut list = sequence(&mut SliceReader::new(tbs)?)?;
    let v2 = peek(&list) == Some(Tag::Integer);
    if v2 && u8::decode(&mut list)? != 1 {
        return Err(CrlError::Der("its version is not 2".into()));
    }
    if sequence_value(&mut list)? != algorithm {
        return Err(CrlError::Der("it names two signature algorithms".into()));
    }
    let issuer = list.tlv_bytes()?;
    let name = Name::from_der(issuer)?;
    if name.is_empty() {
        return Err(CrlError::Der("it names no issuer".into()));
    }
    let this_update = time(&mut list)?;
    let next_update = match peek(&list) {
        Some(Tag::UtcTime | Tag::GeneralizedTime) => time(&mut list)?,
        _ => return Err(CrlError::NoEnd),
    };
    if next_update < this_update {
        return Err(CrlError::Backwards { this: this_update, next: next_update });
    }
    let mut revoked = Serials::default();
    if peek(&list) == Some(Tag::Sequence) {
        let mut entries = sequence(&mut list)?;
        while !entries.is_finished() {
            entry(&mut entries, v2, &mut revoked)?;
        }
        revoked.seal();
    }
    let (mut number, mut scope) = (None, Scope::default());
    if !list.is_finished() {
        let field = AnyRef::decode(&mut list)?;
        if !v2 || !matches!(field.tag(), Tag::ContextSpecific { constructed: true, number } if number.value() == 0) {
            return Err(CrlError::Der("it has extensions where none can be".into()));
        }
        list.finish()?;
        let mut explicit = SliceReader::new(field.value())?;
        let extensions = sequence(&mut explicit)?;
        explicit.finish()?;
        each_extension(extensions, |id, critical, value| {
            match id {
                NUMBER => number = Some(UintRef::from_der(value)?.as_bytes()),
                DISTRIBUTION_POINT => scope = Scope::read(value)?,
                DELTA => return Err(CrlError::Delta),
                _ if critical => return Err(CrlError::Critical(id.to_string())),
                _ => {}
            }
            Ok(())
        })?;
    }
    let issuer_text = name.to_string();
    Ok(Parts { issuer, issuer_text, this_update, next_update, number, scope, revoked, tbs, algorithm, signature })
}

fn entry(entries: &mut SliceReader<'_>, v2: bool, revoked: &mut Serials) -> Result<(), CrlError> {
    let mut entry = sequence(entries)?;
    let serial = IntRef::decode(&mut entry)?.as_bytes();
    let at = time(&mut entry)?;
    let mut reason = 0;
    if !entry.is_finished() {
        if !v2 {
            return Err(CrlError::Der("an entry has extensions where none can be".into()));
        }
        let extensions = sequence(&mut entry)?;
        entry.finish()?;
        each_extension(extensions, |id, critical, value| {
            match id {
                REASON => reason = reason_code(value)?,
                CERTIFICATE_ISSUER => return Err(CrlError::Indirect),
                _ if critical => {
                    return Err(CrlError::CriticalEntry { serial: hex(serial), oid: id.to_string() });
                }
                _ => {}
            }
            Ok(())
        })?;
    }
    Ok(revoked.insert(serial, Revoked { at, reason })?)
}

/// 8 would take a certificate off the list, and belongs into delta CRLs alone.
fn reason_code(der: &[u8]) -> Result<u8, CrlError> {
    let mut reader = SliceReader::new(der)?;
    let any = AnyRef::decode(&mut reader)?;
    reader.finish()?;
    match (any.tag(), any.value()) {
        (Tag::Enumerated, [8]) => Err(CrlError::Delta),
        // Revoked for a reason that is not known is revoked.
        (Tag::Enumerated, [reason]) => Ok(*reason),
        _ => Err(CrlError::Der("the reason of an entry is none".into())),
    }
}

fn each_extension<'a>(
    mut list: SliceReader<'a>,
    mut take: impl FnMut(ObjectIdentifier, bool, &'a [u8]) -> Result<(), CrlError>,
) -> Result<(), CrlError> {
    let mut seen: Vec<ObjectIdentifier> = Vec::new();
    while !list.is_finished() {
        let mut extension = sequence(&mut list)?;
        let id = ObjectIdentifier::decode(&mut extension)?;
        let critical = peek(&extension) == Some(Tag::Boolean) && bool::decode(&mut extension)?;
        let value = AnyRef::decode(&mut extension)?;
        value.tag().assert_eq(Tag::OctetString)?;
        extension.finish()?;
        if seen.contains(&id) {
            return Err(CrlError::Twice(id.to_string()));
        }
        seen.push(id);
        take(id, critical, value.value())?;
    }
    Ok(())
}

fn sequence<'a>(reader: &mut SliceReader<'a>) -> der::Result<SliceReader<'a>> {
    SliceReader::new(sequence_value(reader)?)
}

fn sequence_value<'a>(reader: &mut SliceReader<'a>) -> der::Result<&'a [u8]> {
    let any = AnyRef::decode(reader)?;
    any.tag().assert_eq(Tag::Sequence)?;
    Ok(any.value())
}

fn peek(reader: &SliceReader<'_>) -> Option<Tag> {
    Tag::peek(reader).ok()
}

fn time(reader: &mut SliceReader<'_>) -> der::Result<UnixTime> {
    let seconds = Time::decode(reader)?.to_unix_duration().as_secs();
    Ok(UnixTime(i64::try_from(seconds).unwrap_or(i64::MAX)))
}

/// Upper-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X}")).collect()
}
