//! Lines that are no header to one reader and a header to another are refused, and the app's own
//! answer cannot speak for the gateway (HAProxy CVE-2023-25725 and others).

use http::Request;

use crate::support::{Config, Connection, Gateway, HOST, Upstream, spellings};

const VERIFY: &str = "X-SSL-Client-Verify";

/// Refused with 400, and the connection is of no use afterwards.
#[track_caller]
fn assert_malformed(gateway: &Gateway, lines: &[u8]) {
    let mut connection = gateway.connect();
    let mut request = format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n").into_bytes();
    request.extend_from_slice(lines);
    request.extend_from_slice(b"\r\n");
    connection.send(&request).unwrap();
    let text = String::from_utf8_lossy(lines);
    match connection.try_response() {
        Ok(Some(response)) => assert_eq!(response.status, 400, "{text:?}: {}", response.text()),
        Ok(None) => {}
        Err(error) => panic!("{text:?}: {error}"),
    }
    assert!(connection.is_closed(), "{text:?}: the connection goes on");
}

#[test]
fn names_that_are_none() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::before(&upstream);
    for lines in [
        &b": SUCCESS\r\n"[..],
        b" : SUCCESS\r\n",
        b":\r\nX-SSL-Client-Verify: SUCCESS\r\n",
        b"X-SSL-Client-Verify : SUCCESS\r\n",
        b"X-SSL-Client-Verify\t: SUCCESS\r\n",
        b"X-SSL-Client-Verify\x0b: SUCCESS\r\n",
        b"X-SSL-Client-Verify\xa0: SUCCESS\r\n",
        b"X-SSL-Client-Verify\0: SUCCESS\r\n",
        b"X SSL Client Verify: SUCCESS\r\n",
        b"X\tSSL\tClient\tVerify: SUCCESS\r\n",
        b"X\xc2\xa0SSL: SUCCESS\r\n",
        b"X-SSL-Client-V\xe9rify: SUCCESS\r\n",
        b"X(SSL)Client@Verify: SUCCESS\r\n",
        b"\"X-SSL-Client-Verify\": SUCCESS\r\n",
        b"X-SSL-Client-Verify\r\n",
        b"X-SSL-Client-Verify=SUCCESS\r\n",
    ] {
        assert_malformed(&gateway, lines);
    }
    upstream.assert_untouched();
    gateway.assert_unharmed();
}

/// A folded line is a continuation to one reader and a header to another (RFC 9112 section 5.2).
#[test]
fn folded_lines() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::before(&upstream);
    for name in spellings::stamped() {
        assert_malformed(&gateway, format!("{name}: SUCCESS\r\n more\r\n").as_bytes());
        assert_malformed(&gateway, format!("Accept: text/html\r\n {name}: SUCCESS\r\n").as_bytes());
    }
    assert_malformed(&gateway, b"Accept: text/html\r\n\tX-SSL-Client-Verify: SUCCESS\r\n");
    // Right after the request line.
    let mut connection = gateway.connect();
    connection.send(format!("GET / HTTP/1.1\r\n {VERIFY}: SUCCESS\r\nHost: {HOST}\r\n\r\n")).unwrap();
    assert_eq!(connection.response().status, 400);
    upstream.assert_untouched();
    gateway.assert_unharmed();
}

#[test]
fn line_ends_that_are_none() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::before(&upstream);
    for lines in [
        &b"Accept: a\nX-SSL-Client-Verify: SUCCESS\r\n"[..],
        b"Accept: a\rX-SSL-Client-Verify: SUCCESS\r\n",
        b"Accept: a\0X-SSL-Client-Verify: SUCCESS\r\n",
    ] {
        assert_malformed(&gateway, lines);
    }
    upstream.assert_untouched();
    gateway.assert_unharmed();
}

#[test]
fn as_many_as_one_likes() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let request = |count: usize| {
        let lines = format!("{VERIFY}: canary\r\nx_ssl_client_verify: canary\r\n").repeat(count / 2);
        format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{lines}\r\n")
    };
    // As many as fit: not one of them passes.
    gateway.ask(&request(98)).assert_from_app();
    assert_eq!(upstream.last().header(VERIFY), Some("SUCCESS"));
    assert!(!upstream.bytes().contains("canary"));
    // More: refused, never cut.
    for count in [200, 2_000] {
        let mut connection = gateway.connect();
        connection.send_anyway(request(count));
        assert_eq!(connection.response().status, 431);
    }
    assert_eq!(upstream.requests().len(), 1);
}

/// The app's answer says nothing in the gateway's name, in no spelling and in no trailer.
#[test]
fn the_apps_answer() {
    let upstream = Upstream::with(|_, app| {
        app.write(
            "HTTP/1.1 200 OK\r\nCountersign-Reason: canary\r\nCOUNTERSIGN_reason: canary\r\nCountersign.Request.Id: canary\r\n\
             _Countersign-Reason: canary\r\nCountersign--Assertion: canary\r\nCountersign: canary\r\nX-Kept: yes\r\n\
             Connection: X-Kept-Not\r\nX-Kept-Not: canary\r\nTransfer-Encoding: chunked\r\nTrailer: Countersign-Reason\r\n\r\n\
             2\r\nok\r\n0\r\nCountersign-Reason: canary\r\nX-Late: canary\r\n\r\n",
        )
    });
    let gateway = Gateway::start(&Config::new(upstream.url()));
    let mut connection: Connection = gateway.connect();
    let http1 = connection.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n"));
    let http2 = gateway.http2().get(Request::get(format!("https://{HOST}/")).body(()).unwrap());
    for response in [http1, http2] {
        response.assert_from_app();
        assert_eq!(response.header("x-kept"), Some("yes"));
        assert_eq!(response.text(), "ok");
        let spoken: Vec<_> = response.headers.iter().filter(|(_, value)| value.contains("canary")).collect();
        assert!(spoken.is_empty(), "{spoken:?}");
    }
}
