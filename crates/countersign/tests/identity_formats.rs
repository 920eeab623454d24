//! What the app is told of a certificate, in each format, and what happens when it does not fit.
//! `crates/gateway/tests/identity` has the values; here they go through real sockets.

use countersign_gateway::{FORMATS, IDENTITY_HEADER_BUDGET};

use crate::support::{
    Config, Gateway, TlsClient, Upstream,
    pki::{self, Credentials, pki},
};

const GET: &str = "GET / HTTP/1.1\r\nHost: app.example.com\r\n\r\n";

fn gateway(upstream: &Upstream, format: &str) -> Gateway {
    Gateway::start(&Config::new(upstream.url()).formats(&format!("{format:?}")).mode("optional"))
}

#[test]
fn each_format_sets_its_own_names_and_no_others() {
    for format in FORMATS {
        let upstream = Upstream::start();
        let gateway = gateway(&upstream, format.code());
        gateway.connect_as(pki::below(1)).ask(GET).assert_from_app();
        let request = upstream.last();
        for other in FORMATS {
            for (name, _) in other.headers() {
                assert_eq!(request.header(name).is_some(), other == format, "{}: {name}", format.code());
            }
        }
        TlsClient::new().connect(gateway.address).ask(GET).assert_from_app();
        let anonymous = upstream.last();
        let told = FORMATS.iter().flat_map(|f| f.headers()).filter(|(name, _)| anonymous.header(name).is_some());
        let told: Vec<_> = told.collect();
        assert_eq!(told.len(), usize::from(format.code() == "nginx"), "{told:?}");
    }
}

#[test]
fn the_chain_is_the_one_that_was_validated() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "rfc9440");
    let mut client = pki::below(2);
    let [leaf, second, first] = client.chain.clone().try_into().unwrap();
    // Presented in another order, with the root and with a stranger's certificate among them.
    let root = pki().staff.certificate().der.clone().into();
    client.chain = vec![leaf.clone(), root, pki::stranger().chain.remove(0), first.clone(), second.clone()];
    gateway.connect_as(client).ask(GET).assert_from_app();
    let request = upstream.last();
    assert_eq!(bytes(request.header("client-cert").unwrap()), [leaf.to_vec()]);
    assert_eq!(bytes(request.header("client-cert-chain").unwrap()), [second.to_vec(), first.to_vec()]);
}

#[test]
fn a_chain_over_budget_is_left_out_and_the_leaf_stays() {
    let upstream = Upstream::start();
    for (format, with, without) in [
        ("rfc9440", "client-cert-chain", "client-cert"),
        ("xfcc", "x-forwarded-client-cert", "x-forwarded-client-cert"),
        ("traefik", "x-forwarded-tls-client-cert", "x-forwarded-tls-client-cert"),
    ] {
        let gateway =
            Gateway::start(&Config::new(upstream.url()).formats(&format!("{format:?}")).trust("max_depth = 6"));
        let few = told(&gateway, &upstream, pki::below(1), with).unwrap();
        let leaf = told(&gateway, &upstream, pki::below(0), without).unwrap();
        let many = told(&gateway, &upstream, deep(5), with);
        match format {
            "rfc9440" => assert!(!few.is_empty() && many.is_none()),
            // As long as without any CA, but for the length of the names.
            _ => assert!(many.unwrap().len() < leaf.len() + 200 && few.len() > leaf.len() + 500),
        }
    }
}

/// Alice below so many CAs, made large enough that together they burst the budget.
fn deep(cas: usize) -> Credentials {
    pki::below_large(cas, IDENTITY_HEADER_BUDGET / 4)
}

fn told(gateway: &Gateway, upstream: &Upstream, who: Credentials, name: &str) -> Option<String> {
    gateway.connect_as(who).ask(GET).assert_from_app();
    upstream.last().header(name).map(str::to_owned)
}

#[test]
fn a_leaf_over_budget_is_refused_by_name_and_never_anonymous() {
    for format in FORMATS {
        let upstream = Upstream::start();
        let gateway = gateway(&upstream, format.code());
        let mut connection = gateway.connect_as(pki::large(IDENTITY_HEADER_BUDGET));
        let response = connection.ask(GET);
        response.assert_refused(403, "client-cert-too-large");
        assert!(response.text().contains("CN=alice: "), "{}", response.text());
        upstream.assert_untouched();
    }
    // Without a format the assertion has to fit all the same.
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).formats(""));
    let response = gateway.connect_as(pki::large(IDENTITY_HEADER_BUDGET)).ask(GET);
    response.assert_refused(403, "client-cert-too-large");
    assert!(response.text().contains("the assertion would have"), "{}", response.text());
    upstream.assert_untouched();
    gateway.connect_as(pki::large(3_000)).ask(GET).assert_from_app();
    assert!(upstream.last().header("countersign-assertion").is_some_and(|token| token.len() <= 8_000));
}

#[test]
fn the_budget_fits_the_header_limit_of_a_plain_gunicorn() {
    // limit_request_field_size counts name, ": ", value and the line's end.
    const { assert!(IDENTITY_HEADER_BUDGET + 4 <= 8_190) };
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "nginx");
    // The longest that still passes: none of its lines is longer than gunicorn takes.
    let mut passed = 0;
    for uri in (3_000..6_000).step_by(100) {
        if gateway.connect_as(pki::large(uri)).ask(GET).status == 200 {
            passed += 1;
            let head = upstream.last().head;
            assert!(head.lines().all(|line| line.len() + 2 <= 8_190));
        }
    }
    assert!((1..30).contains(&passed), "{passed}: the sizes do not reach the border");
}

/// The byte sequences of a structured field.
fn bytes(field: &str) -> Vec<Vec<u8>> {
    let one = |item: &str| {
        let text = item.strip_prefix(':').and_then(|rest| rest.strip_suffix(':'));
        base64(text.unwrap_or_else(|| panic!("no byte sequence: {item:?}")))
    };
    field.split(", ").map(one).collect()
}

fn base64(text: &str) -> Vec<u8> {
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", wrap(text));
    rustls::pki_types::pem::PemObject::from_pem_slice(pem.as_bytes())
        .map(|der: rustls::pki_types::CertificateDer<'_>| der.to_vec())
        .unwrap()
}

fn wrap(text: &str) -> String {
    text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line)).collect::<Vec<_>>().join("\n")
}
