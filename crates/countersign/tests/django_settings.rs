//! `[site.django]`: the token check is the app's own, as its settings have it, `Origin` and `Referer`
//! included.

use std::fs;

use crate::support::{
    Config, Gateway, HOST, ORIGIN, Upstream,
    bank::{Bank, Server, browser::Browser, manage},
};

const SECRET: &str = "b3Xq9Lw2Vt7Rz1Kp5Nd8Hs4Jc6Gm0FyA";

fn gateway(upstream: &Upstream, site: &str) -> Gateway {
    let config = Config::new(upstream.url()).site("bind_cookies = []").route("path = \"/\"\ntoken = \"django\"");
    Gateway::start(&config.site(site))
}

fn post(fields: &str) -> String {
    format!(
        "POST /p HTTP/1.1\r\nHost: {HOST}\r\nCookie: csrftoken={SECRET}\r\nX-CSRFToken: {SECRET}\r\n{fields}Content-Length: 0\r\n\r\n"
    )
}

#[test]
fn origin_and_referer_are_djangos_too() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "trusted_origins = [\"https://partner.example.com\"]");
    let own = format!("Origin: {ORIGIN}\r\nSec-Fetch-Site: same-origin\r\n");
    gateway.connect().ask(&post(&own)).assert_from_app();
    let partner = "Origin: https://partner.example.com\r\nSec-Fetch-Site: cross-site\r\n";
    gateway.connect().ask(&post(partner)).assert_from_app();
    let site = "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\n";
    gateway.connect().ask(&post(&format!("Referer: https://{HOST}/form?q=1\r\n{site}"))).assert_from_app();
    let before = upstream.requests().len();
    // To our own rules each of these has proved where it comes from.
    for (fields, reason) in [
        (format!("Origin: https://{HOST}:443\r\nSec-Fetch-Site: same-origin\r\n"), "csrf-origin-failed"),
        (site.to_owned(), "csrf-referer-failed"),
        (format!("Referer: http://{HOST}/\r\n{site}"), "csrf-referer-failed"),
        (format!("Referer: https://evil.example/?secret=1\r\n{site}"), "csrf-referer-failed"),
    ] {
        let answer = gateway.connect().ask(&post(&fields));
        answer.assert_refused(403, reason);
        assert!(!answer.text().contains("secret=1"), "{}", answer.text());
    }
    assert_eq!(upstream.requests().len(), before);
    assert!(!gateway.log().text().contains("secret=1"));
}

#[test]
fn the_apps_settings_count_and_not_the_sites() {
    let upstream = Upstream::start();
    let gateway = gateway(
        &upstream,
        "trusted_origins = [\"https://partner.example.com\"]\ndjango = { trusted_origins = [], cookie_domain = \"example.com\" }",
    );
    let partner = "Origin: https://partner.example.com\r\nSec-Fetch-Site: cross-site\r\n";
    gateway.connect().ask(&post(partner)).assert_refused(403, "csrf-origin-failed");
}

#[test]
fn settings_that_the_app_exports_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("csrf-settings.json");
    manage(&["countersign", "settings", "--output", file.to_str().unwrap()]);
    let exported = fs::read_to_string(&file).unwrap();
    assert!(exported.contains("CSRF_TRUSTED_ORIGINS") && !exported.contains("SECRET"), "{exported}");
    let site = format!("django = {{ settings = {file:?} }}");
    let bank = Bank::start_behind(Server::Gunicorn, &[], |config| {
        config.site(&site).route("path = \"/\"\ntoken = \"django\"")
    });
    let mut browser = Browser::of("settings-exported", &bank);
    browser.form_token();
    let script = format!("X-CSRFToken: {}\r\n", browser.cookies["csrftoken"]);
    let json = r#"{"payee": "by-script", "amount": "2"}"#;
    let answer = browser.post("/api/transfer", "application/json", &script, json);
    assert_eq!(answer.status, 201, "{}", answer.text());
    browser.post("/api/transfer", "application/json", "", json).assert_refused(403, "csrf-token-missing");
    // Other settings, taken while it runs: cookie and header have other names now.
    fs::write(&file, exported.replace("\"csrftoken\"", "\"xsrf\"")).unwrap();
    bank.gateway.reloaded(1);
    browser.post("/api/transfer", "application/json", &script, json).assert_refused(403, "csrf-cookie-missing");
}
