use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage, anchor_from_trusted_cert};

use super::*;

fn text(pem: &str) -> String {
    openssl(directory(&[("it.pem", pem)]).path(), "x509 -in it.pem -noout -text -serial").unwrap()
}

/// `openssl verify` of `leaf` at [`now`], strictly, with `options`.
fn openssl_verify(ca: &Authority, leaf: &Issued, options: &str) -> Result<String, String> {
    let chain = leaf.chain_pem();
    let dir = directory(&[("ca.pem", &ca.certificate().pem), ("leaf.pem", &leaf.cert_pem), ("chain.pem", &chain)]);
    let verify = "verify -x509_strict -check_ss_sig -CAfile ca.pem -untrusted chain.pem";
    openssl(dir.path(), &format!("{verify} -attime {SECONDS} {options} leaf.pem"))
}

fn webpki_verify(ca: &Authority, leaf: &Issued, usage: KeyUsage) -> Result<(), Error> {
    let root = CertificateDer::from(ca.certificate().der.as_slice());
    let anchors = [anchor_from_trusted_cert(&root).unwrap()];
    let chain: Vec<_> = leaf.chain_der().into_iter().map(CertificateDer::from).collect();
    let (leaf, intermediates) = chain.split_first().unwrap();
    let time = UnixTime::since_unix_epoch(Duration::from_secs(SECONDS));
    let algorithms = webpki::ALL_VERIFICATION_ALGS;
    EndEntityCert::try_from(leaf)?
        .verify_for_usage(algorithms, &anchors, intermediates, time, usage, None, None)
        .map(drop)
}

#[test]
fn a_ca_may_sign_certificates_and_has_none_below() {
    let ca = authority();
    assert_contains(
        &text(&ca.certificate().pem),
        &[
            "Issuer: CN = Example Client CA Validity",
            "Not Before: Jan 15 07:00:00 2027 GMT Not After : Jan 12 08:00:00 2037 GMT",
            "ASN1 OID: prime256v1",
            "Key Usage: critical Certificate Sign, CRL Sign",
            "Basic Constraints: critical CA:TRUE, pathlen:0",
            "Subject Key Identifier: ",
            &format!("serial={}", ca.facts().serial),
        ],
    );
}

#[test]
fn a_server_certificate_has_typed_names_and_no_other_use() {
    let ca = authority();
    let names = ["App.Example.com", "*.example.com", "127.0.0.1", "::1", "app.example.com"];
    let issued = ca.issue_server(&server(&names), now()).unwrap();
    assert_contains(
        &text(&issued.cert_pem),
        &[
            "Subject: CN = app.example.com Subject Public",
            "Subject Alternative Name: DNS:app.example.com, DNS:*.example.com, \
             IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1 X509v3",
            "X509v3 Key Usage: critical Digital Signature X509v3",
            "X509v3 Extended Key Usage: TLS Web Server Authentication X509v3",
            "X509v3 Basic Constraints: critical CA:FALSE Signature",
            "Not Before: Jan 15 07:00:00 2027 GMT Not After : Apr 15 08:00:00 2027 GMT",
        ],
    );
    assert_eq!(issued.chain_pem(), issued.cert_pem, "a root is not sent along");

    openssl_verify(&ca, &issued, "-purpose sslserver -verify_hostname www.example.com").unwrap();
    openssl_verify(&ca, &issued, "-purpose sslserver -verify_ip ::1").unwrap();
    openssl_verify(&ca, &issued, "-purpose sslclient").unwrap_err();
    webpki_verify(&ca, &issued, KeyUsage::server_auth()).unwrap();
    webpki_verify(&ca, &issued, KeyUsage::client_auth()).unwrap_err();
}

