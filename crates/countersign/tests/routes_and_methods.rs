//! What no route names is not forwarded: 404, 405 with `Allow`, and no preflight is answered.

use crate::support::{Config, Gateway, HOST, TlsClient, Upstream};

#[test]
fn a_path_without_a_route() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).route("path = \"/app/\"").route("path = \"/exact\""));
    let mut connection = gateway.connect();
    for path in ["/", "/other", "/exact/", "/exact/x", "/apps", "/App/"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
        connection.ask(&request).assert_refused(404, "route-not-found");
    }
    for path in ["/app/", "/app/x", "/exact", "/exact?q"] {
        connection.ask(&format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
    }
    assert_eq!(upstream.targets(), ["/app/", "/app/x", "/exact", "/exact?q"]);
}

#[test]
fn a_method_that_the_route_does_not_take() {
    let upstream = Upstream::start();
    let config = Config::new(upstream.url())
        .route("path = \"/\"\nmethods = [\"GET\"]")
        .route("path = \"/form\"\nmethods = [\"GET\"]")
        .route("path = \"/form\"\nmethods = [\"POST\"]\naudience = \"any\"");
    let gateway = Gateway::start(&config);
    let mut connection = gateway.connect();
    let ask = |method: &str, path: &str| {
        format!("{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://{HOST}\r\nContent-Length: 0\r\n\r\n")
    };
    let response = connection.ask(&ask("POST", "/"));
    response.assert_refused(405, "method-not-allowed");
    assert_eq!(response.header("allow"), Some("GET, HEAD"));
    let response = connection.ask(&ask("DELETE", "/form"));
    response.assert_refused(405, "method-not-allowed");
    let mut allow: Vec<_> = response.header("allow").unwrap().split(", ").collect();
    allow.sort_unstable();
    assert_eq!(allow, ["GET", "HEAD", "POST"]);
    connection.ask(&ask("POST", "/form")).assert_from_app();
    assert_eq!(connection.ask(&ask("HEAD", "/")).status, 200);
}

#[test]
fn trace_and_connect_are_never_forwarded() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    for request in [
        format!("TRACE / HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
        format!("CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
        format!("CONNECT internal.test:22 HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
    ] {
        let response = gateway.ask(&request);
        response.assert_refused(405, "method-refused");
        assert!(response.header("allow").is_some());
    }
    let connect = http::Request::connect(format!("{HOST}:443")).body(()).unwrap();
    gateway.http2().get(connect).assert_refused(405, "method-refused");
    upstream.assert_untouched();
}

#[test]
fn preflights_are_not_forwarded() {
    let upstream = Upstream::start();
    let config = Config::new(upstream.url())
        .route("path = \"/\"")
        .route("path = \"/machine/\"\naudience = \"machine\"")
        .route("path = \"/any/\"\naudience = \"any\"");
    let gateway = Gateway::start(&config);
    for origin in ["https://evil.test", "https://app.example.com", "null"] {
        for path in ["/", "/machine/pay", "/any/"] {
            let request = format!(
                "OPTIONS {path} HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n\r\n"
            );
            // Chromium sends the certificate, Firefox does not.
            for client in [TlsClient::new(), TlsClient::new().credentials(crate::support::pki::alice())] {
                let response = client.connect(gateway.address).ask(&request);
                response.assert_refused(403, "preflight-refused");
                assert!(!response.headers.iter().any(|(name, _)| name.starts_with("access-control-")));
            }
        }
    }
    upstream.assert_untouched();
}
