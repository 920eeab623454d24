//! A route that asks for an API key takes no request without one that counts now, for this route and for
//! this client; the app learns whose it is, and the secret goes nowhere.

use std::path::Path;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use countersign_assertion::HEADER;
use http::Request;
use serde_json::{Value, json};

use crate::support::{
    Config, Gateway, HOST, ORIGIN, Response, TlsClient, Upstream,
    command::output,
    pki::{self, Credentials},
    upstream::Received,
    websocket,
};

/// A key as `key new` showed it.
pub(crate) struct Made {
    pub(crate) text: String,
    pub(crate) id: String,
}

/// Runs `countersign key new` beside a running gateway; its words are checked for the secret elsewhere.
pub(crate) fn new(config: &Path, words: &[&str]) -> Made {
    let output = output(&[&["key", "new", "-c", config.to_str().unwrap()], words].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap().trim_end().to_owned();
    let id = text[4..12].to_owned();
    Made { text, id }
}

fn config(upstream: &Upstream) -> Config {
    Config::new(upstream.url())
        .route("path = \"/\"")
        .route("path = \"/orders/\"\naudience = \"machine\"\napi_key = { header = \"X-API-Key\", scope = \"orders\" }")
        .route("path = \"/reports/\"\naudience = \"any\"\napi_key = { header = \"Reports-Key\", scope = \"reports\" }")
        .route("path = \"/kept/\"\naudience = \"machine\"\napi_key = { scope = \"orders\", forward = true }")
        .route("path = \"/page/\"\napi_key = { scope = \"orders\" }")
}

/// A gateway that has these keys from the start.
fn gateway(upstream: &Upstream, keys: &[&[&str]]) -> (Gateway, Vec<Made>) {
    let (dir, path) = config(upstream).write();
    let made = keys.iter().map(|words| new(&path, words)).collect();
    (Gateway::start_in(dir), made)
}

fn post(path: &str, fields: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: {HOST}\r\n{fields}Content-Length: 2\r\n\r\n{{}}")
}

fn with(key: &str) -> String {
    format!("X-API-Key: {key}\r\n")
}

fn ask(gateway: &Gateway, who: &Credentials, request: &str) -> Response {
    gateway.connect_as(who.clone()).ask(request)
}

/// What the assertion says; that it is signed is checked elsewhere.
fn claims(received: &Received) -> Value {
    let token = received.header(HEADER).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

#[test]
fn a_program_with_a_key_gets_through_and_the_app_learns_whose_it_is() {
    let upstream = Upstream::start();
    let (gateway, keys) =
        gateway(&upstream, &[&["--scope", "orders", "--scope", "reports", "--name", "the \"nightly\" run"]]);
    let key = &keys[0];
    let mut connection = gateway.connect();
    // A form's body: the key alone marks a program.
    connection
        .ask(&post("/orders/", &format!("{}Content-Type: application/x-www-form-urlencoded\r\n", with(&key.text))))
        .assert_from_app();
    let received = upstream.last();
    assert_eq!(received.header("x-api-key"), None);
    let said = claims(&received);
    let told = json!({ "id": key.id, "name": "the \"nightly\" run", "scopes": ["orders", "reports"] });
    assert_eq!((&said["api_key"], &said["csrf"]["basis"]), (&told, &"api-key".into()));

    // Reading needs it too, and the key is told of its own request alone.
    connection.ask(&format!("GET /orders/1 HTTP/1.1\r\nHost: {HOST}\r\n{}\r\n", with(&key.text))).assert_from_app();
    connection.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
    assert_eq!(claims(&upstream.last()).get("api_key"), None);

    let mut http2 = gateway.http2();
    let request = Request::post(format!("https://{HOST}/orders/")).header("x-api-key", &key.text);
    http2.post(request.body(()).unwrap(), "{}", None).assert_from_app();
    assert_eq!(claims(&upstream.last())["api_key"], told);

    assert!(!upstream.bytes().contains(&key.text[13..]), "the secret went to the app");
    assert_eq!(gateway.decision("api-key")["api_key"], key.id.as_str());
}

#[test]
fn the_app_gets_the_key_where_the_route_says_so() {
    let upstream = Upstream::start();
    let (gateway, keys) = gateway(&upstream, &[&["--scope", "orders"]]);
    gateway.ask(&post("/kept/", &with(&keys[0].text))).assert_from_app();
    assert_eq!(upstream.last().header("x-api-key"), Some(keys[0].text.as_str()));
    assert_eq!(claims(&upstream.last())["api_key"]["name"], keys[0].id.as_str(), "the id is the name of the nameless");
}

/// A key of the app's own passes, one of ours that went to the wrong route does not.
#[test]
fn a_route_that_asks_for_no_key_leaves_the_apps_own_alone() {
    let upstream = Upstream::start();
    let (gateway, keys) = gateway(&upstream, &[&["--scope", "orders"]]);
    let get = |path: &str, fields: &str| {
        gateway.ask(&format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{fields}\r\n")).assert_from_app();
        upstream.last()
    };
    assert_eq!(get("/", "X-API-Key: the-apps-own\r\n").header("x-api-key"), Some("the-apps-own"));
    assert_eq!(get("/", &with(&keys[0].text)).header("x-api-key"), None);
    assert_eq!(get("/", &with("CSK_cut")).header("x-api-key"), None);
    let both = format!("{}Reports-Key: {}\r\n", with(&keys[0].text), keys[0].text);
    let received = get("/orders/", &both);
    assert_eq!((received.header("x-api-key"), received.header("reports-key")), (None, None));
}

#[test]
fn what_is_no_good_key_is_refused_and_never_repeated() {
    let upstream = Upstream::start();
    let alice = pki::alice();
    let (dir, path) = config(&upstream).another("other.example.com", "trust = \"staff\"", upstream.url()).write();
    let keys =
        [&["--scope", "orders"][..], &["--scope", "reports"], &["--scope", "orders", "--site", "other.example.com"]];
    let keys = keys.map(|words| new(&path, words));
    let gateway = Gateway::start_in(dir);
    let (good, reports) = (&keys[0].text, &keys[1].text);
    let mut tampered = good.clone().into_bytes();
    tampered[20] = if tampered[20] == b'0' { b'1' } else { b'0' };
    let tampered = String::from_utf8(tampered).unwrap();
    // Made by the same rules, and nobody's.
    let invented = countersign_core::ApiKeyText::from_random(&[7; 30]);
    let json = "Content-Type: application/json\r\n";
    for (fields, status, reason) in [
        (json.to_owned(), 401, "api-key-missing"),
        ("Countersign-Client: curl\r\n".into(), 401, "api-key-missing"),
        (format!("Authorization: Bearer {good}\r\n{json}"), 401, "api-key-missing"),
        (format!("Reports-Key: {good}\r\n{json}"), 401, "api-key-missing"),
        (format!("Cookie: X-API-Key={good}\r\n{json}"), 401, "api-key-missing"),
        (with(""), 401, "api-key-unknown"),
        (with(&tampered), 401, "api-key-unknown"),
        (with(&good[..58]), 401, "api-key-unknown"),
        (with(&good.to_uppercase()), 401, "api-key-unknown"),
        (with(&format!("Bearer {good}")), 401, "api-key-unknown"),
        (with(&format!("{good}, {good}")), 401, "api-key-unknown"),
        (with(invented.reveal()), 401, "api-key-unknown"),
        (with(&keys[2].text), 401, "api-key-unknown"),
        (with(reports), 403, "api-key-scope"),
        (format!("{}{}", with(good), with(good)), 400, "header-duplicate"),
        (format!("X_API_Key: {good}\r\n"), 400, "header-name-ambiguous"),
        (format!("{}reports.key: x\r\n", with(good)), 400, "header-name-ambiguous"),
        (format!("{}Origin: https://evil.test\r\n", with(good)), 403, "browser-on-machine-route"),
        (format!("{}Origin: {ORIGIN}\r\nSec-Fetch-Site: same-origin\r\n", with(good)), 403, "browser-on-machine-route"),
        (format!("{}Cookie: a=b\r\n", with(good)), 403, "browser-on-machine-route"),
        (format!("{}Referer: {ORIGIN}/\r\n", with(good)), 403, "browser-on-machine-route"),
    ] {
        let response = ask(&gateway, &alice, &post("/orders/", &fields));
        response.assert_refused(status, reason);
        let problem = response.json();
        assert_eq!(
            (&problem["status"], response.header("content-type")),
            (&status.into(), Some("application/problem+json"))
        );
        assert_eq!(
            response.header("www-authenticate"),
            (status == 401).then_some("ApiKey realm=\"orders\", header=\"X-API-Key\""),
        );
    }
    let query = format!("/orders/?api_key={good}&X-API-Key={good}");
    ask(&gateway, &alice, &post(&query, json)).assert_refused(401, "api-key-missing");
    upstream.assert_untouched();

    // An unknown key and one whose secret is wrong: the same words, but for the request's number.
    let bodies = [&tampered, &good[..20].to_owned(), &invented.reveal().to_owned()].map(|key| {
        let mut problem = ask(&gateway, &alice, &post("/orders/", &with(key))).json();
        problem.as_object_mut().unwrap().remove("request_id");
        problem
    });
    assert!(bodies[0] == bodies[1] && bodies[1] == bodies[2], "{bodies:?}");

    let log = gateway.log().text();
    for key in keys.iter().map(|key| key.text.as_str()).chain([invented.reveal(), &tampered]) {
        assert!(!log.contains(&key[13..]), "a secret is in the log");
    }
    assert!(log.contains(&format!("key {} for reports", keys[1].id)));
}

#[test]
fn a_key_does_not_stand_for_the_other_proofs() {
    let upstream = Upstream::start();
    let (gateway, keys) = gateway(&upstream, &[&["--scope", "orders", "--scope", "reports"]]);
    let key = with(&keys[0].text);
    TlsClient::new().connect(gateway.address).ask(&post("/orders/", &key)).assert_refused(403, "client-cert-missing");
    let mut connection = gateway.connect();
    connection.ask(&post("/page/", &key)).assert_refused(403, "intent-missing");
    connection
        .ask(&post("/page/", &format!("{key}Origin: https://evil.test\r\nSec-Fetch-Site: cross-site\r\n")))
        .assert_refused(403, "origin-mismatch");
    connection.ask(&post("/page/", &format!("Origin: {ORIGIN}\r\n"))).assert_refused(401, "api-key-missing");
    connection.ask(&post("/page/", &format!("{key}Origin: {ORIGIN}\r\n"))).assert_from_app();
    // For either audience: a page of the site, or a program, each with the key.
    let reports = format!("Reports-Key: {}\r\n", keys[0].text);
    connection.ask(&post("/reports/", &reports)).assert_from_app();
    assert_eq!(claims(&upstream.last())["csrf"]["basis"], "api-key");
    connection.ask(&post("/reports/", &format!("{reports}Origin: {ORIGIN}\r\nCookie: a=b\r\n"))).assert_from_app();
    connection
        .ask(&post("/reports/", &format!("{reports}Origin: https://evil.test\r\n")))
        .assert_refused(403, "origin-mismatch");
    connection.ask(&post("/reports/", &key)).assert_refused(401, "api-key-missing");
    let preflight = format!(
        "OPTIONS /orders/ HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nAccess-Control-Request-Method: POST\r\n\
         Access-Control-Request-Headers: x-api-key\r\n\r\n"
    );
    connection.ask(&preflight).assert_refused(403, "preflight-refused");
}

#[test]
fn a_bound_key_is_worthless_to_others() {
    let upstream = Upstream::start();
    let (dir, path) = config(&upstream).write();
    let (alice, renewed, mallory) = (pki::named_pem("alice"), pki::named_pem("alice"), pki::named("mallory"));
    std::fs::write(dir.path().join("alice.pem"), alice.chain_pem()).unwrap();
    let file = dir.path().join("alice.pem");
    let bound = |words: &[&str]| new(&path, &[&["--scope", "orders"], words].concat()).text;
    let certificate = bound(&["--bind-cert", file.to_str().unwrap()]);
    let subject = bound(&["--bind-identity", "CN=alice,O=Example"]);
    let names = bound(&["--bind-identity", "email:alice@example.com", "--bind-identity", "issuer:CN=Staff CA"]);
    let elsewhere = bound(&["--bind-identity", "email:alice@example.com", "--bind-identity", "issuer:CN=Partners CA"]);
    let gateway = Gateway::start_in(dir);
    let (alice, renewed) = (Credentials::from(alice), Credentials::from(renewed));
    for (key, who, expect) in [
        (&certificate, &alice, None),
        (&certificate, &renewed, Some("api-key-bound")),
        (&certificate, &mallory, Some("api-key-bound")),
        (&subject, &alice, None),
        (&subject, &renewed, None),
        (&subject, &mallory, Some("api-key-bound")),
        (&names, &renewed, None),
        (&names, &mallory, Some("api-key-bound")),
        (&elsewhere, &alice, Some("api-key-bound")),
    ] {
        let response = ask(&gateway, who, &post("/orders/", &with(key)));
        match expect {
            None => response.assert_from_app(),
            Some(reason) => {
                response.assert_refused(403, reason);
                assert!(!response.text().contains("alice@example.com"), "whose it is: {}", response.text());
            }
        }
    }
}

#[test]
fn programs_open_websockets_with_a_key() {
    let upstream = Upstream::echoing();
    let (gateway, keys) = gateway(&upstream, &[&["--scope", "orders"]]);
    gateway.ask(&websocket::handshake("/orders/ws", "")).assert_refused(401, "api-key-missing");
    let page = format!("{}Origin: {ORIGIN}\r\n", with(&keys[0].text));
    gateway.ask(&websocket::handshake("/orders/ws", &page)).assert_refused(403, "browser-on-machine-route");
    let mut connection = gateway.connect();
    connection.send(websocket::handshake("/orders/ws", &with(&keys[0].text))).unwrap();
    assert_eq!(connection.head().status, 101);
    connection.send("hello").unwrap();
    assert_eq!(connection.read(5), b"hello");
}

/// The other refusals of a machine route are JSON too, and say what would be right.
#[test]
fn refusals_for_programs_are_problems() {
    let upstream = Upstream::start();
    let config = config(&upstream).route(
        "path = \"/get/\"\nmethods = [\"GET\", \"PUT\"]\naudience = \"machine\"\napi_key = { scope = \"orders\" }",
    );
    let gateway = Gateway::start(&config);
    let refused = gateway.ask(&post("/get/", ""));
    refused.assert_refused(405, "method-not-allowed");
    assert_eq!((refused.header("allow"), &refused.json()["status"]), (Some("GET, HEAD, PUT"), &405.into()));
    let refused = gateway.ask(&format!("GET /get/ HTTP/1.1\r\nHost: {HOST}\r\nAccept: application/json\r\n\r\n"));
    refused.assert_refused(401, "api-key-missing");
    assert_eq!(refused.json()["expected"], "X-API-Key: KEY, a key for orders");
}
