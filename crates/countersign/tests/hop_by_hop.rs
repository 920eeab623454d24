//! What speaks of one connection stays on it, in both directions (RFC 9110 section 7.6.1).

use http::Request;

use crate::support::{Gateway, HOST, ORIGIN, Upstream};

#[test]
fn of_requests() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let fields = "Connection: keep-alive, X-Mine, close\r\nX-Mine: secret\r\nKeep-Alive: timeout=5\r\nTE: trailers, gzip\r\n\
                  Trailer: X-Late\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic secret\r\nProxy: secret\r\nX-Kept: yes\r\n";
    gateway.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{fields}\r\n")).assert_from_app();
    let request = upstream.last();
    for name in [
        "connection",
        "x-mine",
        "keep-alive",
        "te",
        "trailer",
        "proxy-connection",
        "proxy-authorization",
        "proxy",
        "transfer-encoding",
    ] {
        assert_eq!(request.header(name), None, "{name}");
    }
    assert_eq!(request.header("x-kept"), Some("yes"));
    assert!(!upstream.bytes().contains("secret"));
}

#[test]
fn of_responses() {
    let upstream = Upstream::answering(
        "HTTP/1.1 200 OK\r\nConnection: X-Mine, keep-alive\r\nX-Mine: secret\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\n\
         Upgrade: h2c\r\nTrailer: X-Late\r\nCountersign-Reason: cross-site\r\nCountersign-Request-Id: forged\r\nCountersign-Anything: forged\r\n\
         Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Kept: yes\r\nContent-Length: 2\r\n\r\nok",
    );
    let gateway = Gateway::before(&upstream);
    let http1 = gateway.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n"));
    let http2 = gateway.http2().get(Request::get(format!("https://{HOST}/")).body(()).unwrap());
    for response in [http1, http2] {
        response.assert_from_app();
        for name in [
            "x-mine",
            "keep-alive",
            "proxy-authenticate",
            "upgrade",
            "trailer",
            "countersign-reason",
            "countersign-anything",
        ] {
            assert_eq!(response.all(name), Vec::<&str>::new(), "{name}");
        }
        assert!(!response.headers.iter().any(|(_, value)| value == "forged" || value == "secret"));
        assert_eq!(response.all("set-cookie"), ["a=1", "b=2"].map(|set| format!("{set}; Secure; SameSite=Lax")));
        assert_eq!(response.header("x-kept"), Some("yes"));
    }
}

#[test]
fn http2_splits_cookies_and_the_app_gets_one() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let request = Request::post(format!("https://{HOST}/"))
        .header("origin", ORIGIN)
        .header("cookie", "s=1")
        .header("cookie", "t=2")
        .header("cookie", "a=b; c=d")
        .header("te", "trailers");
    gateway.http2().post(request.body(()).unwrap(), "x", None).assert_from_app();
    assert_eq!(upstream.last().header("cookie"), Some("s=1; t=2; a=b; c=d"));
    assert_eq!(upstream.last().header("te"), None);
    // HTTP/1.1 forbids it, and joins the same way.
    gateway.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n")).assert_from_app();
    assert_eq!(upstream.last().header("cookie"), Some("a=1; b=2"));
}
