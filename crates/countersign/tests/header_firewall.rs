//! No name that only the gateway may speak gets past it, however it is spelled and wherever it
//! stands (Django CVE-2026-3902, Traefik CVE-2024-45410, CVE-2026-88004, Caddy GHSA-7r4p).

use http::{HeaderMap, HeaderName, HeaderValue, Request};

use crate::support::{Config, Gateway, HOST, ORIGIN, TlsClient, Upstream, pki, upstream::Received};

/// At least one name for each entry of core's list.
static PROTECTED: &[&str] = &[
    "countersign-assertion",
    "countersign-client",
    "countersign-request-id",
    "client-cert",
    "client-cert-chain",
    "x-ssl-client-verify",
    "x-ssl-client-s-dn",
    "x-ssl-client-i-dn",
    "x-ssl-client-serial",
    "x-ssl-client-fingerprint",
    "x-ssl-client-cert",
    "x-ssl-cert",
    "ssl-client-cert",
    "ssl-client-cert-subject",
    "ssl-client-verify",
    "x-amzn-mtls-clientcert-leaf",
    "x-client-cert",
    "x-client-verify",
    "x-client-dn",
    "x-client-s-dn",
    "x-client-i-dn",
    "x-client-subject-dn",
    "remote-user",
    "x-remote-user",
    "x-auth-request-user",
    "x-authenticated-user",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-prefix",
    "x-forwarded-user",
    "x-forwarded-client-cert",
    "x-forwarded-tls-client-cert",
    "x-real-ip",
    "x-original-url",
    "x-rewrite-url",
    "proxy",
    "x-http-method-override",
    "x-method-override",
    // the site's own
    "x-tenant-id",
];

/// Other ways to write a name that some server reads as the same.
fn spellings(name: &str) -> Vec<String> {
    let mut all = vec![name.to_owned(), format!("{name}-"), format!("-{name}"), format!("{name}_"), format!("{name}.")];
    if name.contains('-') {
        all.extend(["_", ".", "--", "-_", "~", "!"].map(|separator| name.replace('-', separator)));
        all.push(name.replacen('-', "_", 1));
        all.push(name.to_uppercase().replace('-', "_"));
    }
    // The rules read this one, so that two of it are refused.
    if name != "countersign-client" {
        all.push(name.to_uppercase());
    }
    all
}

/// All spellings of all names, in pieces that fit into one head.
fn pieces() -> Vec<Vec<String>> {
    let all: Vec<String> = PROTECTED.iter().flat_map(|name| spellings(name)).collect();
    all.chunks(40).map(<[String]>::to_vec).collect()
}

fn gateway(upstream: &Upstream) -> Gateway {
    let config = Config::new(upstream.url())
        .mode("optional")
        .site("protected_headers = [\"X-Tenant-Id\"]")
        .limit("max_headers = 200");
    Gateway::start(&config)
}

/// Each stamp once, and what it says true.
#[track_caller]
fn assert_stamped(request: &Received, known: bool) {
    let verify = if known { "SUCCESS" } else { "NONE" };
    assert_eq!(request.header("x-ssl-client-verify"), Some(verify));
    let dn = known.then_some("CN=alice,O=Example");
    assert_eq!(request.header("x-ssl-client-s-dn"), dn);
    assert_eq!(request.header("ssl-client-cert-subject"), dn);
    assert_eq!(request.header("x-ssl-client-cert").is_some(), known);
    assert_eq!(request.header("host"), Some(HOST));
    assert_eq!(request.header("x-forwarded-for"), Some("127.0.0.1"));
    assert_eq!(request.header("x-forwarded-proto"), Some("https"));
    assert_eq!(request.header("x-forwarded-host"), Some(HOST));
    assert_eq!(request.header("x-forwarded-port"), Some("443"));
    assert_eq!(request.header("forwarded"), Some("for=127.0.0.1;host=\"app.example.com\";proto=https"));
    assert_eq!(request.header("countersign-request-id").map(str::len), Some(32));
    assert!(request.header("countersign-assertion").is_some_and(|token| token.starts_with("eyJ")));
}

#[track_caller]
fn assert_clean(upstream: &Upstream, known: bool, count: usize) {
    let requests = upstream.requests();
    assert_eq!(requests.len(), count);
    for request in &requests {
        assert_stamped(request, known);
    }
    let bytes = upstream.bytes();
    assert!(!bytes.contains("evil"), "a client's value came through:\n{bytes}");
}

