//! Texts inside names.

use std::{
    borrow::Cow,
    net::{Ipv4Addr, Ipv6Addr},
};

use countersign_core::SubjectAltNames;
use der::{
    Any, Tag, Tagged,
    asn1::{Ia5String, ObjectIdentifier},
};
use x509_cert::{ext::pkix::name::GeneralName, name::Name};

use super::CertificateError;

/// otherName of a Microsoft user principal name.
const UPN: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.20.2.3");

/// An attribute's text. `Ok(None)` for what is no text, or is text in a code that is not known:
/// beyond ASCII nobody agrees on what a TeletexString says.
pub(crate) fn text(value: &Any) -> Result<Option<Cow<'_, str>>, CertificateError> {
    let bytes = value.value();
    match value.tag() {
        Tag::Utf8String => utf8(bytes).map(|text| Some(text.into())),
        Tag::PrintableString | Tag::Ia5String | Tag::VisibleString | Tag::NumericString if bytes.is_ascii() => {
            utf8(bytes).map(|text| Some(text.into()))
        }
        Tag::PrintableString | Tag::Ia5String | Tag::VisibleString | Tag::NumericString => Err(CertificateError::Name),
        Tag::BmpString => {
            let (units, rest) = bytes.as_chunks::<2>();
            let text = String::from_utf16(&units.iter().map(|unit| u16::from_be_bytes(*unit)).collect::<Vec<_>>());
            match text {
                Ok(text) if rest.is_empty() => Ok(Some(text.into())),
                _ => Err(CertificateError::Name),
            }
        }
        Tag::TeletexString if bytes.is_ascii() => utf8(bytes).map(|text| Some(text.into())),
        // Control characters are the same in all its codes.
        Tag::TeletexString if bytes.iter().any(|b| matches!(b, 0..0x20 | 0x7f..=0x9f)) => Err(CertificateError::Name),
        _ => Ok(None),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, CertificateError> {
    std::str::from_utf8(bytes).map_err(|_| CertificateError::Name)
}

/// Whether a text can be shown: no control characters, no marks that turn the writing direction or
/// take no room at all, by which one name could pass for another.
pub(crate) fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| {
        c.is_control()
            || matches!(c,
                '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffd}' | '\u{e0000}'..='\u{e007f}')
    })
}

fn plain(text: &str) -> Result<&str, CertificateError> {
    if is_plain(text) { Ok(text) } else { Err(CertificateError::Name) }
}

/// Refuses a distinguished name with a text that cannot be shown.
pub(super) fn check(name: &Name) -> Result<(), CertificateError> {
    for attribute in name.iter() {
        // What is no text is written as hexadecimal and cannot carry anything.
        if let Some(text) = text(&attribute.value)? {
            plain(&text)?;
        }
    }
    Ok(())
}

/// Refuses alternative names with a text that cannot be shown.
pub(super) fn check_alt_names(names: &[GeneralName]) -> Result<(), CertificateError> {
    for name in names {
        match name {
            GeneralName::DirectoryName(name) => check(name)?,
            GeneralName::DnsName(text)
            | GeneralName::Rfc822Name(text)
            | GeneralName::UniformResourceIdentifier(text) => drop(ia5(text)?),
            GeneralName::OtherName(other) => {
                if let Some(text) = text(&other.value)? {
                    plain(&text)?;
                }
            }
            GeneralName::IpAddress(bytes) => drop(ip(bytes.as_bytes())?),
            GeneralName::EdiPartyName(_) | GeneralName::RegisteredId(_) => {}
        }
    }
    Ok(())
}

fn ia5(text: &Ia5String) -> Result<&str, CertificateError> {
    plain(text.as_str())
}

/// By type; names of other types identify nobody here.
pub(super) fn alt_names(names: &[GeneralName]) -> Result<SubjectAltNames, CertificateError> {
    let mut sans = SubjectAltNames::default();
    for name in names {
        match name {
            GeneralName::DnsName(text) => sans.dns.push(ia5(text)?.into()),
            GeneralName::Rfc822Name(text) => sans.email.push(ia5(text)?.into()),
            GeneralName::UniformResourceIdentifier(text) => sans.uri.push(ia5(text)?.into()),
            GeneralName::IpAddress(bytes) => sans.ip.push(ip(bytes.as_bytes())?),
            GeneralName::OtherName(other) if other.type_id == UPN => {
                let text = text(&other.value)?.ok_or(CertificateError::Name)?;
                sans.upn.push(plain(&text)?.into());
            }
            _ => {}
        }
    }
    Ok(sans)
}

fn ip(bytes: &[u8]) -> Result<String, CertificateError> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Ok(Ipv4Addr::from(v4).to_string());
    }
    let v6 = <[u8; 16]>::try_from(bytes).map_err(|_| CertificateError::IpAddress)?;
    Ok(Ipv6Addr::from(v6).to_string())
}
