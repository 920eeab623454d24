//! A request that two servers could cut differently is refused, its connection ends, and no byte
//! of it reaches the app (RFC 9112 section 6.3).

use crate::support::{Config, Gateway, Upstream};

/// Looks like a request of its own to a server that cuts early.
const INNER: &str = "GET /smuggled HTTP/1.1\r\nHost: app.example.com\r\n\r\n";
const OWN: &str = "Host: app.example.com\r\nOrigin: https://app.example.com\r\n";

/// Each is answered with this status and reason, then the connection ends.
fn refused_and_closed(cases: &[(&str, u16, &str)]) {
    let upstream = Upstream::start();
    let mut gateway = Gateway::start(&Config::new(upstream.url()).route("path = \"/\"\naudience = \"any\""));
    for &(request, status, reason) in cases {
        let mut connection = gateway.connect();
        connection.send(request).unwrap();
        connection.response().assert_refused(status, reason);
        assert!(connection.is_closed(), "more after {request:?}");
    }
    upstream.assert_untouched();
    gateway.assert_unharmed();
    assert_eq!(upstream.targets(), ["/unharmed"]);
    gateway.stop();
}

/// hyper refuses these itself, with a bare 400 or none: what counts is that nothing passes.
fn nothing_passes(cases: &[String]) {
    let upstream = Upstream::start();
    let mut gateway = Gateway::before(&upstream);
    for request in cases {
        let mut connection = gateway.connect();
        connection.send_anyway(request);
        if let Ok(Some(response)) = connection.try_response() {
            assert_eq!(response.status, 400, "{request:?}: {}", response.text());
        }
        assert!(connection.is_closed(), "more after {request:?}");
    }
    upstream.assert_untouched();
    gateway.assert_unharmed();
    gateway.stop();
}

#[test]
fn lengths_that_contradict() {
    let post = |fields: &str, body: &str| format!("POST / HTTP/1.1\r\n{OWN}{fields}\r\n{body}{INNER}");
    let requests = [
        post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
        post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"),
        post("Content-Length: 3\r\nCONTENT-LENGTH: 3\r\n", "abc"),
        post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    ];
    let cases: Vec<_> = requests.iter().map(|request| (request.as_str(), 400, "framing-ambiguous")).collect();
    refused_and_closed(&cases);
}

#[test]
fn lengths_that_are_none() {
    let post = |fields: &str| format!("POST / HTTP/1.1\r\n{OWN}{fields}\r\n0\r\n\r\n{INNER}");
    nothing_passes(&[
        post("Content-Length: 3\r\nContent-Length: 4\r\n"),
        post("Content-Length: 3, 4\r\n"),
        post("Content-Length: +3\r\n"),
        post("Content-Length: -3\r\n"),
        post("Content-Length: 0x3\r\n"),
        post("Content-Length: 3 3\r\n"),
        post("Content-Length: 99999999999999999999\r\n"),
        post("Transfer-Encoding: identity\r\n"),
        post("Transfer-Encoding: xchunked\r\n"),
        post("Transfer-Encoding: chunked, gzip\r\n"),
        post("Transfer-Encoding: chunked\x0b\r\n"),
        post("Transfer-Encoding : chunked\r\n"),
        post("Content-Length : 3\r\n"),
        format!("POST / HTTP/1.0\r\n{OWN}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{INNER}"),
    ]);
}

#[test]
fn lines_that_end_in_lf() {
    refused_and_closed(&[
        ("GET / HTTP/1.1\nHost: app.example.com\n\n", 400, "line-ending-bare"),
        ("GET / HTTP/1.1\nHost: app.example.com\r\n\r\n", 400, "line-ending-bare"),
        ("GET / HTTP/1.1\r\nHost: app.example.com\nX: y\r\n\r\n", 400, "line-ending-bare"),
        ("GET / HTTP/1.1\r\nHost: app.example.com\r\n\n", 400, "line-ending-bare"),
        (
            "GET / HTTP/1.1\r\nHost: app.example.com\r\n\nGET /smuggled HTTP/1.1\r\nHost: app.example.com\r\n\r\n",
            400,
            "line-ending-bare",
        ),
    ]);
}

#[test]
fn heads_that_do_not_parse() {
    let get = |fields: &str| format!("GET / HTTP/1.1\r\nHost: app.example.com\r\n{fields}\r\n");
    nothing_passes(&[
        get("X: a\r\n b\r\n"),
        get("X: a\r\n\tTransfer-Encoding: chunked\r\n"),
        get("X: a\0b\r\n"),
        get("X\0: a\r\n"),
        get("X: a\rb\r\n"),
        get("X : a\r\n"),
        get(": a\r\n"),
        get("no colon\r\n"),
        "GET /\r\n\r\n".into(),
        "GET / HTTP/0.9\r\n\r\n".into(),
        "GET / HTTP/1.2\r\nHost: app.example.com\r\n\r\n".into(),
        "GET  / HTTP/1.1\r\nHost: app.example.com\r\n\r\n".into(),
        "GET\t/ HTTP/1.1\r\nHost: app.example.com\r\n\r\n".into(),
        "GET /a b HTTP/1.1\r\nHost: app.example.com\r\n\r\n".into(),
        "GET /\0 HTTP/1.1\r\nHost: app.example.com\r\n\r\n".into(),
        "\u{16}\u{3}\u{1} HTTP/1.1\r\n\r\n".into(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(),
    ]);
}

#[test]
fn what_does_not_parse_is_logged() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    connection.send("this is no request\r\n\r\n").unwrap();
    connection.is_closed();
    let event = gateway.decision("request-malformed");
    assert_eq!((event["verdict"].as_str(), event["site"].as_str()), (Some("refuse"), Some("app.example.com")));
    upstream.assert_untouched();
}

