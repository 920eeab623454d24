//! A refused request with a small body keeps its connection; a large one ends it; and nobody who
//! waits to be asked for a body is asked.

use std::time::Duration;

use http::Request;

use crate::support::{Config, Gateway, HOST, Upstream};

fn forged(fields: &str, body: &str) -> String {
    format!("POST /forged HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://evil.test\r\n{fields}\r\n{body}")
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
}

#[test]
fn a_small_one_is_read() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    let body = "x".repeat(60_000);
    for request in [
        forged("Content-Length: 0\r\n", ""),
        forged("Content-Length: 5\r\n", "GET /"),
        forged("Content-Length: 60000\r\n", &body),
        forged("Transfer-Encoding: chunked\r\n", "5\r\nGET /\r\n0\r\nX-Late: y\r\n\r\n"),
        forged("Transfer-Encoding: chunked\r\n", &format!("ea60\r\n{body}\r\n0\r\n\r\n")),
    ] {
        connection.ask(&request).assert_refused(403, "origin-mismatch");
        connection.ask(&get("/after")).assert_from_app();
    }
    assert_eq!(upstream.targets(), ["/after"; 5]);
}

#[test]
fn a_large_one_ends_the_connection() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let large = "x".repeat(100_000);
    for request in [
        forged("Content-Length: 100000000\r\n", ""),
        forged("Transfer-Encoding: chunked\r\n", &format!("186a0\r\n{large}\r\n")),
    ] {
        let mut connection = gateway.connect();
        connection.send_anyway(&request);
        let response = connection.response();
        response.assert_refused(403, "origin-mismatch");
        assert_eq!(response.header("connection"), Some("close"));
        connection.send_anyway(get("/smuggled"));
        assert!(connection.is_closed());
    }
    upstream.assert_untouched();
}

#[test]
fn one_that_does_not_come_is_not_waited_for_for_ever() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).limit("body_timeout = \"300ms\""));
    let mut connection = gateway.connect();
    connection.send(forged("Content-Length: 10\r\n", "half")).unwrap();
    let response = connection.response();
    response.assert_refused(403, "origin-mismatch");
    assert_eq!(response.header("connection"), Some("close"));
    assert!(connection.is_closed());
    upstream.assert_untouched();
}

#[test]
fn who_expects_100_continue_gets_the_refusal_instead() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    connection.send(forged("Content-Length: 10\r\nExpect: 100-continue\r\n", "")).unwrap();
    // The first thing that comes.
    connection.head().assert_refused(403, "origin-mismatch");
    upstream.assert_untouched();
}

#[test]
fn http2_goes_on() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.http2();
    let large = "x".repeat(200_000);
    for body in ["", "small", &large] {
        let request =
            Request::post(format!("https://{HOST}/forged")).header("origin", "https://evil.test").body(()).unwrap();
        connection.post(request, body, None).assert_refused(403, "origin-mismatch");
        connection.get(Request::get(format!("https://{HOST}/after")).body(()).unwrap()).assert_from_app();
    }
    assert_eq!(upstream.targets(), ["/after"; 3]);
}

/// Not a byte of a forged upload is passed on while it is still coming.
#[test]
fn the_verdict_comes_before_the_body() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    connection.send(forged("Content-Length: 100000000\r\n", "the first of it")).unwrap();
    connection.response().assert_refused(403, "origin-mismatch");
    let mut connection = gateway.connect();
    connection.send(forged("Content-Length: 10\r\n", "half")).unwrap();
    // A small one is read first, so that the connection can go on.
    assert!(connection.is_silent_for(Duration::from_millis(200)));
    upstream.assert_untouched();
}
