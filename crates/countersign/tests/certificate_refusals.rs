//! A certificate that does not count is refused by name, to people as a page and to programs as a
//! problem, over TLS 1.2 and 1.3.

use http::Request;

use crate::support::{
    Config, Gateway, HOST, Http2, TlsClient, Upstream,
    patience::PATIENCE,
    pki::{self, Credentials},
};

/// Each bad certificate, its reason, and what the answer says of it.
fn cases() -> Vec<(Option<Credentials>, &'static str, &'static str)> {
    vec![
        (None, "client-cert-missing", "no client certificate was sent"),
        (Some(pki::expired()), "client-cert-expired", "CN=alice,O=Example, valid until 20"),
        (Some(pki::not_yet_valid()), "client-cert-not-yet-valid", "CN=alice,O=Example, valid from 20"),
        (Some(pki::stranger()), "client-cert-unknown-ca", "issued by CN=Somebody Else CA"),
        (Some(pki::partner()), "client-cert-unknown-ca", "issued by CN=Partners CA"),
        (Some(pki::impostor()), "client-cert-bad-signature", "CN=alice,O=Example"),
        (Some(pki::wrong_usage()), "client-cert-wrong-usage", "extendedKeyUsage clientAuth"),
        (Some(pki::any_usage()), "client-cert-wrong-usage", "extendedKeyUsage clientAuth"),
        (Some(pki::authority()), "client-cert-wrong-usage", "CN=Staff CA"),
        (Some(pki::below(3)), "client-cert-chain-too-long", "at most 2 CAs"),
        (Some(pki::below_weak()), "client-cert-weak-key", "1024"),
        (Some(pki::constrained("alice@evil.example")), "client-cert-name-constraint", "alice@evil.example"),
    ]
}

fn gateway(upstream: &Upstream, mode: &str) -> Gateway {
    Gateway::start(&Config::new(upstream.url()).mode(mode).trust("max_depth = 2"))
}

fn connect(credentials: Option<Credentials>, tls12: bool) -> TlsClient {
    let client = match credentials {
        Some(credentials) => TlsClient::new().credentials(credentials),
        None => TlsClient::new(),
    };
    if tls12 { client.tls12() } else { client.tls13() }
}

#[test]
fn told_to_programs_and_to_people() {
    let upstream = Upstream::start();
    let mut gateway = gateway(&upstream, "soft");
    for tls12 in [false, true] {
        for (credentials, reason, said) in cases() {
            let mut connection = connect(credentials, tls12).connect(gateway.address);
            let response = connection.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nAccept: */*\r\n\r\n"));
            response.assert_refused(403, reason);
            assert_eq!(response.header("content-type"), Some("application/problem+json"));
            let problem = response.json();
            assert_eq!((problem["status"].as_u64(), problem["reason"].as_str()), (Some(403), Some(reason)));
            assert!(response.text().contains(said), "{said:?} is not in {problem}");

            let response = connection.ask(&format!(
                "GET / HTTP/1.1\r\nHost: {HOST}\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: none\r\n\r\n"
            ));
            response.assert_refused(403, reason);
            assert_eq!(response.header("content-type"), Some("text/html; charset=utf-8"));
            let said = if reason.ends_with("missing") { "No client certificate was sent." } else { said };
            assert!(response.text().contains(said), "{said:?} is not in {}", response.text());
        }
    }
    upstream.assert_untouched();
    gateway.assert_unharmed();
}

#[test]
fn the_log_names_them() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "soft");
    for (credentials, reason, _) in cases() {
        connect(credentials, false).connect(gateway.address).ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n"));
        let event = gateway.decision(reason);
        assert_eq!(event["verdict"], "refuse");
    }
}

#[test]
fn intermediate_cas_are_followed_as_far_as_allowed() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "soft");
    for depth in 0..=2 {
        let mut connection = gateway.connect_as(pki::below(depth));
        connection.ask(&format!("GET /{depth} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
        assert_eq!(upstream.last().header("x-ssl-client-s-dn"), Some("CN=alice,O=Example"));
    }
    // Without its intermediate a chain leads nowhere.
    let mut alone = pki::below(1);
    alone.chain.truncate(1);
    let mut connection = gateway.connect_as(alone);
    connection.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_refused(403, "client-cert-unknown-ca");
}

#[test]
fn name_constraints_limit_a_ca_and_no_more() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "soft");
    let mut connection = gateway.connect_as(pki::constrained("alice@example.com"));
    connection.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
}

#[test]
fn names_that_could_be_read_in_two_ways() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "soft");
    for (name, uri) in [
        ("alice\r\nX-SSL-Client-S-DN: CN=admin", None),
        ("alice\0.evil.test", None),
        ("alice\u{202e}nimda", None),
        ("alice", Some("https://example.com/\r\nX: y")),
        ("alice", Some("spiffe://example.com/a\0b")),
    ] {
        let mut connection = gateway.connect_as(pki::hostile(name, uri));
        let response = connection.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n"));
        response.assert_refused(403, "client-cert-malformed");
        assert!(!response.text().contains("nimda"), "a direction mark came back");
    }
    upstream.assert_untouched();
}

#[test]
fn a_chosen_name_cannot_fake_components() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "soft");
    for (name, told) in [
        ("alice,O=Admins", "CN=alice\\,O\\=Admins"),
        ("alice+UID=0", "CN=alice\\+UID\\=0"),
        ("\"alice\"", "CN=\\\"alice\\\""),
        ("Zo\u{eb}", "CN=Zo\\C3\\AB"),
    ] {
        let mut connection = gateway.connect_as(pki::hostile(name, None));
        connection.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
        let request = upstream.last();
        let received = request.header("x-ssl-client-s-dn").unwrap();
        // RFC 4514 leaves it to the writer whether = is escaped.
        assert_eq!(received.replace("\\=", "="), told.replace("\\=", "="));
    }
}

/// Firefox sends requests with credentials over an HTTP/2 connection that it opened without them.
#[test]
fn a_connection_without_a_certificate_is_not_kept_for_others() {
    let upstream = Upstream::start();
    let cors = "cors = { origins = [\"https://ui.example.com\"], methods = [\"POST\"] }";
    let gateway = Gateway::start(&Config::new(upstream.url()).site(cors));
    let anonymous = || Http2::connect(&TlsClient::new(), gateway.address);
    let request = |method: &str| Request::builder().method(method).uri(format!("https://{HOST}/"));
    let mut http2 = anonymous();
    http2.get(request("GET").body(()).unwrap()).assert_refused(403, "client-cert-missing");
    assert!(http2.ends_within(PATIENCE));
    let preflight = request("OPTIONS")
        .header("origin", "https://ui.example.com")
        .header("access-control-request-method", "POST")
        .body(());
    let mut http2 = anonymous();
    assert_eq!(http2.get(preflight.unwrap()).status, 204);
    assert!(http2.ends_within(PATIENCE));
}
