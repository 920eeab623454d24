//! Both protocols by negotiation, neither of them a way around the certificate (ghostunnel
//! 12f930f8: the ACME probe needs none).

use http::Request;

use crate::support::{Gateway, HOST, Http2, TlsClient, Upstream, pki::alice};

#[test]
fn whoever_negotiates_nothing_speaks_http1() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut connection = TlsClient::new().credentials(alice()).alpn(&[]).connect(gateway.address);
    connection.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
}

#[test]
fn other_protocols_are_no_way_around_the_certificate() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    for protocols in [&["acme-tls/1"][..], &["h3"], &["http/1.0"]] {
        assert!(TlsClient::new().alpn(protocols).try_connect(gateway.address).is_err(), "{protocols:?}");
    }
    let mut connection = TlsClient::new().alpn(&["acme-tls/1", "http/1.1"]).connect(gateway.address);
    connection.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_refused(403, "client-cert-missing");
    let mut http2 = Http2::connect(&TlsClient::new(), gateway.address);
    http2.get(Request::get(format!("https://{HOST}/")).body(()).unwrap()).assert_refused(403, "client-cert-missing");
    upstream.assert_untouched();
}

/// HTTP/1.1 was agreed on: an HTTP/2 preface is no request, and the reverse.
#[test]
fn what_was_agreed_on_is_spoken() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::before(&upstream);
    let mut one = gateway.connect();
    one.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0").unwrap();
    while let Ok(Some(response)) = one.try_response() {
        assert!(response.status >= 400);
    }
    let mut two = TlsClient::new().credentials(alice()).alpn(&["h2"]).connect(gateway.address);
    two.send(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).unwrap();
    assert!(two.try_response().is_err() || two.is_closed());
    upstream.assert_untouched();
    gateway.assert_unharmed();
}