#[test]
fn a_client_certificate_carries_every_kind_of_name() {
    let ca = authority();
    let request = ClientRequest {
        organization: Some("Exämple, Inc.".to_owned()),
        unit: Some("R&D".to_owned()),
        emails: vec!["Ada@Example.com".to_owned()],
        uris: vec!["spiffe://example.com/ada".to_owned()],
        upns: vec!["ada@corp.example.com".to_owned()],
        dns: vec!["ada-laptop.example.com".to_owned()],
        ..client("Ada Lovelace")
    };
    let issued = ca.issue_client(&request, now()).unwrap();
    let identifier = text(&ca.certificate().pem);
    let identifier = identifier.split("Subject Key Identifier:").nth(1).unwrap();
    let identifier = identifier.split_whitespace().next().unwrap();
    assert_contains(
        &text(&issued.cert_pem),
        &[
            "Subject Alternative Name: email:Ada@example.com, URI:spiffe://example.com/ada, \
             othername: UPN::ada@corp.example.com, DNS:ada-laptop.example.com X509v3",
            "X509v3 Key Usage: critical Digital Signature X509v3",
            "X509v3 Extended Key Usage: TLS Web Client Authentication X509v3",
            "X509v3 Basic Constraints: critical CA:FALSE Signature",
            &format!("Authority Key Identifier: {identifier}"),
        ],
    );
    assert_eq!(issued.facts.subject, r"CN=Ada Lovelace,OU=R&D,O=Exämple\, Inc.");
    let fingerprint =
        openssl(directory(&[("it.pem", &issued.cert_pem)]).path(), "x509 -in it.pem -noout -fingerprint -sha256");
    let fingerprint = fingerprint.unwrap().replace(':', "").to_lowercase();
    assert_contains(&fingerprint, &[&issued.facts.sha256]);

    openssl_verify(&ca, &issued, "-purpose sslclient").unwrap();
    openssl_verify(&ca, &issued, "-purpose sslserver").unwrap_err();
    webpki_verify(&ca, &issued, KeyUsage::client_auth()).unwrap();
    webpki_verify(&ca, &issued, KeyUsage::server_auth()).unwrap_err();
}

#[test]
fn another_ca_of_the_same_name_vouches_for_nobody() {
    let issued = authority().issue_client(&client("Ada"), now()).unwrap();
    assert!(webpki_verify(&authority(), &issued, KeyUsage::client_auth()).is_err());
    openssl_verify(&authority(), &issued, "-purpose sslclient").unwrap_err();
}

#[test]
fn the_key_belongs_to_the_certificate() {
    let issued = authority().issue_client(&client("Ada"), now()).unwrap();
    let dir = directory(&[("it.pem", &issued.cert_pem), ("it.key", &issued.key_pem)]);
    let certified = openssl(dir.path(), "x509 -in it.pem -noout -pubkey").unwrap();
    assert_eq!(openssl(dir.path(), "pkey -in it.key -pubout").unwrap(), certified);
}

#[test]
fn no_two_certificates_share_a_serial_number_or_a_key() {
    let ca = authority();
    let issue = || ca.issue_client(&client("Ada"), now()).unwrap();
    let (one, two) = (issue(), issue());
    assert_ne!(one.facts.serial, two.facts.serial);
    assert_ne!(one.key_der, two.key_der);
    for serial in [&one.facts.serial, &two.facts.serial, &ca.facts().serial] {
        assert_eq!(serial.len(), 32, "{serial}");
        assert!(('4'..='7').contains(&serial.chars().next().unwrap()), "{serial} is positive");
    }
}

#[test]
fn a_server_name_too_long_for_a_subject_is_in_the_names_alone() {
    let ca = authority();
    let long = format!("{}.example.com", "a".repeat(60));
    let only = ca.issue_server(&server(&[&long]), now()).unwrap();
    assert_contains(&text(&only.cert_pem), &["Subject: Subject Public", "Alternative Name: critical"]);
    webpki_verify(&ca, &only, KeyUsage::server_auth()).unwrap();
    openssl_verify(&ca, &only, &format!("-purpose sslserver -verify_hostname {long}")).unwrap();

    let both = ca.issue_server(&server(&[&long, "b.example.com"]), now()).unwrap();
    assert_eq!(both.facts.subject, "CN=b.example.com");
}

