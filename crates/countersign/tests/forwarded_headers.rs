//! The app is told where a request came from by the gateway alone, in exact values.

use crate::support::{Config, Gateway, HOST, TlsClient, Upstream, pki::alice, upstream::Received};

const LIES: &str = "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: evil.test\r\nX-Forwarded-Port: 6\r\n\
                    Forwarded: for=6.6.6.6;host=evil.test;proto=http\r\nX-Real-IP: 6.6.6.6\r\nX-Forwarded-Prefix: /evil\r\n";

#[track_caller]
fn assert_told(request: &Received, client: &str, node: &str, host: &str, port: &str) {
    assert_eq!(request.header("x-forwarded-for"), Some(client));
    assert_eq!(request.header("x-forwarded-proto"), Some("https"));
    assert_eq!(request.header("x-forwarded-host"), Some(host));
    assert_eq!(request.header("x-forwarded-port"), Some(port));
    assert_eq!(request.header("forwarded"), Some(format!("for={node};host=\"{host}\";proto=https").as_str()));
    assert_eq!(request.header("x-forwarded-prefix"), None);
    assert_eq!(request.header("x-real-ip"), None);
    assert_eq!(request.header("host"), Some(host));
}

fn get(host: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: {host}\r\n{LIES}\r\n")
}

#[test]
fn of_a_client_on_ipv4() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    // One connection, several hosts: what was remembered for the one must not be told of the other.
    for (host, port) in [(HOST, "443"), ("app.example.com:8443", "8443"), ("APP.example.com", "443"), (HOST, "443")] {
        connection.ask(&get(host)).assert_from_app();
        assert_told(&upstream.last(), "127.0.0.1", "127.0.0.1", host, port);
    }
}

#[test]
fn of_a_client_on_ipv6() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).listen("[::1]:0"));
    gateway.connect().ask(&get(HOST)).assert_from_app();
    assert_told(&upstream.last(), "::1", "\"[::1]\"", HOST, "443");
    // Without a name, by the address.
    let host = gateway.address.to_string();
    let client = TlsClient::new().credentials(alice()).name("::1");
    client.connect(gateway.address).ask(&get(&host)).assert_from_app();
    assert_told(&upstream.last(), "::1", "\"[::1]\"", &host, &gateway.address.port().to_string());
}

#[test]
fn of_a_client_on_ipv4_that_came_to_an_ipv6_listener() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).listen("[::]:0"));
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], gateway.address.port()));
    TlsClient::new().credentials(alice()).connect(address).ask(&get(HOST)).assert_from_app();
    assert_told(&upstream.last(), "127.0.0.1", "127.0.0.1", HOST, "443");
}

#[test]
fn the_certificate_goes_along_whole() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let alice = alice();
    gateway.connect_as(alice.clone()).ask(&get(HOST)).assert_from_app();
    let request = upstream.last();
    let escaped = request.header("x-ssl-client-cert").unwrap();
    let pem = unescape(escaped);
    let leaf =
        <rustls::pki_types::CertificateDer<'_> as rustls::pki_types::pem::PemObject>::from_pem_slice(&pem).unwrap();
    assert_eq!(leaf, alice.chain[0]);
    assert_eq!(request.header("x-ssl-client-i-dn"), Some("CN=Staff CA"));
    assert_eq!(request.header("x-ssl-client-fingerprint").map(str::len), Some(64));
    assert!(
        request.header("x-ssl-client-serial").unwrap().bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    );
}

fn unescape(text: &str) -> Vec<u8> {
    let mut parts = text.split('%');
    let mut bytes: Vec<u8> = parts.next().unwrap_or_default().into();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend(part[2..].bytes());
    }
    bytes
}
