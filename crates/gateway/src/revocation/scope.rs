//! Which certificates of its issuer a CRL speaks of (RFC 5280 sections 5.2.5 and 6.3.3).
//!
//! A CRL without issuingDistributionPoint speaks of all. One with names in it speaks of the
//! certificates whose cRLDistributionPoints hold one of these names, in *any* of their points: who
//! looks at the first alone misses what only the second revokes (RUSTSEC-2026-0049). Names are
//! compared byte by byte. Points that are limited to some reasons, or that leave the CRL to another
//! issuer, count for nothing.

use der::{
    Decode, Reader, SliceReader, Tag,
    asn1::{AnyRef, ObjectIdentifier},
};
use x509_cert::{Certificate, ext::pkix::BasicConstraints};

use super::reader::CrlError;

/// cRLDistributionPoints of a certificate.
const POINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.31");

/// The part of its issuer's certificates that a CRL is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    /// DER of each GeneralName; empty: whatever the certificate's distribution points.
    names: Vec<Box<[u8]>>,
    whose: Whose,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Whose {
    #[default]
    All,
    Users,
    Cas,
}

/// What of a certificate its CRLs are chosen by.
#[derive(Debug)]
pub(super) struct Place<'a> {
    points: Vec<&'a [u8]>,
    is_ca: bool,
}

impl Scope {
    /// Reads an issuingDistributionPoint.
    pub(super) fn read(der: &[u8]) -> Result<Self, CrlError> {
        let mut reader = SliceReader::new(der)?;
        let mut fields = SliceReader::new(value(&mut reader, Tag::Sequence)?)?;
        reader.finish()?;
        let (mut names, mut users, mut cas) = (Vec::new(), false, false);
        let mut last = None;
        while !fields.is_finished() {
            let field = AnyRef::decode(&mut fields)?;
            let number = context(field)?;
            if last.is_some_and(|last| number <= last) {
                return Err(CrlError::Scope);
            }
            last = Some(number);
            match number {
                0 => {
                    names = full_names(field.value())?.into_iter().map(Into::into).collect();
                    if names.is_empty() {
                        return Err(CrlError::RelativeName);
                    }
                }
                1 => users = flag(field)?,
                2 => cas = flag(field)?,
                3 => return Err(CrlError::SomeReasons),
                4 if flag(field)? => return Err(CrlError::Indirect),
                5 if flag(field)? => return Err(CrlError::AttributeCertificates),
                4 | 5 => {}
                _ => return Err(CrlError::Scope),
            }
        }
        let whose = match (users, cas) {
            (false, false) => Whose::All,
            (true, false) => Whose::Users,
            (false, true) => Whose::Cas,
            (true, true) => return Err(CrlError::Scope),
        };
        names.sort();
        Ok(Self { names, whose })
    }

    /// Whether it speaks of a certificate at this place.
    pub(super) fn covers(&self, place: &Place<'_>) -> bool {
        let whose = match self.whose {
            Whose::All => true,
            Whose::Users => !place.is_ca,
            Whose::Cas => place.is_ca,
        };
        whose && (self.names.is_empty() || self.names.iter().any(|name| place.points.contains(&&**name)))
    }
}

impl<'a> Place<'a> {
    /// That of a certificate; an error if its cRLDistributionPoints cannot be read.
    pub(super) fn of(cert: &'a Certificate) -> der::Result<Self> {
        let tbs = cert.tbs_certificate();
        let is_ca = tbs.get_extension::<BasicConstraints>()?.is_some_and(|(_, constraints)| constraints.ca);
        let extension = tbs.extensions().into_iter().flatten().find(|extension| extension.extn_id == POINTS);
        let points = match extension {
            Some(extension) => points(extension.extn_value.as_bytes())?,
            None => Vec::new(),
        };
        Ok(Self { points, is_ca })
    }
}

fn points(der: &[u8]) -> der::Result<Vec<&[u8]>> {
    let mut names = Vec::new();
    let mut list = SliceReader::new(value(&mut SliceReader::new(der)?, Tag::Sequence)?)?;
    while !list.is_finished() {
        let mut point = SliceReader::new(value(&mut list, Tag::Sequence)?)?;
        let (mut here, mut whole) = (Vec::new(), true);
        while !point.is_finished() {
            let field = AnyRef::decode(&mut point)?;
            match context(field)? {
                0 => here = full_names(field.value())?,
                _ => whole = false,
            }
        }
        if whole {
            names.extend(here);
        }
    }
    Ok(names)
}

/// The names of a DistributionPointName; none if it is relative to the CRL's issuer.
fn full_names(der: &[u8]) -> der::Result<Vec<&[u8]>> {
    let mut reader = SliceReader::new(der)?;
    let choice = AnyRef::decode(&mut reader)?;
    reader.finish()?;
    if context(choice)? != 0 {
        return Ok(Vec::new());
    }
    let mut list = SliceReader::new(choice.value())?;
    let mut names = Vec::new();
    while !list.is_finished() {
        names.push(list.tlv_bytes()?);
    }
    Ok(names)
}

fn value<'a>(reader: &mut SliceReader<'a>, tag: Tag) -> der::Result<&'a [u8]> {
    let any = AnyRef::decode(reader)?;
    der::Tagged::tag(&any).assert_eq(tag)?;
    Ok(any.value())
}

/// The number of a context-specific field.
fn context(field: AnyRef<'_>) -> der::Result<u32> {
    match der::Tagged::tag(&field) {
        Tag::ContextSpecific { number, .. } => Ok(number.value()),
        tag => Err(tag.unexpected_error(None).into()),
    }
}

/// An implicitly tagged BOOLEAN.
fn flag(field: AnyRef<'_>) -> Result<bool, CrlError> {
    match field.value() {
        [0] => Ok(false),
        [0xff] => Ok(true),
        _ => Err(CrlError::Scope),
    }
}
