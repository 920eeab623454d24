//! What a foreign page can make a browser send, certificate and cookies and all, is refused before
//! the app sees a byte: the requests of reference/csrf.md section 3, as Chromium and Firefox sent
//! them there.

use crate::support::{Config, Gateway, HOST, Upstream};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\nCookie: sessionid=1; csrftoken=2\r\nContent-Length: 20\r\n\r\npayee=mallory&amount";

fn gateway(upstream: &Upstream) -> Gateway {
    let config = Config::new(upstream.url())
        .site("trusted_origins = [\"https://partner.example.com\"]")
        .route("path = \"/\"")
        .route("path = \"/any/\"\naudience = \"any\"");
    Gateway::start(&config)
}

/// Fields of the attack, the method, the reason.
static FORGED: &[(&str, &str)] = &[
    // a form, fetch no-cors or beacon on a foreign page
    (
        "Origin: https://evil.test\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Fetch-User: ?1\r\nReferer: https://evil.test/\r\n",
        "origin-mismatch",
    ),
    (
        "Origin: https://evil.test\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: empty\r\n",
        "origin-mismatch",
    ),
    ("Origin: https://evil.test\r\n", "origin-mismatch"),
    // sandboxed frame, data: page, no-referrer page, redirect
    (
        "Origin: null\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n",
        "origin-null",
    ),
    ("Origin: null\r\nSec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate\r\n", "origin-null"),
    ("Origin: null\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: navigate\r\n", "origin-null"),
    ("Origin: null\r\nReferer: https://app.example.com/\r\n", "origin-null"),
    // a sibling
    (
        "Origin: https://blog.example.com\r\nSec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate\r\n",
        "origin-mismatch",
    ),
    // the network's own page for the same name
    ("Origin: http://app.example.com\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n", "origin-mismatch"),
    ("Origin: http://app.example.com\r\n", "origin-mismatch"),
    // names that look alike
    ("Origin: https://app.example.com.evil.test\r\n", "origin-mismatch"),
    ("Origin: https://evilapp.example.com\r\n", "origin-mismatch"),
    ("Origin: https://app.example.com:8443\r\n", "origin-mismatch"),
    ("Origin: https://partner.example.com.evil.test\r\n", "origin-mismatch"),
    // what no browser writes
    ("Origin: \r\n", "origin-malformed"),
    ("Origin: https://user@app.example.com\r\n", "origin-malformed"),
    ("Origin: https://app.example.com/\r\n", "origin-malformed"),
    ("Origin: //app.example.com\r\n", "origin-malformed"),
    ("Origin: app.example.com\r\n", "origin-malformed"),
    ("Origin: https://app.example.com https://evil.test\r\n", "origin-malformed"),
    ("Origin: https://app.example.com, https://evil.test\r\n", "origin-malformed"),
    // contradictions
    ("Origin: https://evil.test\r\nSec-Fetch-Site: same-origin\r\n", "fetch-metadata-contradiction"),
    ("Origin: https://app.example.com\r\nSec-Fetch-Site: cross-site\r\n", "fetch-metadata-contradiction"),
    ("Origin: https://partner.example.com\r\nSec-Fetch-Site: same-origin\r\n", "fetch-metadata-contradiction"),
    ("Origin: https://app.example.com\r\nSec-Fetch-Site: sideways\r\n", "fetch-metadata-malformed"),
    ("Origin: https://app.example.com\r\nSec-Fetch-Mode: navigate\r\n", "fetch-metadata-malformed"),
    // Origin stripped
    ("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n", "cross-site"),
    ("Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate\r\n", "same-site"),
    ("Sec-Fetch-Site: none\r\nSec-Fetch-Mode: cors\r\n", "not-a-navigation"),
    ("Referer: https://evil.test/app.example.com/\r\n", "referer-mismatch"),
    ("Referer: https://app.example.com.evil.test/\r\n", "referer-mismatch"),
    ("Referer: http://app.example.com/\r\n", "referer-insecure"),
    ("Referer: app.example.com\r\n", "referer-malformed"),
    ("", "intent-missing"),
    // two of them
    ("Origin: https://app.example.com\r\nOrigin: https://evil.test\r\n", "header-duplicate"),
    ("Origin: https://evil.test\r\nOrigin: https://app.example.com\r\n", "header-duplicate"),
    ("Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site\r\n", "header-duplicate"),
    ("Referer: https://app.example.com/\r\nReferer: https://evil.test/\r\n", "header-duplicate"),
    ("Origin: https://app.example.com\r\nContent-Type: text/plain\r\n", "header-duplicate"),
];

#[test]
fn forged_forms_do_not_reach_the_app() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let mut connection = gateway.connect();
    for (fields, reason) in FORGED {
        let response = connection.ask(&format!("POST /transfer HTTP/1.1\r\nHost: {HOST}\r\n{fields}{FORM}"));
        let status = if *reason == "header-duplicate" { 400 } else { 403 };
        assert_eq!((response.status, response.reason()), (status, *reason), "{fields}");
    }
    upstream.assert_untouched();
}

/// "Any" takes either proof; a browser's request has to have the browser's.
#[test]
fn nor_on_a_route_for_anybody() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let mut connection = gateway.connect();
    for (fields, _) in FORGED {
        let response = connection.ask(&format!("POST /any/ HTTP/1.1\r\nHost: {HOST}\r\n{fields}{FORM}"));
        assert!(matches!(response.status, 400 | 403), "{fields}");
    }
    upstream.assert_untouched();
}

/// Only GET, HEAD and OPTIONS are safe, and a header does not make another method of one.
#[test]
fn whatever_the_method() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let mut connection = gateway.connect();
    for method in ["POST", "PUT", "PATCH", "DELETE", "QUERY", "PROPFIND", "MKCOL", "LINK"] {
        let request =
            format!("{method} / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://evil.test\r\nContent-Length: 0\r\n\r\n");
        connection.ask(&request).assert_refused(403, "origin-mismatch");
    }
    connection
        .ask(&format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://evil.test\r\nX-HTTP-Method-Override: GET\r\nContent-Length: 0\r\n\r\n"))
        .assert_refused(403, "origin-mismatch");
    upstream.assert_untouched();
    connection
        .ask(&format!(
            "GET / HTTP/1.1\r\nHost: {HOST}\r\nX-HTTP-Method-Override: DELETE\r\nX-Method-Override: DELETE\r\n\r\n"
        ))
        .assert_from_app();
    assert!(!upstream.bytes().contains("DELETE"));
}
