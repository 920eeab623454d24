//! Pages of other origins: preflights are answered from the declared policy and never forwarded, and
//! the app's own CORS headers are held to it.

use crate::support::{Config, Gateway, HOST, TlsClient, Upstream};

static UI: &str = "https://ui.example.com";
static POLICY: &str = "trusted_origins = [\"https://ui.example.com\"]\ncors = { origins = [\"https://ui.example.com\"], methods = [\"GET\", \"PUT\"], headers = [\"content-type\"], expose = [\"x-total\"], credentials = true, max_age = 60 }";

fn preflight(origin: &str, method: &str, headers: &str) -> String {
    format!(
        "OPTIONS /p/ HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: {method}\r\n{headers}\r\n"
    )
}

fn from(origin: &str, method: &str) -> String {
    format!(
        "{method} /p/ HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {origin}\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 0\r\n\r\n"
    )
}

/// An app that says of CORS what it finds in `X-Say`.
fn app() -> Upstream {
    Upstream::with(|request, app| {
        let allow = request.header("x-say").map_or_else(String::new, |value| {
            format!("Access-Control-Allow-Origin: {value}\r\nAccess-Control-Allow-Credentials: true\r\n")
        });
        app.write(format!("HTTP/1.1 200 OK\r\n{allow}Content-Length: 2\r\n\r\nok"))
    })
}

fn saying(value: &str, origin: &str) -> String {
    format!("GET /p/ HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {origin}\r\nX-Say: {value}\r\n\r\n")
}

#[test]
fn a_declared_preflight_is_answered_by_the_gateway_alone() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).site(POLICY));
    // Firefox sends no certificate along, Chromium does.
    for mut connection in [gateway.connect(), TlsClient::new().connect(gateway.address)] {
        let answer = connection.ask(&preflight(UI, "PUT", "Access-Control-Request-Headers: content-type\r\n"));
        assert_eq!(answer.status, 204);
        assert_eq!(answer.header("access-control-allow-origin"), Some(UI));
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
        assert_eq!(answer.header("access-control-allow-methods"), Some("GET, PUT"));
        assert_eq!(answer.header("access-control-allow-headers"), Some("content-type"));
        assert_eq!(answer.header("access-control-max-age"), Some("60"));
        assert!(answer.header("vary").is_some_and(|vary| vary.starts_with("Origin, ")));
        assert!(answer.body.is_empty());
    }
    upstream.assert_untouched();
    assert_eq!(gateway.decision("preflight")["verdict"], "permit");
}

#[test]
fn what_is_not_declared_is_refused_with_its_reason() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(
        &Config::new(upstream.url())
            .site(POLICY)
            .route("path = \"/\"")
            .route("path = \"/machine/\"\naudience = \"machine\""),
    );
    let mut connection = TlsClient::new().connect(gateway.address);
    for (request, reason) in [
        (preflight("https://evil.example", "PUT", ""), "cors-origin-refused"),
        (preflight("null", "PUT", ""), "cors-origin-refused"),
        (preflight(UI, "DELETE", ""), "cors-method-refused"),
        (preflight(UI, "PUT", "Access-Control-Request-Headers: countersign-client\r\n"), "cors-header-refused"),
        (preflight(UI, "PUT", "Access-Control-Request-Private-Network: true\r\n"), "cors-private-network-refused"),
        (preflight(UI, "PUT", "").replace("/p/", "/machine/"), "preflight-refused"),
    ] {
        let answer = connection.ask(&request);
        answer.assert_refused(403, reason);
        assert_eq!(answer.header("access-control-allow-origin"), None, "{reason}");
    }
    upstream.assert_untouched();
}

#[test]
fn leave_to_ask_is_no_proof() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).site(POLICY));
    gateway.ask(&from(UI, "PUT")).assert_from_app();
    // No certificate: the preflight was for everybody, this is not.
    TlsClient::new().connect(gateway.address).ask(&from(UI, "PUT")).assert_refused(403, "client-cert-missing");

    let cors = "cors = { origins = [\"https://ui.example.com\"], methods = [\"PUT\"] }";
    let untrusted = Gateway::start(&Config::new(upstream.url()).site(cors));
    assert_eq!(untrusted.ask(&preflight(UI, "PUT", "")).status, 204);
    untrusted.ask(&from(UI, "PUT")).assert_refused(403, "origin-mismatch");
}

#[test]
fn the_policy_replaces_what_the_app_says() {
    let upstream = app();
    let gateway = Gateway::start(&Config::new(upstream.url()).site(POLICY).admin());
    let mut connection = gateway.connect();

    let answer = connection.ask(&saying("https://evil.example", "https://evil.example"));
    answer.assert_from_app();
    assert_eq!(answer.header("access-control-allow-origin"), None);
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    assert_eq!(answer.header("vary"), Some("Origin"));
    let answer = connection.ask(&saying("*", UI));
    assert_eq!(answer.all("access-control-allow-origin"), [UI]);
    assert_eq!(answer.header("access-control-expose-headers"), Some("x-total"));
    assert_eq!(gateway.admin().metrics().get(&format!("countersign_cors_corrected_total{{site=\"{HOST}\"}}")), 1.0);
}

#[test]
fn without_a_policy_no_foreign_page_reads_what_the_certificate_protects() {
    let upstream = app();
    let gateway = Gateway::start(
        &Config::new(upstream.url()).site("trusted_origins = [\"https://ui.example.com\"]").mode("optional").admin(),
    );
    let mut alice = gateway.connect();
    let own = format!("https://{HOST}");
    for (says, stays) in [
        (UI, true),
        (own.as_str(), true),
        ("https://evil.example", false),
        ("null", false),
        // Chromium sends the certificate even where the page asked for a request without one.
        ("*", false),
    ] {
        let answer = alice.ask(&saying(says, says));
        answer.assert_from_app();
        assert_eq!(answer.header("access-control-allow-origin").is_some(), stays, "{says}");
        assert_eq!(answer.header("access-control-allow-credentials").is_some(), stays, "{says}");
    }
    let nobody = TlsClient::new().connect(gateway.address).ask(&saying("*", "https://evil.example"));
    assert_eq!(nobody.header("access-control-allow-origin"), Some("*"));
    assert_eq!(gateway.admin().metrics().get(&format!("countersign_cors_corrected_total{{site=\"{HOST}\"}}")), 3.0);
}
