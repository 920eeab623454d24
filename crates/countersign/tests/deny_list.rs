//! The deny list shuts out a certificate whatever its CA says, by each form of entry.

use der::{Decode, Encode};
use sha2::{Digest, Sha256};
use x509_cert::Certificate;

use crate::support::{
    Config, Gateway, HOST, Response, Upstream,
    crl::{self, Crl},
    pki::{self, Credentials, pki},
};

fn gateway(upstream: &Upstream, deny: &str) -> Gateway {
    Gateway::start(&Config::new(upstream.url()).file("denied.txt", deny).trust("deny = \"denied.txt\""))
}

fn get(gateway: &Gateway, who: &Credentials) -> Response {
    gateway.connect_as(who.clone()).ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// As OpenSSL prints it.
fn colons(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X}")).collect::<Vec<_>>().join(":")
}

fn certificate(who: &Credentials, place: usize) -> Vec<u8> {
    Sha256::digest(&who.chain[place]).to_vec()
}

fn key(who: &Credentials) -> Vec<u8> {
    let cert = Certificate::from_der(&who.chain[0]).unwrap();
    Sha256::digest(cert.tbs_certificate().subject_public_key_info().to_der().unwrap()).to_vec()
}

#[test]
fn each_form_of_entry_shuts_out_who_it_names() {
    let upstream = Upstream::start();
    let mallory = pki::named("mallory");
    let serial = crl::serial(&mallory, 0);
    for (entry, form) in [
        (format!("sha256:{}", hex(&certificate(&mallory, 0))), "sha256"),
        (format!("# lost laptop\n\n  sha256:{}   # Mallory", colons(&certificate(&mallory, 0))), "sha256"),
        (format!("spki:{}", hex(&key(&mallory))), "spki"),
        (format!("serial:{} issuer:\"CN=Staff CA\"", hex(&serial)), "serial"),
        (format!("serial:00:{}  issuer:\"cn = staff ca\" # by ticket 7", colons(&serial)), "serial"),
    ] {
        let gateway = gateway(&upstream, &format!("{entry}\n"));
        let response = get(&gateway, &mallory);
        response.assert_refused(403, "client-cert-revoked");
        let said = format!("CN=mallory,O=Example, which is on the deny list ({form})");
        assert!(response.text().contains(&said), "{said:?} is not in {}", response.text());
        get(&gateway, &pki::alice()).assert_from_app();
    }
}

#[test]
fn an_entry_for_a_ca_shuts_out_its_clients() {
    let upstream = Upstream::start();
    let (below, _) = pki::below_one();
    let gateway = gateway(&upstream, &format!("sha256:{}\n", hex(&certificate(&below, 1))));
    let response = get(&gateway, &below);
    response.assert_refused(403, "client-cert-revoked");
    assert!(response.text().contains("CN=Staff CA 1, which is on the deny list"), "{}", response.text());
    get(&gateway, &pki::alice()).assert_from_app();
}

#[test]
fn a_serial_counts_for_its_own_ca() {
    let upstream = Upstream::start();
    let alice = pki::alice();
    let entry = format!("serial:{} issuer:\"CN=Partners CA\"\n", hex(&crl::serial(&alice, 0)));
    get(&gateway(&upstream, &entry), &alice).assert_from_app();
}

/// A list without entries is no mistake; with a CRL beside it, both count.
#[test]
fn a_list_of_nobody_denies_nobody() {
    let upstream = Upstream::start();
    get(&gateway(&upstream, "# nobody\n"), &pki::alice()).assert_from_app();
    let mallory = pki::named("mallory");
    let config = Config::new(upstream.url())
        .file("denied.txt", "# nobody\n")
        .file("staff.crl", &Crl::new(1).revoking(&mallory, 0).signed_by(&pki().staff))
        .trust("deny = \"denied.txt\"\ncrl = [\"staff.crl\"]");
    let gateway = Gateway::start(&config);
    get(&gateway, &mallory).assert_refused(403, "client-cert-revoked");
    get(&gateway, &pki::alice()).assert_from_app();
}
