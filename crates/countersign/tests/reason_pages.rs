//! The page of a reason is there for whoever is refused, with a certificate or without, and the app never
//! hears of it.

use countersign_core::REASONS;

use crate::support::{Gateway, HOST, TlsClient, Upstream};

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
}

#[test]
fn every_refusal_links_to_a_page_that_is_there() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut anonymous = TlsClient::new().connect(gateway.address);
    let refused = anonymous.ask(&get("/"));
    refused.assert_refused(403, "client-cert-missing");
    let problem: serde_json::Value = serde_json::from_slice(&refused.body).unwrap();
    let page = anonymous.ask(&get(problem["type"].as_str().unwrap()));
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.text().contains("client-cert-missing") && page.header("content-security-policy").is_some());
    let shown = anonymous.ask(&get("/").replace("\r\n\r\n", "\r\nAccept: text/html\r\n\r\n"));
    assert!(shown.text().contains("href=\"/.well-known/countersign/reasons/client-cert-missing\""), "{}", shown.text());
    for reason in REASONS {
        let page = anonymous.ask(&get(&format!("/.well-known/countersign/reasons/{}", reason.code())));
        assert_eq!(page.status, 200, "{}", reason.code());
        assert!(page.text().contains(&format!("<code>{}</code>", reason.code())));
    }
    let list = anonymous.ask(&get("/.well-known/countersign/reasons/")).text();
    assert!(REASONS.iter().all(|reason| list.contains(reason.code())));
    let head = anonymous.ask(&get("/.well-known/countersign/reasons/origin-null").replace("GET", "HEAD"));
    assert!(head.status == 200 && head.body.is_empty());
    upstream.assert_untouched();
}

#[test]
fn nothing_else_is_below_the_gateways_own_paths() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    for path in
        ["/.well-known/countersign/", "/.well-known/countersign/reasons/nothing", "/.well-known/countersign/x/y"]
    {
        connection.ask(&get(path)).assert_refused(404, "route-not-found");
    }
    let encoded = connection.ask(&get("/.well-known/countersign/reasons/%6frigin-null"));
    assert_eq!(encoded.status, 200);
    let post = "POST /.well-known/countersign/reasons/origin-null HTTP/1.1\r\nHost: app.example.com\r\nOrigin: https://app.example.com\r\nContent-Length: 0\r\n\r\n";
    let refused = connection.ask(post);
    refused.assert_refused(405, "method-not-allowed");
    assert_eq!(refused.header("allow"), Some("GET, HEAD"));
    upstream.assert_untouched();
    connection.ask(&get("/.well-known/countersign")).assert_from_app();
    // A host that is not served has no pages either.
    let other = get("/.well-known/countersign/reasons/origin-null").replace(HOST, "evil.example");
    gateway.connect().ask(&other).assert_refused(421, "misdirected-request");
}
