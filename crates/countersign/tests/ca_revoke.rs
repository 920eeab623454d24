//! From `ca init` to a refused client, with the program alone.

use std::fs;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use crate::support::{Config, Gateway, HOST, Upstream, command::output, pki::Credentials};

#[test]
fn revoke_and_the_gateway_refuses() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    let ca = |arguments: &[&str]| {
        let output = output(&[&["ca"], arguments, &["--dir", &at("ca")]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    ca(&["init", "--name", "Small CA"]);
    for name in ["ada", "mallory"] {
        ca(&["issue", "client", name, "--out", &at("")]);
    }
    let said = ca(&["revoke", &at("mallory.pem"), "--reason", "keyCompromise", "--format", "json"]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said["made"], &said["revoked"]["subject"]), (&"crl".into(), &"CN=mallory".into()));

    let upstream = Upstream::start();
    let read = |name: &str| fs::read_to_string(at(name)).unwrap();
    let config = Config::new(upstream.url())
        .file("staff.pem", &read("ca/ca.pem"))
        .file("crl.pem", &read("ca/crl.pem"))
        .trust("crl = [\"crl.pem\"]");
    let gateway = Gateway::start(&config);
    let ask = |name: &str| {
        let chain =
            CertificateDer::pem_slice_iter(read(&format!("{name}.pem")).as_bytes()).map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_slice(read(&format!("{name}.key")).as_bytes()).unwrap();
        gateway.connect_as(Credentials { chain, key }).ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n"))
    };
    ask("ada").assert_from_app();
    let refused = ask("mallory");
    refused.assert_refused(403, "client-cert-revoked");
    assert!(refused.text().contains("(keyCompromise) by the CRL of CN=Small CA"), "{}", refused.text());
}
