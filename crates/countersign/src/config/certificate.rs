//! The server certificate of a site and its key.
//!
//! Errors are what cannot work: no certificate, no key, a key of another certificate. What would
//! work in a way that users notice (expired, or for other names) is a warning: the operator of a
//! test machine may mean it.

use countersign_core::{HostPattern, UnixTime};
use der::Decode;
use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer},
    sign::CertifiedKey,
};
use x509_cert::{
    Certificate,
    ext::pkix::{SubjectAltName, name::GeneralName},
};

use super::{
    pem,
    section::{Field, Section},
};

type Server = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Chain and key; none if an error was reported.
pub(super) fn read(section: &Section<'_>, hosts: &[HostPattern]) -> Option<Server> {
    let certificate = section.required("certificate", "write certificate = \"app.pem\"");
    let key_field = section.required("key", "write key = \"app.key\"");
    let chain = certificate.and_then(|field| file(section, field, pem::certificates));
    let key = key_field.and_then(|field| file(section, field, pem::private_key));
    if let Some(field) = key_field {
        warn_readable(section, field);
    }
    let (certificate, chain) = (certificate?, chain?);
    let leaf = leaf(certificate, &chain)?;
    let (key_field, key) = (key_field?, key?);
    if !belongs(certificate, key_field, &chain, &key) {
        return None;
    }
    warn_validity(certificate, &leaf, section.cx.now);
    warn_names(certificate, &leaf, hosts);
    Some((chain, key))
}

fn file<T>(section: &Section<'_>, field: &Field<'_>, parse: impl Fn(&[u8]) -> Result<T, pem::Fault>) -> Option<T> {
    let read = section.cx.read(field.text()).and_then(|bytes| {
        parse(&bytes).map_err(|(why, help)| {
            (format!("{:?} cannot be used: {why}", field.text()), help.replace("FILE", field.text()))
        })
    });
    read.map_err(|(message, help)| field.error(message, help)).ok()
}

fn warn_readable(section: &Section<'_>, field: &Field<'_>) {
    let path = section.cx.resolve(field.text());
    if let Some(mode) = section.cx.files.mode(&path)
        && mode & 0o077 != 0
    {
        field.warn(
            format!("others than its owner may read or write the private key {:?} (mode {mode:04o})", field.text()),
            format!("chmod 600 {}", path.display()),
        );
    }
}

fn leaf(field: &Field<'_>, chain: &[CertificateDer<'_>]) -> Option<Certificate> {
    let mut first = None;
    for (n, der) in chain.iter().enumerate() {
        match Certificate::from_der(der) {
            Ok(certificate) if n == 0 => first = Some(certificate),
            Ok(_) => {}
            Err(error) => {
                field.error(
                    format!("certificate {} of {:?} is malformed: {error}", n + 1, field.text()),
                    "write it anew",
                );
                return None;
            }
        }
    }
    first
}

/// Whether the key is that of the leaf; says so if it is not.
fn belongs(
    certificate: &Field<'_>,
    key_field: &Field<'_>,
    chain: &[CertificateDer<'static>],
    key: &PrivateKeyDer<'static>,
) -> bool {
    let signer = match rustls::crypto::aws_lc_rs::sign::any_supported_type(key) {
        Ok(signer) => signer,
        Err(_) => {
            key_field.error(
                format!("the private key {:?} cannot be used for TLS", key_field.text()),
                "use ECDSA (P-256, P-384, P-521), Ed25519, or RSA of 2048 bits and more",
            );
            return false;
        }
    };
    let fits = |n: usize| {
        chain.get(n).is_some_and(|der| CertifiedKey::new(vec![der.clone()], signer.clone()).keys_match().is_ok())
    };
    if fits(0) {
        return true;
    }
    match (1..chain.len()).find(|n| fits(*n)) {
        Some(n) => certificate.error(
            format!("the key belongs to certificate {} of {:?}, not to the first", n + 1, certificate.text()),
            "put the server's own certificate first, then its intermediates",
        ),
        None => key_field.error(
            format!("the key {:?} does not belong to the certificate {:?}", key_field.text(), certificate.text()),
            "name the key that the certificate was issued for",
        ),
    }
    false
}

fn warn_validity(field: &Field<'_>, leaf: &Certificate, now: UnixTime) {
    let validity = leaf.tbs_certificate().validity();
    let seconds =
        |time: x509_cert::time::Time| UnixTime(time.to_unix_duration().as_secs().try_into().unwrap_or(i64::MAX));
    let (from, until) = (seconds(validity.not_before), seconds(validity.not_after));
    if now > until {
        field.warn(
            format!("the certificate {:?} expired on {until}: browsers will refuse it", field.text()),
            "renew it",
        );
    } else if now < from {
        field.warn(
            format!("the certificate {:?} is not valid before {from}: browsers will refuse it", field.text()),
            "check the clock of this host",
        );
    }
}

fn warn_names(field: &Field<'_>, leaf: &Certificate, hosts: &[HostPattern]) {
    let names: Vec<String> = match leaf.tbs_certificate().get_extension::<SubjectAltName>() {
        Ok(Some((_, san))) => san.0.iter().filter_map(name).collect(),
        _ => Vec::new(),
    };
    let missing: Vec<String> =
        hosts.iter().filter(|host| !names.iter().any(|name| covers(name, host))).map(ToString::to_string).collect();
    if !missing.is_empty() {
        let named = if names.is_empty() { "no name in subjectAltName".into() } else { names.join(", ") };
        field.warn(
            format!(
                "the certificate {:?} is for {named}, not for {}: browsers will refuse it",
                field.text(),
                missing.join(", ")
            ),
            "use a certificate that names every host of the site",
        );
    }
}

fn name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(dns) => Some(dns.to_string().to_ascii_lowercase()),
        GeneralName::IpAddress(ip) => match ip.as_bytes().len() {
            4 => <[u8; 4]>::try_from(ip.as_bytes()).ok().map(|ip| std::net::Ipv4Addr::from(ip).to_string()),
            _ => <[u8; 16]>::try_from(ip.as_bytes()).ok().map(|ip| format!("[{}]", std::net::Ipv6Addr::from(ip))),
        },
        _ => None,
    }
}

/// As browsers compare: a wildcard stands for the whole first label (RFC 6125 section 6.4.3).
fn covers(name: &str, host: &HostPattern) -> bool {
    match name.strip_prefix('*') {
        Some(parent) if host.is_wildcard() => host.name() == parent,
        Some(parent) => host.name().find('.').and_then(|dot| host.name().get(dot..)) == Some(parent),
        None => !host.is_wildcard() && host.name() == name,
    }
}
