//! CAs that somebody else made, with the `openssl` command.

use std::fs;

use super::*;

/// A self-signed certificate and its key: `subject` without spaces, `options` for `openssl req`.
fn made_by_openssl(subject: &str, options: &str) -> Result<Authority, PkiError> {
    let dir = directory(&[]);
    let req = "req -x509 -nodes -keyout ca.key -out ca.pem -days 30000";
    openssl(dir.path(), &format!("{req} -subj {subject} {options}")).unwrap();
    let read = |name| fs::read_to_string(dir.path().join(name)).unwrap();
    Authority::from_pem(&read("ca.pem"), &read("ca.key"))
}

const EC: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";

/// As long as the machine's clock says that the CA of today is valid.
fn issue(ca: &Authority) -> Result<Issued, PkiError> {
    ca.issue_client(&client("Ada"), SystemTime::now())
}

#[test]
fn a_ca_that_openssl_made_signs_what_openssl_accepts() {
    for key in [EC, "-newkey rsa:2048"] {
        let ca = made_by_openssl("/C=DE/O=Example/CN=Foreign", key).unwrap();
        let issued = issue(&ca).unwrap();
        let dir = directory(&[("ca.pem", &ca.certificate().pem), ("leaf.pem", &issued.cert_pem)]);
        openssl(dir.path(), "verify -CAfile ca.pem -purpose sslclient leaf.pem").unwrap();
        assert_eq!(issued.facts.issuer, "CN=Foreign,O=Example,C=DE");
    }
}

#[test]
fn a_subject_that_cannot_be_repeated_exactly_is_refused() {
    let twice = made_by_openssl("/O=Example/OU=One/OU=Two/CN=Foreign", EC).unwrap();
    let message = issue(&twice).unwrap_err().to_string();
    assert_contains(&message, &["expected a subject with each attribute once"]);
}

#[test]
fn a_certificate_that_may_not_sign_is_no_ca() {
    let refused = |options| made_by_openssl("/CN=Foreign", options).unwrap_err().to_string();
    let no_ca = refused("-newkey ec -pkeyopt ec_paramgen_curve:P-256 -addext basicConstraints=CA:FALSE");
    assert_eq!(no_ca, "unusable CA \"CN=Foreign\": expected a CA certificate (basic constraints)");
    let no_use = refused("-newkey ec -pkeyopt ec_paramgen_curve:P-256 -addext keyUsage=digitalSignature");
    assert_eq!(no_use, "unusable CA \"CN=Foreign\": expected a certificate that may sign others (key usage)");
}

#[test]
fn an_older_key_form_is_named_with_its_remedy() {
    let dir = directory(&[]);
    openssl(dir.path(), "ecparam -name prime256v1 -genkey -noout -out ca.key").unwrap();
    openssl(dir.path(), "req -x509 -key ca.key -subj /CN=Old -out ca.pem").unwrap();
    let read = |name| fs::read_to_string(dir.path().join(name)).unwrap();
    let message = Authority::from_pem(&read("ca.pem"), &read("ca.key")).unwrap_err().to_string();
    assert_contains(&message, &["expected unencrypted PKCS#8", "openssl pkcs8 -topk8 -nocrypt"]);
    openssl(dir.path(), "pkcs8 -topk8 -nocrypt -in ca.key -out new.key").unwrap();
    Authority::from_pem(&read("ca.pem"), &read("new.key")).unwrap();
}
