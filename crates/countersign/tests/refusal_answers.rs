//! A refusal can be acted on: a page for people, a problem for programs, a reason in a header, and
//! a request id that leads to the log.

use http::Request;

use crate::support::{Gateway, HOST, Upstream};

fn forged(fields: &str) -> String {
    format!(
        "POST /transfer HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://evil.test/<script>\r\n{fields}Content-Length: 0\r\n\r\n"
    )
}

#[test]
fn a_page_for_navigations_a_problem_for_the_rest() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    for (fields, page) in [
        ("", false),
        ("Accept: */*\r\n", false),
        ("Accept: application/json\r\n", false),
        ("Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n", true),
        ("Accept: text/html\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n", true),
        ("Accept: */*\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n", true),
        ("Accept: text/html\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n", false),
    ] {
        let response = connection.ask(&forged(fields));
        response.assert_refused(403, "origin-malformed");
        assert_eq!(response.header("cache-control"), Some("no-store"));
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
        let text = response.text();
        if page {
            assert_eq!(response.header("content-type"), Some("text/html; charset=utf-8"), "{fields}");
            assert!(response.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
            assert!(text.contains("https://evil.test/&lt;script&gt;") && !text.contains("<script"), "{text}");
            assert!(!text.contains("{title}") && !text.contains("{id}"));
        } else {
            assert_eq!(response.header("content-type"), Some("application/problem+json"), "{fields}");
            let problem = response.json();
            assert_eq!(problem["type"], "/.well-known/countersign/reasons/origin-malformed");
            assert_eq!((&problem["status"], &problem["reason"]), (&403.into(), &"origin-malformed".into()));
            assert_eq!(problem["received"], "https://evil.test/<script>");
            for key in ["title", "detail", "expected", "why", "fix", "spec"] {
                assert!(!problem[key].as_str().unwrap().is_empty(), "{key}");
            }
        }
        let id = response.header("countersign-request-id").unwrap();
        assert_eq!(id.len(), 32);
        assert!(text.contains(id));
    }
}

#[test]
fn the_request_id_leads_to_the_log() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let response = gateway.ask(&forged(""));
    let id = response.header("countersign-request-id").unwrap();
    let event = gateway.log().event(id, |event| event["request_id"] == id);
    assert_eq!((&event["verdict"], &event["reason"]), (&"refuse".into(), &"origin-malformed".into()));
    // The app gets that of a permitted one.
    gateway.ask(&format!("GET /permitted HTTP/1.1\r\nHost: {HOST}\r\n\r\n"));
    let request = upstream.last();
    let id = request.header("countersign-request-id").unwrap();
    assert_eq!(gateway.log().event(id, |event| event["request_id"] == id)["path"], "/permitted");
}

#[test]
fn head_is_refused_without_a_body() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    let request = format!("HEAD /..%2f HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    for _ in 0..2 {
        connection.ask(&request).assert_refused(400, "path-ambiguous");
    }
    upstream.assert_untouched();
}

#[test]
fn over_http2_the_same() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.http2();
    let request = || Request::post(format!("https://{HOST}/")).header("origin", "https://evil.test");
    let response = connection.post(request().body(()).unwrap(), "x", None);
    response.assert_refused(403, "origin-mismatch");
    assert_eq!(response.json()["expected"], "https://app.example.com");
    assert_eq!(response.header("connection"), None);
    let page = connection.post(request().header("accept", "text/html").body(()).unwrap(), "x", None);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    upstream.assert_untouched();
}

#[test]
fn what_a_peer_sends_comes_back_printable_and_short() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let long = format!("https://{}.test", "x".repeat(8_000));
    let response =
        gateway.ask(&format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {long}\r\nContent-Length: 0\r\n\r\n"));
    assert_eq!(response.status, 403);
    assert!(response.body.len() < 4_000, "{} bytes", response.body.len());
    let response = gateway
        .ask(&format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: \u{202e}\u{7f}evil\r\nContent-Length: 0\r\n\r\n"));
    // hyper may refuse the control character by itself.
    assert!(matches!(response.status, 400 | 403));
    assert!(!response.text().contains('\u{202e}'));
}
