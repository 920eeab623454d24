//! What is matched is what is forwarded: a path that could be read in two ways is refused, and the
//! app gets exactly the path that the routes saw.

use http::Request;

use crate::support::{Config, Gateway, HOST, Upstream};

/// A machine route, so that the wrong audience shows as the wrong reason.
fn gateway(upstream: &Upstream) -> Gateway {
    let config = Config::new(upstream.url())
        .route("path = \"/\"")
        .route("path = \"/machine/\"\naudience = \"machine\"")
        .route("path = \"/exempt\"\naudience = \"machine\"");
    Gateway::start(&config)
}

static REFUSED: &[(&str, &str)] = &[
    ("/machine%2fpay", "path-ambiguous"),
    ("/machine%2Fpay", "path-ambiguous"),
    ("/machine/%2e%2e/", "path-ambiguous"),
    ("/machine/%2E./", "path-ambiguous"),
    ("/machine/..", "path-ambiguous"),
    ("/machine/../", "path-ambiguous"),
    ("/machine/./", "path-ambiguous"),
    ("/machine/..;/", "path-ambiguous"),
    ("/machine/..;x=1/", "path-ambiguous"),
    ("/machine/..%3b/", "path-ambiguous"),
    ("/machine/..%2f", "path-ambiguous"),
    ("/machine/..%5c", "path-ambiguous"),
    ("/machine%5cpay", "path-ambiguous"),
    ("//machine/", "path-ambiguous"),
    ("/machine//", "path-ambiguous"),
    ("/machine//pay", "path-ambiguous"),
    ("//evil.test/machine/", "path-ambiguous"),
    ("/%2565xempt", "path-ambiguous"),
    ("/%25%36%35xempt", "path-ambiguous"),
    ("/machine%252fpay", "path-ambiguous"),
    ("/machine/%00", "path-malformed"),
    ("/machine/%0d%0aX:y", "path-malformed"),
    ("/machine/%7f", "path-malformed"),
    ("/machine/%c2%85", "path-malformed"),
    ("/machine/%ff", "path-malformed"),
    ("/machine/%c0%af", "path-malformed"),
    ("/machine/%ed%a0%80", "path-malformed"),
    ("/machine/%", "path-malformed"),
    ("/machine/%2", "path-malformed"),
    ("/machine/%zz", "path-malformed"),
    ("/machine/%u002e", "path-malformed"),
];

static FORWARDED: &[(&str, &str)] = &[
    ("/", "/"),
    ("/a/b/", "/a/b/"),
    ("/a;x=1/b", "/a;x=1/b"),
    ("/caf%c3%a9", "/caf%C3%A9"),
    ("/%61%2D%5f", "/a-_"),
    ("/a%20b", "/a%20b"),
    ("/a%25b", "/a%25b"),
    ("/a?b=%2e%2e%2f//..", "/a?b=%2e%2e%2f//.."),
    ("/a?", "/a?"),
    ("/a?x=?#", ""),
    ("/...", "/..."),
    ("/.well-known/x", "/.well-known/x"),
];

#[test]
fn refused_over_http1() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let mut connection = gateway.connect();
    for (path, reason) in REFUSED {
        let response = connection.ask(&format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"));
        assert_eq!((response.status, response.reason()), (400, *reason), "{path}");
    }
    upstream.assert_untouched();
}

#[test]
fn refused_over_http2() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let mut connection = gateway.http2();
    for (path, reason) in REFUSED {
        let uri = format!("https://{HOST}{path}");
        let response = connection.get(Request::get(uri).body(()).unwrap());
        assert_eq!((response.status, response.reason()), (400, *reason), "{path}");
    }
    upstream.assert_untouched();
}

#[test]
fn the_app_gets_the_path_that_was_matched() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let mut connection = gateway.connect();
    for (path, forwarded) in FORWARDED.iter().filter(|(_, forwarded)| !forwarded.is_empty()) {
        connection.ask(&format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
        assert_eq!(upstream.last().target(), *forwarded, "{path}");
    }
}

#[test]
fn an_escaped_letter_does_not_change_the_route() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let mut connection = gateway.connect();
    let machine = "Host: app.example.com\r\nCountersign-Client: test\r\nContent-Length: 0\r\n\r\n";
    connection.ask(&format!("POST /%65xempt HTTP/1.1\r\n{machine}")).assert_from_app();
    assert_eq!(upstream.last().target(), "/exempt");
    connection.ask(&format!("POST /%6dachine/x HTTP/1.1\r\n{machine}")).assert_from_app();
    assert_eq!(upstream.last().target(), "/machine/x");
    // Near, but not it: these belong to the browser's route, where such a client has no proof.
    for lookalike in ["/exempt/", "/exemp", "/Exempt", "/machine", "/Machine/x", "/exempt;x", "/exempt%20"] {
        let response = connection.ask(&format!("POST {lookalike} HTTP/1.1\r\n{machine}"));
        response.assert_refused(403, "intent-missing");
    }
    assert_eq!(upstream.requests().len(), 2);
}

#[test]
fn targets_that_are_no_path() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    for (request, status, reason) in [
        ("GET /#fragment HTTP/1.1\r\nHost: app.example.com\r\n\r\n", 400, "target-malformed"),
        ("GET /a?b#fragment HTTP/1.1\r\nHost: app.example.com\r\n\r\n", 400, "target-malformed"),
        ("GET /caf\u{e9} HTTP/1.1\r\nHost: app.example.com\r\n\r\n", 400, "target-malformed"),
        ("OPTIONS * HTTP/1.1\r\nHost: app.example.com\r\n\r\n", 400, "target-malformed"),
        ("CONNECT app.example.com:443 HTTP/1.1\r\nHost: app.example.com\r\n\r\n", 405, "method-refused"),
        ("TRACE / HTTP/1.1\r\nHost: app.example.com\r\n\r\n", 405, "method-refused"),
        ("get / HTTP/1.1\r\nHost: app.example.com\r\n\r\n", 400, "method-malformed"),
    ] {
        gateway.ask(request).assert_refused(status, reason);
    }
    upstream.assert_untouched();
}

#[test]
fn an_absolute_target_names_the_same_host() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    for (target, host, status, reason) in [
        ("https://app.example.com/a?b=c", "app.example.com", 200, ""),
        ("http://app.example.com/a?b=c", "app.example.com", 200, ""),
        ("https://app.example.com/a", "other.example.com", 400, "host-mismatch"),
        ("https://other.example.com/a", "app.example.com", 400, "host-mismatch"),
        ("https://user@app.example.com/a", "app.example.com", 400, "host-malformed"),
        ("https://app.example.com:444/a", "app.example.com", 400, "host-mismatch"),
        ("https://app.example.com/../machine/", "app.example.com", 400, "path-ambiguous"),
    ] {
        let response = gateway.ask(&format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert_eq!((response.status, response.reason()), (status, reason), "{target}");
    }
    assert_eq!(upstream.targets(), ["/a?b=c", "/a?b=c"]);
}
