//! Reads what a certificate says, as structured facts.
//!
//! Parsing decides nothing about trust, but refuses what could later be read in two ways: trailing
//! bytes, and names with control characters or marks that turn the writing direction (RFC 5280
//! section 4.1.2.4 leaves them out; Envoy CVE-2026-47778). Distinguished names are written as RFC
//! 4514 has it, so that a chosen CN cannot fake further components.

use std::net::{Ipv4Addr, Ipv6Addr};

use countersign_core::{Identity, SubjectAltNames, UnixTime};
use der::{Decode, Encode, Tagged, asn1::ObjectIdentifier};
use sha2::{Digest, Sha256};
use x509_cert::{
    Certificate,
    ext::pkix::{BasicConstraints, KeyUsage, SubjectAltName, name::GeneralName},
    name::Name,
    time::Time,
};

/// otherName of a Microsoft user principal name.
const UPN: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.20.2.3");

/// Why a certificate cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// Not one DER-encoded certificate.
    #[error("it is no X.509 certificate: {0}")]
    Der(String),
    /// A name with a control character or a direction mark.
    #[error("a name in it holds a control character or a direction mark")]
    Name,
    /// An iPAddress that is neither 4 nor 16 bytes.
    #[error("an IP address in it has neither 4 nor 16 bytes")]
    IpAddress,
}

/// A certificate's facts, with those that only CAs need.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What it says of its subject.
    pub identity: Identity,
    /// basicConstraints: cA.
    pub is_ca: bool,
    /// keyUsage, if present: keyCertSign.
    pub signs_certificates: Option<bool>,
    /// keyUsage, if present: digitalSignature.
    pub signs: Option<bool>,
}

/// Reads one DER-encoded certificate.
///
/// # Errors
/// [`CertificateError`] with what is wrong.
pub fn read(der: &[u8]) -> Result<Facts, CertificateError> {
    let der_error = |e: der::Error| CertificateError::Der(e.to_string());
    let cert = Certificate::from_der(der).map_err(der_error)?;
    let tbs = cert.tbs_certificate();
    let spki = tbs.subject_public_key_info().to_der().map_err(der_error)?;
    let extension = |e| der_error(e);
    let usage = tbs.get_extension::<KeyUsage>().map_err(extension)?.map(|(_, usage)| usage);
    let constraints = tbs.get_extension::<BasicConstraints>().map_err(extension)?;
    let sans = match tbs.get_extension::<SubjectAltName>().map_err(extension)? {
        Some((_, names)) => alt_names(&names.0)?,
        None => SubjectAltNames::default(),
    };
    Ok(Facts {
        identity: Identity {
            subject: distinguished_name(tbs.subject())?,
            issuer: distinguished_name(tbs.issuer())?,
            serial: serial(tbs.serial_number().as_bytes()),
            sans,
            sha256: Sha256::digest(der).into(),
            spki_sha256: Sha256::digest(&spki).into(),
            not_before: unix(tbs.validity().not_before),
            not_after: unix(tbs.validity().not_after),
        },
        is_ca: constraints.is_some_and(|(_, c)| c.ca),
        signs_certificates: usage.as_ref().map(KeyUsage::key_cert_sign),
        signs: usage.as_ref().map(KeyUsage::digital_signature),
    })
}

fn unix(time: Time) -> UnixTime {
    UnixTime(i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX))
}

/// Lower-case hexadecimal, without the sign byte and leading zeros.
fn serial(bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    match hex.trim_start_matches('0') {
        "" => "0".into(),
        digits => digits.into(),
    }
}

fn distinguished_name(name: &Name) -> Result<String, CertificateError> {
    for attribute in name.iter() {
        let value = &attribute.value;
        // The other string types are printed as hexadecimal and cannot carry anything.
        let text = matches!(
            value.tag(),
            der::Tag::Utf8String | der::Tag::PrintableString | der::Tag::Ia5String | der::Tag::TeletexString
        );
        if text {
            plain(&String::from_utf8_lossy(value.value()))?;
        }
    }
    Ok(name.to_string())
}

fn plain(text: &str) -> Result<&str, CertificateError> {
    let odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffd}')
    };
    if text.chars().any(odd) { Err(CertificateError::Name) } else { Ok(text) }
}

fn alt_names(names: &[GeneralName]) -> Result<SubjectAltNames, CertificateError> {
    let mut sans = SubjectAltNames::default();
    for name in names {
        match name {
            GeneralName::DnsName(text) => sans.dns.push(plain(text.as_str())?.into()),
            GeneralName::Rfc822Name(text) => sans.email.push(plain(text.as_str())?.into()),
            GeneralName::UniformResourceIdentifier(text) => sans.uri.push(plain(text.as_str())?.into()),
            GeneralName::IpAddress(bytes) => sans.ip.push(ip(bytes.as_bytes())?),
            GeneralName::OtherName(other) if other.type_id == UPN => {
                let text = std::str::from_utf8(other.value.value()).map_err(|_| CertificateError::Name)?;
                sans.upn.push(plain(text)?.into());
            }
            // Names of other types identify nobody here.
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
