//! The parts of a certificate that are compared or verified as the bytes that were signed.
//!
//! Encoding a parsed value again could give other bytes than came in. What a signature covers, by
//! which names a path is followed, and what is hashed is therefore cut out of the input.

use std::borrow::Cow;

use der::{Decode, Reader, SliceReader, Tag, Tagged, asn1::AnyRef};

/// Slices of one certificate, in its own order.
#[derive(Clone, Debug)]
pub(crate) struct Raw<'a> {
    /// What the issuer signed.
    pub(crate) tbs: Cow<'a, [u8]>,
    /// The content of `signatureAlgorithm`, as a `pki_types::AlgorithmIdentifier` has it.
    pub(crate) algorithm: Cow<'a, [u8]>,
    /// The same, as the signed part states it.
    pub(crate) inner_algorithm: Cow<'a, [u8]>,
    /// DER `Name`.
    pub(crate) issuer: Cow<'a, [u8]>,
    /// DER `Name`.
    pub(crate) subject: Cow<'a, [u8]>,
    /// DER `SubjectPublicKeyInfo`.
    pub(crate) spki: Cow<'a, [u8]>,
    /// The content of the key's algorithm.
    pub(crate) key_algorithm: Cow<'a, [u8]>,
    /// The key itself, without the count of unused bits.
    pub(crate) key: Cow<'a, [u8]>,
    /// The signature, likewise.
    pub(crate) signature: Cow<'a, [u8]>,
}

impl<'a> Raw<'a> {
    pub(crate) fn split(der: &'a [u8]) -> der::Result<Self> {
        let mut reader = SliceReader::new(der)?;
        let (tbs, algorithm, signature) = reader.sequence(|outer| {
            let tbs = outer.tlv_bytes()?;
            let algorithm = outer.tlv_bytes()?;
            der::Result::Ok((tbs, algorithm, outer.tlv_bytes()?))
        })?;
        reader.finish()?;
        let mut reader = SliceReader::new(tbs)?;
        let (inner_algorithm, issuer, subject, spki) = reader.sequence(|tbs| {
            if Tag::peek(tbs)? != Tag::Integer {
                tbs.tlv_bytes()?; // version
            }
            tbs.tlv_bytes()?; // serialNumber
            let inner_algorithm = tbs.tlv_bytes()?;
            let issuer = tbs.tlv_bytes()?;
            tbs.tlv_bytes()?; // validity
            let subject = tbs.tlv_bytes()?;
            let spki = tbs.tlv_bytes()?;
            tbs.drain(tbs.remaining_len())?;
            der::Result::Ok((inner_algorithm, issuer, subject, spki))
        })?;
        let mut reader = SliceReader::new(spki)?;
        let (key_algorithm, key) = reader.sequence(|spki| der::Result::Ok((spki.tlv_bytes()?, spki.tlv_bytes()?)))?;
        Ok(Self {
            tbs: tbs.into(),
            algorithm: content(algorithm)?.into(),
            inner_algorithm: content(inner_algorithm)?.into(),
            issuer: issuer.into(),
            subject: subject.into(),
            spki: spki.into(),
            key_algorithm: content(key_algorithm)?.into(),
            key: bits(key)?.into(),
            signature: bits(signature)?.into(),
        })
    }

    /// The same with bytes of its own, for certificates that stay.
    pub(crate) fn into_owned(self) -> Raw<'static> {
        let own = |part: Cow<'a, [u8]>| Cow::Owned(part.into_owned());
        Raw {
            tbs: own(self.tbs),
            algorithm: own(self.algorithm),
            inner_algorithm: own(self.inner_algorithm),
            issuer: own(self.issuer),
            subject: own(self.subject),
            spki: own(self.spki),
            key_algorithm: own(self.key_algorithm),
            key: own(self.key),
            signature: own(self.signature),
        }
    }

    /// Whether issuer and subject are the same, as when a CA renews its key (RFC 5280 section 6.1).
    pub(crate) fn self_issued(&self) -> bool {
        self.issuer == self.subject
    }
}

fn content(tlv: &[u8]) -> der::Result<&[u8]> {
    Ok(AnyRef::from_der(tlv)?.value())
}

/// Of a BIT STRING; keys and signatures are whole bytes.
fn bits(tlv: &[u8]) -> der::Result<&[u8]> {
    let any = AnyRef::from_der(tlv)?;
    match any.value().split_first() {
        Some((0, bits)) if any.tag() == Tag::BitString => Ok(bits),
        _ => Err(Tag::BitString.value_error().into()),
    }
}
