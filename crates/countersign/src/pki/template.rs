//! The extensions of each kind of certificate (RFC 5280, 4.2), as the encoder takes them.
//!
//! | | CA | server, client |
//! |---|---|---|
//! | basic constraints, critical | CA, path length | not a CA |
//! | key usage, critical | `keyCertSign`, `cRLSign` | `digitalSignature`, all that TLS 1.3 and ECDHE need |
//! | extended key usage | – | `serverAuth` or `clientAuth` |
//! | key identifiers | subject; authority except on a root | subject and authority |
//!
//! The subject is encoded as UTF-8. The alternative names are critical exactly when it is empty.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, OtherNameValue,
    SanType, SerialNumber,
};

use super::{Deviations, PkiError, San, Usage, random, request::Profile, validity::Validity};

/// Microsoft's user principal name.
const UPN: [u64; 10] = [1, 3, 6, 1, 4, 1, 311, 20, 2, 3];

/// A CA with at most `path_len` CAs below it.
pub(super) fn authority(name: &str, path_len: u8, validity: &Validity) -> Result<CertificateParams, PkiError> {
    let mut params = dated(validity)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(path_len));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

/// A server or a client.
pub(super) fn end_entity(
    profile: &Profile,
    validity: &Validity,
    deviations: &Deviations,
) -> Result<CertificateParams, PkiError> {
    let mut params = dated(validity)?;
    // From the general to the particular: RFC 4514 text is read backwards, `CN=…,OU=…,O=…`.
    let subject = [
        (DnType::OrganizationName, &profile.organization),
        (DnType::OrganizationalUnitName, &profile.unit),
        (DnType::CommonName, &profile.common_name),
    ];
    for (attribute, value) in subject {
        if let Some(value) = value {
            params.distinguished_name.push(attribute, value);
        }
    }
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let usages = deviations.usages.as_deref().unwrap_or(std::slice::from_ref(&profile.usage));
    params.extended_key_usages = usages.iter().map(|usage| purpose(*usage)).collect();
    params.subject_alt_names = profile.sans.iter().map(san).collect::<Result<_, _>>()?;
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn dated(validity: &Validity) -> Result<CertificateParams, PkiError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.not_before = validity.not_before;
    params.not_after = validity.not_after;
    params.serial_number = Some(serial_number()?);
    Ok(params)
}

/// 16 bytes, positive and never shortened, 126 bits of them random: RFC 5280 (4.1.2.2) allows 20
/// bytes, and nobody can guess or repeat one.
fn serial_number() -> Result<SerialNumber, PkiError> {
    let [first, rest @ ..] = random::bytes::<16>()?;
    let mut serial = vec![first & 0x7F | 0x40];
    serial.extend(rest);
    Ok(serial.into())
}

fn purpose(usage: Usage) -> ExtendedKeyUsagePurpose {
    match usage {
        Usage::ServerAuth => ExtendedKeyUsagePurpose::ServerAuth,
        Usage::ClientAuth => ExtendedKeyUsagePurpose::ClientAuth,
        Usage::Any => ExtendedKeyUsagePurpose::Any,
    }
}

fn san(san: &San) -> Result<SanType, rcgen::Error> {
    Ok(match san {
        San::Dns(name) => SanType::DnsName(name.as_str().try_into()?),
        San::Ip(ip) => SanType::IpAddress(*ip),
        San::Email(address) => SanType::Rfc822Name(address.as_str().try_into()?),
        San::Uri(uri) => SanType::URI(uri.as_str().try_into()?),
        San::Upn(name) => SanType::OtherName((UPN.to_vec(), OtherNameValue::Utf8String(name.clone()))),
    })
}
