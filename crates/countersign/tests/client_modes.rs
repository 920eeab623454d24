//! `optional` lets a client without a certificate through as nobody and refuses a bad one; `off`
//! asks for none and believes none.

use crate::support::{Config, Gateway, HOST, TlsClient, Upstream, pki};

fn get() -> String {
    format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
}

#[test]
fn optional_tells_anonymous_clients_from_known_ones() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).mode("optional"));
    for client in [TlsClient::new().tls12(), TlsClient::new().tls13()] {
        client.connect(gateway.address).ask(&get()).assert_from_app();
        let request = upstream.last();
        assert_eq!(request.header("x-ssl-client-verify"), Some("NONE"));
        assert_eq!(request.header("x-ssl-client-s-dn"), None);
        assert_eq!(request.header("ssl-client-cert-subject"), None);

        client.credentials(pki::bob()).connect(gateway.address).ask(&get()).assert_from_app();
        assert_eq!(upstream.last().header("x-ssl-client-verify"), Some("SUCCESS"));
        assert_eq!(upstream.last().header("x-ssl-client-s-dn"), Some("CN=bob,O=Example"));
    }
}

#[test]
fn optional_refuses_a_bad_certificate() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).mode("optional"));
    for (credentials, reason) in [
        (pki::expired(), "client-cert-expired"),
        (pki::stranger(), "client-cert-unknown-ca"),
        (pki::wrong_usage(), "client-cert-wrong-usage"),
    ] {
        gateway.connect_as(credentials).ask(&get()).assert_refused(403, reason);
    }
    upstream.assert_untouched();
}

#[test]
fn anonymous_clients_have_to_prove_intent_too() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).mode("optional"));
    let forged = format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://evil.test\r\nContent-Length: 0\r\n\r\n");
    TlsClient::new().connect(gateway.address).ask(&forged).assert_refused(403, "origin-mismatch");
    upstream.assert_untouched();
}

#[test]
fn off_asks_for_none() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).mode("off"));
    // Not asked, a client shows nothing, whatever it holds.
    for client in [TlsClient::new(), TlsClient::new().credentials(pki::alice())] {
        client.connect(gateway.address).ask(&get()).assert_from_app();
        assert_eq!(upstream.last().header("x-ssl-client-verify"), Some("NONE"));
        assert_eq!(upstream.last().header("x-ssl-client-s-dn"), None);
    }
}

#[test]
fn a_route_can_name_who_may_use_it() {
    let upstream = Upstream::start();
    let config = Config::new(upstream.url())
        .mode("optional")
        .route("path = \"/\"")
        .route("path = \"/alice/\"\nallow = [{ email = \"alice@example.com\" }]")
        .route("path = \"/staff/\"\nallow = [{ subject = \"CN=*,O=Example\" }]");
    let gateway = Gateway::start(&config);
    let ask = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    gateway.connect_as(pki::alice()).ask(&ask("/alice/x")).assert_from_app();
    gateway.connect_as(pki::bob()).ask(&ask("/staff/x")).assert_from_app();
    gateway.connect_as(pki::bob()).ask(&ask("/alice/x")).assert_refused(403, "client-not-allowed");
    TlsClient::new().connect(gateway.address).ask(&ask("/staff/x")).assert_refused(403, "client-not-allowed");
    TlsClient::new().connect(gateway.address).ask(&ask("/")).assert_from_app();
    assert_eq!(upstream.targets(), ["/alice/x", "/staff/x", "/"]);
}
