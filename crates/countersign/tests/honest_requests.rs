//! What people and programs really send gets to the app.

use http::Request;

use crate::support::{Config, Gateway, HOST, ORIGIN, Upstream};

fn gateway(upstream: &Upstream) -> Gateway {
    Gateway::start(&Config::new(upstream.url()).site("trusted_origins = [\"https://partner.example.com\"]"))
}

/// Fields, as browsers send them, and the basis on which the log says that they passed.
static HONEST: &[(&str, &str)] = &[
    (
        "Origin: https://app.example.com\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Fetch-User: ?1\r\nReferer: https://app.example.com/form\r\n",
        "same-origin",
    ),
    (
        "Origin: https://app.example.com\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\nX-CSRFToken: abc\r\n",
        "same-origin",
    ),
    ("Origin: https://app.example.com\r\n", "same-origin"),
    ("Origin: https://app.example.com:443\r\n", "same-origin"),
    ("Origin: https://partner.example.com\r\nSec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\n", "trusted-origin"),
    ("Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\n", "fetch-metadata"),
    ("Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\n", "navigation"),
    ("Referer: https://app.example.com/form\r\n", "referer"),
];

#[test]
fn forms_and_scripts_of_the_site() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let mut connection = gateway.connect();
    for (fields, basis) in HONEST.iter().filter(|(fields, _)| !fields.contains(":443")) {
        let request = format!("POST /{basis} HTTP/1.1\r\nHost: {HOST}\r\n{fields}Content-Length: 3\r\n\r\na=b");
        connection.ask(&request).assert_from_app();
        assert_eq!(upstream.last().body, b"a=b");
        let path = format!("/{basis}");
        let event = gateway.log().event(basis, |event| event["path"] == path.as_str());
        assert_eq!((event["verdict"].as_str(), event["reason"].as_str()), (Some("permit"), Some(*basis)), "{fields}");
    }
}

#[test]
fn pages_pictures_and_links_from_anywhere() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let mut connection = gateway.connect();
    for fields in [
        "",
        "Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\nSec-Fetch-Dest: document\r\n",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nReferer: https://search.test/\r\n",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n",
        "Origin: https://evil.test\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: cors\r\n",
    ] {
        for method in ["GET", "HEAD", "OPTIONS"] {
            let response = connection.ask(&format!("{method} / HTTP/1.1\r\nHost: {HOST}\r\n{fields}\r\n"));
            assert_eq!(response.status, 200, "{method} {fields}");
        }
    }
}

#[test]
fn over_http2() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let mut connection = gateway.http2();
    let request =
        Request::post(format!("https://{HOST}/form")).header("origin", ORIGIN).header("sec-fetch-site", "same-origin");
    connection.post(request.body(()).unwrap(), "a=b", None).assert_from_app();
    assert_eq!((upstream.last().request_line(), upstream.last().body.as_slice()), ("POST /form HTTP/1.1", &b"a=b"[..]));
    let forged = Request::post(format!("https://{HOST}/form")).header("origin", "https://evil.test");
    connection.post(forged.body(()).unwrap(), "a=b", None).assert_refused(403, "origin-mismatch");
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn a_mapped_port_is_part_of_the_own_origin() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let post = |host: &str, origin: &str| {
        format!("POST / HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nContent-Length: 0\r\n\r\n")
    };
    let mut connection = gateway.connect();
    connection.ask(&post("app.example.com:8443", "https://app.example.com:8443")).assert_from_app();
    connection.ask(&post("app.example.com:443", "https://app.example.com")).assert_from_app();
    connection.ask(&post("app.example.com:8443", "https://app.example.com")).assert_refused(403, "origin-mismatch");
    connection
        .ask(&post("app.example.com:8443", "https://app.example.com:9443"))
        .assert_refused(403, "origin-mismatch");
}