#[test]
fn chunks_that_are_malformed() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::before(&upstream);
    for chunks in [
        "zz\r\nabc\r\n0\r\n\r\n",
        "0x3\r\nabc\r\n0\r\n\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "3\nabc\r\n0\r\n\r\n",
        "-3\r\nabc\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nabc\r\n",
        "3;a\nb\r\nabc\r\n0\r\n\r\n",
    ] {
        let mut connection = gateway.connect();
        connection.send_anyway(format!("POST / HTTP/1.1\r\n{OWN}Transfer-Encoding: chunked\r\n\r\n{chunks}{INNER}"));
        connection.response().assert_refused(400, "body-malformed");
        assert!(connection.is_closed(), "{chunks:?}");
    }
    assert_eq!(upstream.requests().len(), 0, "the app took half a body for a whole one");
    assert!(!upstream.bytes().contains("smuggled"));
    gateway.assert_unharmed();
}

#[test]
fn a_body_is_no_request() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    let length = INNER.len();
    let chunk = format!("{length:x}\r\n{INNER}\r\n0\r\n\r\n");
    for framing in
        [format!("Content-Length: {length}\r\n\r\n{INNER}"), format!("Transfer-Encoding: chunked\r\n\r\n{chunk}")]
    {
        connection.ask(&format!("POST /outer HTTP/1.1\r\n{OWN}{framing}")).assert_from_app();
        assert_eq!(upstream.last().body, INNER.as_bytes());
    }
    // The same in bodies of refused requests: judged is what comes after them.
    for framing in
        [format!("Content-Length: {length}\r\n\r\n{INNER}"), format!("Transfer-Encoding: chunked\r\n\r\n{chunk}")]
    {
        let forged =
            format!("POST /forged HTTP/1.1\r\nHost: app.example.com\r\nOrigin: https://evil.test\r\n{framing}");
        connection.ask(&forged).assert_refused(403, "origin-mismatch");
    }
    connection.ask("GET /after HTTP/1.1\r\nHost: app.example.com\r\n\r\n").assert_from_app();
    assert_eq!(upstream.targets(), ["/outer", "/outer", "/after"]);
}

#[test]
fn each_pipelined_request_is_judged() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    let honest = |n: u8| format!("POST /{n} HTTP/1.1\r\n{OWN}Content-Length: 1\r\n\r\n{n}");
    let forged =
        "POST /forged HTTP/1.1\r\nHost: app.example.com\r\nOrigin: https://evil.test\r\nContent-Length: 1\r\n\r\nx";
    connection
        .send(
            [
                honest(1).as_str(),
                forged,
                &honest(2),
                forged,
                "GET /..%2f HTTP/1.1\r\nHost: app.example.com\r\n\r\n",
                &honest(3),
            ]
            .concat(),
        )
        .unwrap();
    let answers: Vec<_> = (0..6).map(|_| connection.response()).map(|r| (r.status, r.reason().to_owned())).collect();
    let expected =
        [(200, ""), (403, "origin-mismatch"), (200, ""), (403, "origin-mismatch"), (400, "path-ambiguous"), (200, "")];
    assert_eq!(answers, expected.map(|(status, reason)| (status, reason.to_owned())));
    assert_eq!(upstream.targets(), ["/1", "/2", "/3"]);
}

/// A head hidden where one parser sees trailers and another a request: whoever counts heads by the
/// one and judges them by the other takes the verdict on the hidden one for that on the next.
#[test]
fn trailers_hide_no_head() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::before(&upstream);
    let ambiguous =
        format!("POST /ambiguous HTTP/1.1\r\n{OWN}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    for trailers in [
        format!("X: y\n\n{INNER}"),
        "X: y\n\nGET /smuggled HTTP/1.1\n\n\r\n".into(),
        format!("X: y\n\r\n{INNER}"),
        format!("\n{INNER}"),
        format!("X: y\r\n\n{INNER}"),
    ] {
        let mut connection = gateway.connect();
        let first = format!("POST /first HTTP/1.1\r\n{OWN}Transfer-Encoding: chunked\r\n\r\n0\r\n{trailers}");
        connection.send_anyway(first + &ambiguous + &ambiguous);
        while let Ok(Some(_)) = connection.try_response() {}
        assert!(!upstream.targets().contains(&"/ambiguous".into()), "after {trailers:?}");
        assert!(!upstream.targets().contains(&"/smuggled".into()), "after {trailers:?}");
    }
    gateway.assert_unharmed();
}
