//! Certificates and keys, in memory: made anew for each run, with names and dates that stay.

use std::{collections::BTreeMap, path::PathBuf, sync::OnceLock};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer, KeyIdMethod, KeyPair,
    KeyUsagePurpose, RevokedCertParams, SanType, date_time_ymd,
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

/// A CRL with one entry, of this January, 2027.
fn crl(issuer: &Issuer<'_, KeyPair>, number: u64, from: u8, until: u8) -> String {
    let revoked = RevokedCertParams {
        serial_number: number.into(),
        revocation_time: date_time_ymd(2027, 1, 1),
        reason_code: None,
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: date_time_ymd(2027, 1, from),
        next_update: date_time_ymd(2027, 1, until),
        crl_number: number.into(),
        issuing_distribution_point: None,
        revoked_certs: vec![revoked],
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(issuer).unwrap().pem().unwrap()
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
    let impostor = Issuer::new(ca.clone(), KeyPair::generate().unwrap());
    let issuer = Issuer::new(ca, ca_key);
    let staff = crl(&issuer, 7, 10, 20);
    put("impostor.crl", crl(&impostor, 7, 10, 20));
    put("old.crl", crl(&issuer, 6, 1, 12));
    put("soon.crl", crl(&issuer, 8, 11, 16));
    put("future.crl", crl(&issuer, 9, 18, 25));
    put("contradiction.crl", format!("{staff}{}", crl(&issuer, 7, 11, 21)));
    put("cut.crl", staff.get(..staff.len() / 2).unwrap().to_owned());
    put("malformed.crl", "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n".to_owned());
    put("staff.crl", staff);
    put("denied.txt", "# lost\nserial:0A:1B issuer:\"CN=Staff CA\"  # ticket 7\n".to_owned());
    put("nobody.txt", "# nobody\n".to_owned());
    let proxied = r#"["HTTP_X_FORWARDED_PROTO", "https"]"#;
    let exported = |format: u32, cookie: &str, sessions: bool| {
        format!(
            r#"{{"format": {format}, "django": "5.2.19", "settings": {{"ALLOWED_HOSTS": [".example.com"], "DEBUG": false,
            "USE_X_FORWARDED_HOST": false, "USE_X_FORWARDED_PORT": false, "SECURE_PROXY_SSL_HEADER": {proxied},
            "CSRF_TRUSTED_ORIGINS": ["https://partner.example.com"], "CSRF_COOKIE_DOMAIN": null,
            "SESSION_COOKIE_DOMAIN": null, "CSRF_COOKIE_NAME": "{cookie}", "CSRF_HEADER_NAME": "HTTP_X_XSRF_TOKEN",
            "CSRF_USE_SESSIONS": {sessions}}}}}"#
        )
    };
    put("csrf-settings.json", exported(1, "xsrf", false));
    put("csrf-settings-of-a-laptop.json", exported(1, "csrftoken", false).replace(proxied, "null"));
    put("csrf-settings-of-sessions.json", exported(1, "csrftoken", true));
    put("csrf-settings-to-come.json", exported(2, "csrftoken", false));
    put("csrf-settings-cut.json", "{\"format\": 1".to_owned());
    put("denied-with-errors.txt", "serial:7\nsha256:12\nmd5:00\nAlice\nserial:7 issuer:\"Staff\"\n".to_owned());

    let mut expired = params("Old CA", &[], 2027);
    expired.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    put("expired-ca.pem", expired.self_signed(&KeyPair::generate().unwrap()).unwrap().pem());

    let api_keys = r#"{"keys":[{"id":"58xp5d9x","name":"nightly","scopes":["orders"],"sha256":"HASH","created":1}]}"#;
    let api_keys = api_keys.replace("HASH", "a016080b204789678c504164d38732e9f827de54474ce08aece3a30a09fc9f11");
    put("revoked-api-keys.json", api_keys.replace("\"created\"", "\"revoked\":2,\"created\""));
    put("cut-api-keys.json", api_keys.get(..60).unwrap().to_owned());
    put("api-keys.json", api_keys);

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
