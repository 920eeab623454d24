//! What a certificate means, for those who judge it.

use countersign_core::UnixTime;
use der::{Decode, asn1::ObjectIdentifier};
use x509_cert::{
    Certificate, TbsCertificate, Version,
    ext::pkix::{
        BasicConstraints, CertificatePolicies, CrlDistributionPoints, ExtendedKeyUsage, KeyUsage, NameConstraints,
        SubjectAltName, name::GeneralName,
    },
    name::Name,
    time::Time,
};

use super::{CertificateError, Raw, names};
use crate::chain::Constraints;

/// The decoded parts that path validation asks for (RFC 5280 sections 4.2 and 6.1).
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) cert: Certificate,
    pub(crate) not_before: UnixTime,
    /// Inclusive.
    pub(crate) not_after: UnixTime,
    /// basicConstraints: cA.
    pub(crate) is_ca: bool,
    /// basicConstraints: pathLenConstraint.
    pub(crate) path_len: Option<u8>,
    pub(crate) usage: Option<KeyUsage>,
    /// extendedKeyUsage, if present.
    pub(crate) purposes: Option<Vec<ObjectIdentifier>>,
    pub(crate) alt_names: Vec<GeneralName>,
    /// Or why they cannot be read.
    pub(crate) constraints: Option<Result<Constraints, String>>,
    /// A critical extension that nobody here understands.
    pub(crate) unknown_critical: Option<ObjectIdentifier>,
}

/// Extensions that are understood, and so may be critical.
///
/// certificatePolicies is among them because no policy is asked for, so that any set of policies
/// will do (RFC 5280 section 6.1.1, any-policy). The extensions that demand or map policies are not:
/// critical ones refuse. cRLDistributionPoints say where to look, which the operator's
/// configuration does here.
const UNDERSTOOD: [ObjectIdentifier; 7] = {
    use der::oid::AssociatedOid;
    [
        BasicConstraints::OID,
        KeyUsage::OID,
        ExtendedKeyUsage::OID,
        SubjectAltName::OID,
        NameConstraints::OID,
        CertificatePolicies::OID,
        CrlDistributionPoints::OID,
    ]
};

impl Content {
    pub(crate) fn read(der: &[u8], raw: &Raw<'_>) -> Result<Self, CertificateError> {
        let cert = Certificate::from_der(der)?;
        let tbs = cert.tbs_certificate();
        let not_v3 = match tbs.version() {
            Version::V1 => Some(1),
            Version::V2 => Some(2),
            Version::V3 => None,
        };
        if let Some(version) = not_v3 {
            return Err(CertificateError::Version(version));
        }
        check_serial(tbs.serial_number().as_bytes())?;
        // RFC 5280 section 4.1.1.2.
        if raw.algorithm != raw.inner_algorithm {
            return Err(CertificateError::TwoAlgorithms);
        }
        let unknown_critical = check_extensions(tbs)?;
        names::check(tbs.issuer())?;
        names::check(tbs.subject())?;
        if tbs.issuer().is_empty() {
            return Err(CertificateError::NoIssuer);
        }

        let basic: Option<BasicConstraints> = extension(tbs, "basicConstraints")?;
        let usage = extension(tbs, "keyUsage")?;
        let purposes: Option<ExtendedKeyUsage> = extension(tbs, "extendedKeyUsage")?;
        let alt_names: Option<SubjectAltName> = extension(tbs, "subjectAltName")?;
        let alt_names = match alt_names {
            // RFC 5280 section 4.2.1.6: if present, at least one name.
            Some(names) if names.0.is_empty() => {
                let why = "there is no name in it".into();
                return Err(CertificateError::Extension { extension: "subjectAltName", why });
            }
            Some(names) => names.0,
            None if tbs.subject().is_empty() => return Err(CertificateError::Nobody),
            None => Vec::new(),
        };
        names::check_alt_names(&alt_names)?;
        let constraints = match extension(tbs, "nameConstraints") {
            Ok(constraints) => constraints.map(|found: NameConstraints| Constraints::read(&found)),
            Err(error) => Some(Err(error.to_string())),
        };
        Ok(Self {
            not_before: unix(tbs.validity().not_before),
            not_after: not_after(&cert),
            is_ca: basic.as_ref().is_some_and(|basic| basic.ca),
            path_len: basic.and_then(|basic| basic.path_len_constraint),
            usage,
            purposes: purposes.map(|purposes| purposes.0),
            alt_names,
            constraints,
            unknown_critical,
            cert,
        })
    }

    /// Written as RFC 4514 has it.
    pub(crate) fn subject(&self) -> &Name {
        self.cert.tbs_certificate().subject()
    }
}

/// Zero is let through: RFC 5280 section 4.1.2.2 asks for grace, and it reads in one way.
fn check_serial(bytes: &[u8]) -> Result<(), CertificateError> {
    let digits = match bytes {
        [0x80..=0xff, ..] => return Err(CertificateError::NegativeSerial),
        // The byte that only says "not negative" does not count.
        [0, digits @ ..] | digits => digits,
    };
    if digits.len() > 20 { Err(CertificateError::LongSerial(digits.len())) } else { Ok(()) }
}

/// Each at most once; the first that is critical and unknown.
fn check_extensions(tbs: &TbsCertificate) -> Result<Option<ObjectIdentifier>, CertificateError> {
    let mut seen: Vec<ObjectIdentifier> = Vec::new();
    let mut unknown = None;
    for extension in tbs.extensions().into_iter().flatten() {
        seen.push(extension.extn_id);
        if extension.critical && !UNDERSTOOD.contains(&extension.extn_id) {
            unknown.get_or_insert(extension.extn_id);
        }
    }
    seen.sort_unstable();
    match seen.iter().zip(seen.iter().skip(1)).find(|(a, b)| a == b) {
        Some((twice, _)) => Err(CertificateError::RepeatedExtension(twice.to_string())),
        None => Ok(unknown),
    }
}

fn extension<'a, T>(tbs: &'a TbsCertificate, name: &'static str) -> Result<Option<T>, CertificateError>
where
    T: Decode<'a, Error = der::Error> + der::oid::AssociatedOid,
{
    let found = tbs.get_extension::<T>();
    let found = found.map_err(|error| CertificateError::Extension { extension: name, why: error.to_string() })?;
    Ok(found.map(|(_, value)| value))
}

/// The last second of its validity.
pub(crate) fn not_after(cert: &Certificate) -> UnixTime {
    unix(cert.tbs_certificate().validity().not_after)
}

fn unix(time: Time) -> UnixTime {
    UnixTime(i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX))
}