fn over_http1(known: bool, request: impl Fn(&[String]) -> String) {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let client = TlsClient::new();
    let client = if known { client.credentials(pki::alice()) } else { client };
    let mut connection = client.connect(gateway.address);
    let pieces = pieces();
    for names in &pieces {
        connection.ask(&request(names)).assert_from_app();
    }
    assert_clean(&upstream, known, pieces.len());
}

fn lines(names: &[String]) -> String {
    names.iter().map(|name| format!("{name}: evil\r\n")).collect()
}

fn plain(names: &[String]) -> String {
    format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{}\r\n", lines(names))
}

fn duplicated(names: &[String]) -> String {
    format!("GET / HTTP/1.1\r\n{}Host: {HOST}\r\n{}\r\n", lines(names), lines(names))
}

/// `Countersign-Client` twice is refused: the rules read it.
fn without_the_marker(names: &[String]) -> Vec<String> {
    names.iter().filter(|name| !name.eq_ignore_ascii_case("countersign-client")).cloned().collect()
}

/// Named as hop-by-hop, both to smuggle it in and to have the gateway's own removed.
fn nominated(names: &[String]) -> String {
    let list = names.join(", ");
    format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: keep-alive, {list}\r\n{}\r\n", lines(names))
}

fn in_trailers(names: &[String]) -> String {
    let list = names.join(", ");
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nTrailer: {list}\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    format!("{head}2\r\nok\r\n0\r\n{}\r\n", lines(names))
}

#[test]
fn http1_with_certificate() {
    over_http1(true, plain);
}

#[test]
fn http1_without_certificate() {
    over_http1(false, plain);
}

#[test]
fn http1_duplicated() {
    over_http1(true, |names| duplicated(&without_the_marker(names)));
    over_http1(false, |names| duplicated(&without_the_marker(names)));
}

#[test]
fn http1_nominated_in_connection() {
    over_http1(true, nominated);
    over_http1(false, nominated);
}

#[test]
fn http1_in_trailers() {
    over_http1(true, in_trailers);
    over_http1(false, in_trailers);
}

#[test]
fn connection_cannot_remove_the_gateways_own() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let own = "X-SSL-Client-Verify, X-SSL-Client-S-DN, SSL-Client-Cert-Subject, X-SSL-Client-Cert, X-Forwarded-For, \
               X-Forwarded-Proto, X-Forwarded-Host, X-Forwarded-Port, Forwarded, Countersign-Request-Id, Host";
    for connection in [format!("Connection: {own}\r\n"), format!("Connection: close\r\nConnection: {own}\r\n")] {
        gateway.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{connection}\r\n")).assert_from_app();
        assert_stamped(&upstream.last(), true);
    }
    // The length of the body is not the client's to take away either.
    let post = format!(
        "POST / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nConnection: Content-Length\r\nContent-Length: 2\r\n\r\nok"
    );
    gateway.ask(&post).assert_from_app();
    assert_eq!(upstream.last().header("content-length"), Some("2"));
    assert_eq!(upstream.last().body, b"ok");
}

fn over_http2(known: bool, trailers: bool) {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let client = TlsClient::new();
    let client = if known { client.credentials(pki::alice()) } else { client };
    let mut connection = crate::support::Http2::connect(&client, gateway.address);
    let pieces = pieces();
    for names in &pieces {
        let mut headers = HeaderMap::new();
        for name in without_the_marker(names) {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name.clone(), HeaderValue::from_static("evil"));
            headers.append(name, HeaderValue::from_static("evil too"));
        }
        let mut request = Request::post(format!("https://{HOST}/")).header("origin", ORIGIN).body(()).unwrap();
        let response = if trailers {
            connection.post(request, "ok", Some(headers))
        } else {
            request.headers_mut().extend(headers);
            connection.post(request, "ok", None)
        };
        response.assert_from_app();
    }
    assert_clean(&upstream, known, pieces.len());
}

#[test]
fn http2_with_certificate() {
    over_http2(true, false);
}

#[test]
fn http2_without_certificate() {
    over_http2(false, false);
}

#[test]
fn http2_in_trailers() {
    over_http2(true, true);
    over_http2(false, true);
}

#[test]
fn other_spellings_of_what_decides_are_refused() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    for name in [
        "Sec_Fetch_Site",
        "X_CSRFToken",
        "X.CSRFToken",
        "Content_Length",
        "Transfer_Encoding",
        "Cookie_",
        "Content.Type",
        "_Host",
        "Origin.",
    ] {
        let response = gateway.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{name}: evil\r\n\r\n"));
        response.assert_refused(400, "header-name-ambiguous");
    }
    upstream.assert_untouched();
}
