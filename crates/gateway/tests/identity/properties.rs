//! Random names, made of what breaks out of fields: whatever a certificate says, every format reads
//! back as exactly that.

use std::{
    sync::LazyLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use countersign_core::UnixTime;
use countersign_gateway::{Trust, judge};
use proptest::{collection::vec, prelude::*, sample::select};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType,
};
use rustls::pki_types::CertificateDer;

use crate::{readers::Attribute, told::Told};

struct Ca {
    issuer: Issuer<'static, KeyPair>,
    trust: Trust,
    client_key: KeyPair,
}

static CA: LazyLock<Ca> = LazyLock::new(|| {
    let mut params = params();
    params.distinguished_name.push(DnType::CommonName, "Staff CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let trust = Trust::new("staff", &[certificate.der().clone()], 3, now()).unwrap();
    Ca { issuer: Issuer::new(params, key), trust, client_key: KeyPair::generate().unwrap() }
});

fn now() -> UnixTime {
    UnixTime(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap())
}

fn params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let day = Duration::from_secs(86_400);
    (params.not_before, params.not_after) = ((SystemTime::now() - day).into(), (SystemTime::now() + day).into());
    params
}

/// Pieces that end a value in one of the formats, and ordinary ones between them.
static PIECES: &[&str] = &[
    "\"",
    "\\",
    ",",
    ";",
    "=",
    "+",
    "#",
    "<",
    ">",
    " ",
    "  ",
    "%",
    "%22",
    "%0d%0a",
    "\\22",
    "\\\"",
    "\\\\",
    "'",
    ":",
    "@",
    "/",
    "*",
    "a",
    "alice",
    "Example",
    "0",
    "\";SAN=\"",
    "\",Subject=\"CN=",
    "\";URI=\"",
    ";DNS=",
    ",O=",
    "+UID=",
    ":AA==:",
    "NONE",
    "10.0.0.1",
    "::1",
    "a@b",
    "spiffe://a/",
    "-----BEGIN CERTIFICATE-----",
];

fn ascii() -> impl Strategy<Value = String> {
    vec(select(PIECES), 0..6).prop_map(|pieces| pieces.concat())
}

/// Letters beyond ASCII as well, but none that `judge` refuses.
fn text() -> impl Strategy<Value = String> {
    let letters = select(&["é", "ß", "愛", "😀", "\u{a0}", "ａ"][..]);
    vec(prop_oneof![3 => select(PIECES), 1 => letters], 1..7).prop_map(|pieces| pieces.concat())
}

#[derive(Debug, Clone)]
struct Client {
    subject: Vec<(&'static str, String)>,
    dns: Vec<String>,
    email: Vec<String>,
    uri: Vec<String>,
}

prop_compose! {
    fn client()(
        values in vec(text(), 4),
        count in 0..=4_usize,
        dns in vec(ascii(), 0..3),
        email in vec(ascii(), 0..3),
        uri in vec(ascii(), 0..3),
    ) -> Client {
        // A certificate that names nobody is refused.
        let least = usize::from(dns.is_empty() && email.is_empty() && uri.is_empty());
        let subject = ["O", "OU", "L", "CN"].into_iter().zip(values).take(count.max(least)).collect();
        Client { subject, dns, email, uri }
    }
}

impl Client {
    fn certificate(&self) -> CertificateDer<'static> {
        let mut params = params();
        for (key, value) in &self.subject {
            let key = match *key {
                "O" => DnType::OrganizationName,
                "OU" => DnType::OrganizationalUnitName,
                "L" => DnType::LocalityName,
                _ => DnType::CommonName,
            };
            params.distinguished_name.push(key, DnValue::Utf8String(value.clone()));
        }
        let ia5 = |text: &String| text.as_str().try_into().unwrap();
        let dns = self.dns.iter().map(|name| SanType::DnsName(ia5(name)));
        let email = self.email.iter().map(|name| SanType::Rfc822Name(ia5(name)));
        let uri = self.uri.iter().map(|name| SanType::URI(ia5(name)));
        params.subject_alt_names = dns.chain(email).chain(uri).collect();
        params.signed_by(&CA.client_key, &CA.issuer).unwrap().der().clone()
    }

    fn told(&self, leaf: &CertificateDer<'_>) -> Told {
        let attribute =
            |(key, value): &(&str, String)| -> Vec<Attribute> { vec![((*key).into(), value.clone().into())] };
        Told {
            leaf: leaf.to_vec(),
            subject: Some(self.subject.iter().rev().map(attribute).collect()),
            dns: self.dns.clone(),
            email: self.email.clone(),
            uri: self.uri.clone(),
            ..Told::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_name_can_forge_a_field(client in client()) {
        let leaf = client.certificate();
        let chain = judge(std::slice::from_ref(&leaf), &CA.trust, now()).map_err(|refusal| TestCaseError::fail(refusal.to_string()))?;
        client.told(&leaf).check(&chain);
    }

    #[test]
    fn control_characters_and_direction_marks_get_nowhere(
        client in client(),
        odd in select(&['\r', '\n', '\0', '\u{7f}', '\u{85}', '\u{61c}', '\u{200e}', '\u{2028}', '\u{202e}', '\u{2066}'][..]),
        at in 0..2_usize,
    ) {
        let mut client = client;
        let name = format!("alice{odd}X-SSL-Client-Verify: SUCCESS");
        if at == 0 || !odd.is_ascii() {
            client.subject = vec![("CN", name)];
        } else {
            client.uri = vec![name];
        }
        let refusal = judge(&[client.certificate()], &CA.trust, now()).unwrap_err();
        prop_assert_eq!(refusal.reason().code(), "client-cert-malformed");
    }
}