#[test]
fn no_certificate_outlives_its_ca_or_comes_before_it() {
    let ca = Authority::create("Short CA", 10, now()).unwrap();
    let issue = |days, at| ca.issue_client(&ClientRequest { days, ..client("Ada") }, at);
    let ada = issue(10, now()).unwrap();
    assert_eq!(ada.facts.not_before, ca.facts().not_before);
    assert_eq!(ada.facts.not_after, ca.facts().not_after);
    let message = |days, at| issue(days, at).unwrap_err().to_string();
    assert_eq!(
        message(11, now()),
        "certificate would outlive CA \"CN=Short CA\", which ends 2027-01-25T08:00:00Z: expected at most 10 days"
    );
    assert_contains(&message(1, in_days(10)), &["expected a CA with a day left"]);
    assert_contains(&message(1, in_days(11)), &["CA \"CN=Short CA\" expired 2027-01-25T08:00:00Z"]);
    assert_contains(&message(1, in_days(-1)), &["is valid from 2027-01-15T07:00:00Z", "check the clock"]);
}

#[test]
fn deviations_are_refused_by_those_who_verify() {
    let ca = authority();
    let judge = |deviations: Deviations| {
        let issued = ca.issue_client_with(&client("Ada"), now(), &deviations).unwrap();
        webpki_verify(&ca, &issued, KeyUsage::client_auth())
    };
    let usages = |usages: &[Usage]| Deviations { usages: Some(usages.to_vec()), ..Default::default() };
    let span =
        |from, to| Deviations { not_before: Some(in_days(from)), not_after: Some(in_days(to)), ..Default::default() };
    assert!(matches!(judge(span(-9, -1)), Err(Error::CertExpired { .. })));
    assert!(matches!(judge(span(1, 9)), Err(Error::CertNotValidYet { .. })));
    assert!(matches!(judge(usages(&[Usage::ServerAuth])), Err(Error::RequiredEkuNotFoundContext(_))));
    assert!(matches!(judge(usages(&[Usage::Any])), Err(Error::RequiredEkuNotFoundContext(_))));
    judge(usages(&[])).unwrap();
    judge(usages(&[Usage::ServerAuth, Usage::ClientAuth])).unwrap();
    judge(span(-99_000 / 24, 99_000)).unwrap();
}

#[test]
fn an_intermediate_is_sent_along_and_the_root_is_not() {
    let root = Deviations { path_len: Some(1), ..Default::default() };
    let root = Authority::create_with("Root", 3650, now(), &root).unwrap();
    let none = Deviations::default();
    let middle = root.issue_intermediate("Middle", 365, now(), &none).unwrap();
    assert_contains(&text(&middle.certificate().pem), &["CA:TRUE, pathlen:0", "Issuer: CN = Root"]);

    let issued = middle.issue_client(&client("Ada"), now()).unwrap();
    assert_eq!(issued.chain_der(), [issued.cert_der.clone(), middle.certificate().der.clone()]);
    assert_eq!(issued.chain_pem(), format!("{}{}", issued.cert_pem, middle.certificate().pem));
    assert_eq!(issued.authorities, [middle.certificate().clone(), root.certificate().clone()]);
    webpki_verify(&root, &issued, KeyUsage::client_auth()).unwrap();
    openssl_verify(&root, &issued, "-purpose sslclient").unwrap();
}

#[test]
fn a_ca_below_one_that_allows_none_is_refused_or_wrong_on_purpose() {
    let root = authority();
    let none = Deviations::default();
    let refused = root.issue_intermediate("Middle", 365, now(), &none).unwrap_err().to_string();
    assert_eq!(refused, "CA \"CN=Example Client CA\" allows no CA below it: expected a path length above 0");

    let explicit = Deviations { path_len: Some(0), ..Default::default() };
    let middle = root.issue_intermediate("Middle", 365, now(), &explicit).unwrap();
    let issued = middle.issue_client(&client("Ada"), now()).unwrap();
    let refused = openssl_verify(&root, &issued, "-purpose sslclient").unwrap_err();
    assert_contains(&refused, &["path length constraint exceeded"]);
}

#[test]
fn debug_output_holds_no_key() {
    let ca = authority();
    let issued = ca.issue_client(&client("Ada"), now()).unwrap();
    let password = Password::random().unwrap();
    let output = format!("{ca:?} {issued:?} {password:?}");
    let secret = |pem: &str| pem.lines().nth(1).unwrap().to_owned();
    for secret in [secret(&ca.key_pem()), secret(&issued.key_pem), password.reveal().to_owned()] {
        assert!(!output.contains(&secret), "{output}");
    }
    assert!(!output.contains("key_"), "{output}");
}
