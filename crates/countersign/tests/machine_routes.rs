//! A route for programs takes what no web page can send, and nothing else.

use crate::support::{Config, Gateway, HOST, Upstream};

fn gateway(upstream: &Upstream) -> Gateway {
    let config = Config::new(upstream.url())
        .route("path = \"/\"")
        .route("path = \"/machine/\"\naudience = \"machine\"")
        .route("path = \"/any/\"\naudience = \"any\"");
    Gateway::start(&config)
}

fn post(path: &str, fields: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: {HOST}\r\n{fields}Content-Length: 2\r\n\r\n{{}}")
}

static MACHINE: &[&str] = &[
    "Content-Type: application/json\r\n",
    "Content-Type: application/json; charset=utf-8\r\n",
    "Content-Type: application/xml\r\n",
    "Countersign-Client: nightly\r\n",
    "Countersign-Client: nightly\r\nContent-Type: application/x-www-form-urlencoded\r\n",
];

static REFUSED: &[(&str, &str)] = &[
    // What a form, a beacon or a ping on any page sends, had the browser kept silent about it.
    ("", "machine-marker-missing"),
    ("Content-Type: application/x-www-form-urlencoded\r\n", "machine-marker-missing"),
    ("Content-Type: multipart/form-data; boundary=x\r\n", "machine-marker-missing"),
    ("Content-Type: text/plain\r\n", "machine-marker-missing"),
    ("Content-Type: text/plain; application/json\r\n", "machine-marker-missing"),
    ("Content-Type: text/ping\r\n", "machine-marker-missing"),
    ("Content-Type: application/csp-report\r\n", "machine-marker-missing"),
    ("Content-Type: \r\n", "machine-marker-missing"),
    ("Countersign-Client: \r\n", "machine-marker-missing"),
    // What browsers add.
    ("Content-Type: application/json\r\nOrigin: https://evil.test\r\n", "browser-on-machine-route"),
    ("Content-Type: application/json\r\nOrigin: https://app.example.com\r\n", "browser-on-machine-route"),
    ("Content-Type: application/json\r\nOrigin: null\r\n", "browser-on-machine-route"),
    ("Content-Type: application/json\r\nReferer: https://app.example.com/\r\n", "browser-on-machine-route"),
    ("Content-Type: application/json\r\nCookie: a=b\r\n", "browser-on-machine-route"),
    ("Content-Type: application/json\r\nSec-Fetch-Site: same-origin\r\n", "browser-on-machine-route"),
    ("Content-Type: application/json\r\nSec-Fetch-Storage-Access: none\r\n", "browser-on-machine-route"),
    ("Countersign-Client: a\r\nSec-Fetch-Mode: navigate\r\n", "browser-on-machine-route"),
];

#[test]
fn programs_are_let_in() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let mut connection = gateway.connect();
    for fields in MACHINE {
        for path in ["/machine/pay", "/any/pay"] {
            connection.ask(&post(path, fields)).assert_from_app();
        }
    }
    connection.ask(&format!("GET /machine/list HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
    assert!(!upstream.bytes().to_lowercase().contains("countersign-client"), "the marker is the gateway's own matter");
}

#[test]
fn pages_are_not() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let mut connection = gateway.connect();
    for (fields, reason) in REFUSED {
        let response = connection.ask(&post("/machine/pay", fields));
        assert_eq!((response.status, response.reason()), (403, *reason), "{fields}");
    }
    let twice = post("/machine/pay", "Countersign-Client: a\r\nCountersign-Client: b\r\n");
    connection.ask(&twice).assert_refused(400, "header-duplicate");
    let get = format!("GET /machine/list HTTP/1.1\r\nHost: {HOST}\r\nCookie: a=b\r\n\r\n");
    connection.ask(&get).assert_refused(403, "browser-on-machine-route");
    upstream.assert_untouched();
}

#[test]
fn programs_have_no_proof_on_a_browsers_route() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let mut connection = gateway.connect();
    for fields in MACHINE {
        connection.ask(&post("/pay", fields)).assert_refused(403, "intent-missing");
    }
    upstream.assert_untouched();
}

#[test]
fn a_route_for_anybody_takes_either_proof() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let mut connection = gateway.connect();
    connection.ask(&post("/any/", "Origin: https://app.example.com\r\nCookie: a=b\r\n")).assert_from_app();
    connection
        .ask(&post("/any/", "Origin: https://evil.test\r\nContent-Type: application/json\r\n"))
        .assert_refused(403, "origin-mismatch");
    connection.ask(&post("/any/", "")).assert_refused(403, "machine-marker-missing");
    assert_eq!(upstream.requests().len(), 1);
}
