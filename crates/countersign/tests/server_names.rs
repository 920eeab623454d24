//! The name in the TLS handshake chooses the site, and a request on that connection is for that
//! site or for none (Traefik CVE-2022-23632, GHSA-5r4w-85f3-pw66).

use http::{HeaderValue, Request};

use crate::support::{Config, Gateway, HOST, Http2, TlsClient, Upstream, pki::alice};

fn gateway(upstream: &Upstream) -> Gateway {
    let config = Config::new(upstream.url())
        .another("other.example.com", "trust = \"partners\"", upstream.url())
        .another("*.wild.example.com", "mode = \"off\"", upstream.url());
    Gateway::start(&config)
}

fn get(host: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")
}

#[test]
fn an_unknown_name_ends_the_handshake() {
    let upstream = Upstream::start();
    let mut gateway = gateway(&upstream);
    for name in ["nobody.example.com", "example.com", "wild.example.com", "a.b.wild.example.com", "xapp.example.com"] {
        for client in [TlsClient::new().tls12(), TlsClient::new().tls13()] {
            let client = client.credentials(alice()).name(name);
            assert!(client.try_connect(gateway.address).is_err(), "{name}");
        }
        let event = gateway.log().event(name, |event| event["server_name"] == name);
        assert_eq!(event["target"], "countersign::handshake");
    }
    upstream.assert_untouched();
    gateway.assert_unharmed();
}

#[test]
fn without_a_name_the_address_has_to_be_listed() {
    let upstream = Upstream::start();
    let listed = gateway(&upstream);
    let client = TlsClient::new().credentials(alice()).name("127.0.0.1");
    client.connect(listed.address).ask(&get(&listed.address.to_string())).assert_from_app();
    assert_eq!(upstream.last().header("host"), Some(listed.address.to_string().as_str()));

    let unlisted = Gateway::start(&Config::new(upstream.url()).hosts("\"app.example.com\""));
    assert!(client.try_connect(unlisted.address).is_err());
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn a_name_is_found_in_any_case_and_by_wildcard() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    for (name, host) in [
        ("APP.Example.COM", HOST),
        ("a.wild.example.com", "a.wild.example.com"),
        ("a.wild.example.com", "b.wild.example.com"),
    ] {
        TlsClient::new().credentials(alice()).name(name).connect(gateway.address).ask(&get(host)).assert_from_app();
    }
}

#[test]
fn another_sites_host_is_misdirected() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let mut connection = gateway.connect();
    for host in ["other.example.com", "a.wild.example.com", "evil.test", "localhost", "OTHER.example.com:443"] {
        connection.ask(&get(host)).assert_refused(421, "misdirected-request");
    }
    let mut partner = TlsClient::new().name("a.wild.example.com").connect(gateway.address);
    partner.ask(&get(HOST)).assert_refused(421, "misdirected-request");
    let mut http2 = gateway.http2();
    for host in ["other.example.com", "a.wild.example.com", "evil.test"] {
        let request = Request::get(format!("https://{host}/")).body(()).unwrap();
        http2.get(request).assert_refused(421, "misdirected-request");
    }
    upstream.assert_untouched();
}

#[test]
fn spellings_of_the_own_host() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let mut connection = gateway.connect();
    for host in [HOST, "APP.EXAMPLE.COM", "app.example.com:443", "app.example.com:8443"] {
        connection.ask(&get(host)).assert_from_app();
        assert!(upstream.last().header("host").unwrap().eq_ignore_ascii_case(host));
    }
    for host in [
        "app.example.com.",
        "app.example.com:",
        "app.example.com:0",
        "app.example.com:65536",
        "app.example.com:+443",
        "app.example.com:443:443",
        "user@app.example.com",
        "app.example.com/",
        "app.example.com, evil.test",
        "app.example.com evil.test",
        "app..example.com",
        "app_example.com",
        "https://app.example.com",
        "[::1",
        "::1",
        "",
    ] {
        let response = gateway.connect().ask(&get(host));
        assert_eq!((response.status, response.reason()), (400, "host-malformed"), "{host:?}");
    }
    assert_eq!(upstream.requests().len(), 4);
}

#[test]
fn one_host_and_only_one() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    for (request, reason) in [
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), "host-missing"),
        ("GET / HTTP/1.0\r\n\r\n".to_owned(), "host-missing"),
        (format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nHost: {HOST}\r\n\r\n"), "header-duplicate"),
        (format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nHost: evil.test\r\n\r\n"), "header-duplicate"),
        (format!("GET / HTTP/1.1\r\nHost: evil.test\r\nHost: {HOST}\r\n\r\n"), "header-duplicate"),
    ] {
        gateway.ask(&request).assert_refused(400, reason);
    }
    upstream.assert_untouched();
}

#[test]
fn http2_authority_and_host_agree() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let mut connection = Http2::connect(&TlsClient::new().credentials(alice()), gateway.address);
    for (uri, host, reason) in [
        ("https://app.example.com/", Some("other.example.com"), "host-mismatch"),
        ("https://other.example.com/", Some(HOST), "host-mismatch"),
        ("https://app.example.com:444/", Some(HOST), "host-mismatch"),
        ("https://user@app.example.com/", None, "host-malformed"),
        ("https://app.example.com./", None, "host-malformed"),
    ] {
        let mut request = Request::get(uri).body(()).unwrap();
        if let Some(host) = host {
            request.headers_mut().insert("host", HeaderValue::from_static(host));
        }
        connection.get(request).assert_refused(400, reason);
    }
    upstream.assert_untouched();
    let mut both = Request::get("https://app.example.com/").body(()).unwrap();
    both.headers_mut().insert("host", HeaderValue::from_static(HOST));
    connection.get(both).assert_from_app();
    assert_eq!(upstream.last().header("host"), Some(HOST));
}
