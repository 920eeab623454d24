//! Nothing a peer sends makes the gateway hold more than its limits say.

use http::Request;

use crate::support::{Config, Gateway, HOST, ORIGIN, TlsClient, Upstream, pki::alice};

#[test]
fn a_head_that_is_too_large() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::before(&upstream);
    let long = "x".repeat(33_000);
    let short = "x".repeat(8_000);
    for request in [
        format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nX: {long}\r\n\r\n"),
        format!("GET /{long} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
        format!(
            "GET / HTTP/1.1\r\nHost: {HOST}\r\nA: {short}\r\nB: {short}\r\nC: {short}\r\nD: {short}\r\nE: {short}\r\n\r\n"
        ),
        format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nX: {long}"),
        format!("{long}{long}"),
    ] {
        let mut connection = gateway.connect();
        connection.send_anyway(&request);
        let status = connection.try_response().ok().flatten().map(|response| response.status);
        assert!(matches!(status, Some(414 | 431 | 400)), "{status:?} for {}…", &request[..40]);
        assert!(connection.is_closed());
    }
    gateway.decision("headers-too-large");
    upstream.assert_untouched();
    gateway.assert_unharmed();
}

#[test]
fn too_many_fields() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::before(&upstream);
    let many: String = (0..101).map(|n| format!("X-{n}: y\r\n")).collect();
    let mut connection = gateway.connect();
    connection.send_anyway(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{many}\r\n"));
    assert_eq!(connection.response().status, 431);
    assert!(connection.is_closed());
    gateway.decision("headers-too-large");
    upstream.assert_untouched();
    let some: String = (0..99).map(|n| format!("X-{n}: y\r\n")).collect();
    gateway.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{some}\r\n")).assert_from_app();
    gateway.assert_unharmed();
}

#[test]
fn too_many_fields_over_http2() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::before(&upstream);
    let mut few = Request::get(format!("https://{HOST}/"));
    for n in 0..99 {
        few = few.header(format!("x-{n}"), "y").header("cookie", format!("c{n}=d"));
    }
    gateway.http2().get(few.body(()).unwrap()).assert_from_app();
    let seen = upstream.requests().len();
    // By number, then by size.
    let mut many = Request::get(format!("https://{HOST}/"));
    for n in 0..101 {
        many = many.header(format!("x-{n}"), "y");
    }
    let large = Request::get(format!("https://{HOST}/")).header("x", "y".repeat(40_000));
    for request in [many, large] {
        match gateway.http2().try_ask(request.body(()).unwrap(), None, None) {
            Ok(response) => assert_eq!(response.status, 431),
            Err(error) => assert!(error.is_reset() || error.is_go_away(), "{error}"),
        }
    }
    assert_eq!(upstream.requests().len(), seen);
    gateway.assert_unharmed();
}

#[test]
fn a_body_that_says_it_is_too_large() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::start(&Config::new(upstream.url()).limit("max_body_bytes = 100000"));
    let post = |length: usize| {
        format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nContent-Length: {length}\r\n\r\n")
    };
    let mut connection = gateway.connect();
    connection.send(post(100_001)).unwrap();
    connection.response().assert_refused(413, "body-too-large");
    let mut waits = gateway.connect();
    waits.send(post(100_001).replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n")).unwrap();
    waits.head().assert_refused(413, "body-too-large");
    let request = Request::post(format!("https://{HOST}/")).header("origin", ORIGIN).header("content-length", "100001");
    gateway.http2().post(request.body(()).unwrap(), &"x".repeat(100_001), None).assert_refused(413, "body-too-large");
    upstream.assert_untouched();
    gateway.ask(&(post(100_000) + &"x".repeat(100_000))).assert_from_app();
    gateway.assert_unharmed();
}

#[test]
fn a_body_that_turns_out_too_large() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::start(&Config::new(upstream.url()).limit("max_body_bytes = 100000"));
    let mut connection = gateway.connect();
    let chunk = format!("ea60\r\n{}\r\n", "x".repeat(60_000));
    let head = format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nTransfer-Encoding: chunked\r\n\r\n");
    connection.send_anyway(format!("{head}{chunk}{chunk}0\r\n\r\n"));
    connection.response().assert_refused(413, "body-too-large");
    assert!(connection.is_closed());
    let request = Request::post(format!("https://{HOST}/")).header("origin", ORIGIN).body(()).unwrap();
    gateway.http2().post(request, &"x".repeat(120_000), None).assert_refused(413, "body-too-large");
    assert_eq!(upstream.requests().len(), 0, "a part was taken for the whole");
    gateway.assert_unharmed();
}

#[test]
fn connections_wait_for_their_turn() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).limit("max_connections = 2"));
    let get = format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    let mut first = gateway.connect();
    let mut second = gateway.connect();
    first.ask(&get).assert_from_app();
    second.ask(&get).assert_from_app();
    let address = gateway.address;
    let third = std::thread::spawn(move || {
        let mut third = TlsClient::new().credentials(alice()).connect(address);
        third.ask(&get).assert_from_app();
    });
    assert!(first.is_silent_for(std::time::Duration::from_millis(300)));
    assert!(!third.is_finished(), "a third connection was served beside two");
    first.cut();
    third.join().unwrap();
}

#[test]
fn an_app_with_a_head_that_is_too_large() {
    let huge = format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 0\r\n\r\n", "x".repeat(2 << 20));
    let many: String = (0..2_000).map(|n| format!("X-{n}: y\r\n")).collect();
    for answer in [huge, format!("HTTP/1.1 200 OK\r\n{many}Content-Length: 0\r\n\r\n")] {
        let upstream = Upstream::answering(answer);
        let mut gateway = Gateway::before(&upstream);
        gateway.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_refused(502, "upstream-broken");
        assert_eq!(gateway.process.ended(), None);
    }
}
