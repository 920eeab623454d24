//! Certificates and keys, in memory: made anew for each run, with names and dates that stay.

use std::{collections::BTreeMap, path::PathBuf, sync::OnceLock};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};

type Map = BTreeMap<PathBuf, Vec<u8>>;

/// The files that test configurations name.
pub(crate) fn files() -> &'static Map {
    static FILES: OnceLock<Map> = OnceLock::new();
    FILES.get_or_init(make)
}

fn params(name: &str, hosts: &[&str], until: i32) -> CertificateParams {
    let mut params = CertificateParams::new(hosts.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    params
}

fn make() -> Map {
    let mut map = Map::new();
    let mut put = |name: &str, text: String| {
        map.insert(name.into(), text.into_bytes());
    };
    let mut ca = params("Staff CA", &[], 2036);
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca_key = KeyPair::generate().unwrap();
    let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
    let issuer = Issuer::new(ca, ca_key);

    let mut expired = params("Old CA", &[], 2027);
    expired.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    put("expired-ca.pem", expired.self_signed(&KeyPair::generate().unwrap()).unwrap().pem());

    let key = KeyPair::generate().unwrap();
    let issue = |params: CertificateParams| params.signed_by(&key, &issuer).unwrap().pem();
    let app = issue(params("app", &["app.example.com", "*.apps.example.com", "127.0.0.1"], 2030));
    put("app.key", key.serialize_pem());
    put("other.key", KeyPair::generate().unwrap().serialize_pem());
    put("expired.pem", issue(params("app", &["app.example.com"], 2027)));
    put("future.pem", {
        let mut later = params("app", &["app.example.com"], 2030);
        later.not_before = date_time_ymd(2028, 1, 1);
        issue(later)
    });
    put("alice.pem", {
        let mut alice = params("alice", &[], 2030);
        alice.subject_alt_names = vec![SanType::Rfc822Name("alice@example.com".try_into().unwrap())];
        alice.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        issue(alice)
    });
    put("swapped.pem", format!("{ca_pem}{app}"));
    put("combined.pem", format!("{app}{}", key.serialize_pem()));
    put("two.key", format!("{}{}", key.serialize_pem(), KeyPair::generate().unwrap().serialize_pem()));
    put("cut.pem", app.get(..app.len() / 2).unwrap().to_owned());
    put("empty.pem", String::new());
    put("words.pem", "hello\n".to_owned());
    put("half-ca.pem", format!("{ca_pem}{}", ca_pem.get(..200).unwrap()));
    put("bundle.pem", format!("{ca_pem}{app}"));
    put("malformed.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned());
    put("ca.pem", ca_pem);
    put("app.pem", app);
    map
}
