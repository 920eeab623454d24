//! `report_only`: what a policy would refuse reaches the app and is told in log, metric and assertion,
//! on the routes that are on trial and on no other; what is no policy's is refused all the same.

use countersign_assertion::{Algorithm, Claims};
use countersign_gateway::FORMAT_CODES;

use crate::{
    assertion::{accepted, verifier},
    support::{
        Config, Gateway, HOST, ORIGIN, Response, TlsClient, Upstream,
        crl::Crl,
        patience::until,
        pki::{self, Credentials, pki},
        upstream::Received,
        websocket,
    },
};

const BOTH: &str = "report_only = { identity = true, intent = true }";
const INTENT: &str = "report_only = { intent = true }";

/// A page of another site sends a form.
fn forged(path: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\n\
         Sec-Fetch-Mode: navigate\r\nReferer: https://evil.example/page?SECRET\r\nCookie: sessionid=SECRET\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b"
    )
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
}

fn claims(gateway: &Gateway, received: &Received) -> Claims {
    accepted(&verifier(gateway, Algorithm::Hs256, HOST), received)
}

/// The event about this path.
fn event(gateway: &Gateway, path: &str) -> serde_json::Value {
    gateway.log().event(path, |event| event["target"] == "countersign::decision" && event["path"] == path)
}

#[test]
fn a_forged_form_is_let_through_and_told_everywhere() {
    let upstream = Upstream::start();
    let config = Config::new(upstream.url()).log("access = false").admin();
    let config = config.route("path = \"/\"").route(&format!("path = \"/trial/\"\n{INTENT}"));
    let gateway = Gateway::start(&config);
    let mut connection = gateway.connect();
    connection.ask(&forged("/trial/x")).assert_from_app();
    let received = upstream.last();
    assert_eq!(received.body, b"a=b");
    let said = claims(&gateway, &received);
    assert_eq!(
        (said.intent.basis.as_str(), said.reported.as_slice()),
        ("report-only", &["origin-mismatch".into()][..])
    );
    assert_eq!(said.client.unwrap().subject, "CN=alice,O=Example", "her certificate holds");

    let told = event(&gateway, "/trial/x");
    for (field, value) in [
        ("level", "WARN"),
        ("verdict", "permit"),
        ("reason", "report-only"),
        ("would_refuse", "origin-mismatch"),
        ("route", "/trial/"),
        ("client", "CN=alice,O=Example"),
        ("origin", "https://evil.example"),
        ("sec_fetch_site", "cross-site"),
        ("sec_fetch_mode", "navigate"),
        ("referer_origin", "https://evil.example"),
        ("program", "browser-on-machine-route"),
    ] {
        assert_eq!(told[field], value, "{field}: {told}");
    }
    assert!(told["detail"].as_str().unwrap().contains("received https://evil.example"), "{told}");
    let count = |route: &str| {
        format!("countersign_reported_total{{reason=\"origin-mismatch\",route=\"{route}\",site=\"{HOST}\"}}")
    };
    let metrics = gateway.admin().metrics();
    assert_eq!(metrics.get(&count("/trial/")), 1.0);
    assert!(!metrics.series().contains(count("/").as_str()), "a route that is not on trial has no series");
    assert_eq!(
        metrics
            .get(&format!("countersign_decisions_total{{reason=\"report-only\",site=\"{HOST}\",verdict=\"permit\"}}")),
        1.0
    );

    // What is permitted on the route is what it is elsewhere, and as quiet.
    let own = forged("/trial/own").replace("https://evil.example", ORIGIN).replace("cross-site", "same-origin");
    connection.ask(&own).assert_from_app();
    let said = claims(&gateway, &upstream.last());
    assert_eq!((said.intent.basis.as_str(), said.reported.len()), ("same-origin", 0));
    // The other route refuses.
    connection.ask(&forged("/x")).assert_refused(403, "origin-mismatch");
    assert_eq!(upstream.targets(), ["/trial/x", "/trial/own"]);
    gateway.decision("origin-mismatch");
    assert_eq!(gateway.log().decisions().len(), 2, "the honest one is not logged");
    assert!(!gateway.log().text().contains("SECRET"));
    gateway.stop();
}

/// The app must never take a name from a certificate that does not hold.
#[test]
fn a_certificate_that_does_not_hold_tells_the_app_nothing() {
    let upstream = Upstream::start();
    let mallory = pki::named("mallory");
    let formats: Vec<String> = FORMAT_CODES.iter().map(|code| format!("{code:?}")).collect();
    let config = Config::new(upstream.url())
        .formats(&formats.join(", "))
        .file("staff.crl", &Crl::new(1).revoking(&mallory, 0).signed_by(&pki().staff))
        .trust("crl = [\"staff.crl\"]")
        .route("path = \"/\"\nreport_only = { identity = true }")
        .route("path = \"/closed/\"")
        .route("path = \"/bob/\"\nallow = [{ subject = \"CN=bob,*\" }]\nreport_only = { identity = true }");
    let gateway = Gateway::start(&config);
    TlsClient::new().connect(gateway.address).ask(&get("/nobody")).assert_from_app();
    let nobody: Vec<_> = told(&upstream.last());
    let cases: [(&str, Credentials, &str); 6] = [
        ("/1", mallory, "client-cert-revoked"),
        ("/2", pki::expired(), "client-cert-expired"),
        ("/3", pki::stranger(), "client-cert-unknown-ca"),
        ("/4", pki::partner(), "client-cert-unknown-ca"),
        ("/5", pki::wrong_usage(), "client-cert-wrong-usage"),
        ("/6", pki::hostile("x\nfake", None), "client-cert-malformed"),
    ];
    for (path, who, reason) in cases {
        let mut connection = gateway.connect_as(who);
        connection.ask(&get(path)).assert_from_app();
        let received = upstream.last();
        assert_eq!(told(&received), nobody, "{reason}: as for a client without a certificate");
        for part in ["mallory", "alice", "stranger", "partner", "fake", "CN="] {
            assert!(!received.head.contains(part), "{reason}: {}", received.head);
        }
        let said = claims(&gateway, &received);
        assert!(said.client.is_none(), "{reason}");
        assert_eq!((said.reported, said.intent.basis.as_str()), (vec![reason.to_owned()], "safe-method"));
        let event = event(&gateway, path);
        assert_eq!((&event["would_refuse"], &event["client"]), (&reason.into(), &"(rejected)".into()), "{event}");
        connection.ask(&get("/closed/x")).assert_refused(403, reason);
    }
    assert_eq!(claims(&gateway, &upstream.requests()[0]).reported, ["client-cert-missing"]);
    // Whoever holds one is told of, allowed or not.
    gateway.ask(&get("/bob/x")).assert_from_app();
    let said = claims(&gateway, &upstream.last());
    assert_eq!(said.client.unwrap().subject, "CN=alice,O=Example");
    assert_eq!(said.reported, ["client-not-allowed"]);
    gateway.ask(&get("/honest")).assert_from_app();
    assert_eq!(claims(&gateway, &upstream.last()).reported.len(), 0);
    gateway.stop();
}

/// What a request says of its client, but for what differs from request to request.
fn told(received: &Received) -> Vec<(String, String)> {
    let own = ["countersign-assertion", "countersign-request-id"];
    received.fields().into_iter().filter(|(name, _)| !own.contains(&name.to_ascii_lowercase().as_str())).collect()
}

#[test]
fn both_proofs_may_be_missing() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).site(BOTH).admin());
    TlsClient::new().connect(gateway.address).ask(&forged("/both")).assert_from_app();
    let said = claims(&gateway, &upstream.last());
    assert!(said.client.is_none());
    assert_eq!(said.intent.basis, "report-only");
    assert_eq!(said.reported, ["client-cert-missing", "origin-mismatch"]);
    assert_eq!(event(&gateway, "/both")["would_refuse"], "client-cert-missing,origin-mismatch");
    let metrics = gateway.admin().metrics();
    for reason in said.reported {
        let series = format!("countersign_reported_total{{reason=\"{reason}\",route=\"/\",site=\"{HOST}\"}}");
        assert_eq!(metrics.get(&series), 1.0, "{series}");
    }
}

#[test]
fn one_proof_on_trial_leaves_the_other() {
    let upstream = Upstream::start();
    let config = Config::new(upstream.url())
        .route("path = \"/identity/\"\nreport_only = { identity = true }")
        .route(&format!("path = \"/intent/\"\n{INTENT}"));
    let gateway = Gateway::start(&config);
    let mut anonymous = TlsClient::new().connect(gateway.address);
    anonymous.ask(&forged("/identity/x")).assert_refused(403, "origin-mismatch");
    anonymous.ask(&forged("/intent/x")).assert_refused(403, "client-cert-missing");
    upstream.assert_untouched();
}

#[test]
fn what_is_no_policy_is_refused_all_the_same() {
    let upstream = Upstream::start();
    let config = Config::new(upstream.url()).site(BOTH).limit("max_body_bytes = 1000");
    let gateway = Gateway::start(&config.route("path = \"/\"\nmethods = [\"GET\", \"POST\"]"));
    let ask = |request: &str| -> Response { gateway.connect().ask(request) };
    let host = format!("Host: {HOST}\r\n");
    for (request, status, reason) in [
        (forged("/open/..%2fadmin"), 400, "path-ambiguous"),
        (
            forged("/x").replace("Content-Length: 3", "Content-Length: 3\r\nTransfer-Encoding: chunked"),
            400,
            "framing-ambiguous",
        ),
        (forged("/x").replace("Origin:", "Origin: https://app.example.com\r\nOrigin:"), 400, "header-duplicate"),
        (forged("/x").replace("Origin:", "Origin_: x\r\nOrigin:"), 400, "header-name-ambiguous"),
        (format!("GET / HTTP/1.1\r\n{host}\n\r\n"), 400, "line-ending-bare"),
        (get("/").replace(HOST, "other.example.com"), 421, "misdirected-request"),
        (forged("/x").replace("POST", "DELETE"), 405, "method-not-allowed"),
        (get("/").replace("GET", "TRACE"), 405, "method-refused"),
        (
            format!(
                "OPTIONS / HTTP/1.1\r\n{host}Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n\r\n"
            ),
            403,
            "preflight-refused",
        ),
        (
            forged("/x").replace("Content-Length: 3", "Content-Length: 1001\r\nExpect: 100-continue"),
            413,
            "body-too-large",
        ),
    ] {
        ask(&request).assert_refused(status, reason);
    }
    upstream.assert_untouched();
}

#[test]
fn a_reload_ends_the_trial_on_open_connections() {
    let upstream = Upstream::start();
    let config = Config::new(upstream.url()).route(&format!("path = \"/\"\n{INTENT}"));
    let gateway = Gateway::start(&config);
    let mut connection = gateway.connect();
    connection.ask(&forged("/before")).assert_from_app();
    gateway.replace("countersign.toml", config.text().replace(INTENT, ""));
    gateway.reloaded(1);
    connection.ask(&forged("/after")).assert_refused(403, "origin-mismatch");
    connection.ask(&get("/still-open")).assert_from_app();
    gateway.replace("countersign.toml", config.text());
    gateway.reloaded(2);
    connection.ask(&forged("/again")).assert_from_app();
}

#[test]
fn a_token_that_would_be_refused_is_reported_and_the_form_goes_on_as_it_came() {
    let upstream = Upstream::start();
    let config = Config::new(upstream.url()).site("bind_cookies = []").limit("max_form_bytes = 65536");
    let gateway = Gateway::start(&config.route(&format!("path = \"/\"\ntoken = \"django\"\n{INTENT}")));
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let post = |path: &str, fields: &str, body: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\n{fields}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let cookie = "Cookie: csrftoken=b3Xq9Lw2Vt7Rz1Kp5Nd8Hs4Jc6Gm0FyA\r\n";
    let large = format!("a={}", "x".repeat(200_000));
    let mut connection = gateway.connect();
    for (path, fields, body, reason) in [
        ("/no-cookie", form.to_owned(), "a=b", "csrf-cookie-missing"),
        ("/no-token", format!("{form}{cookie}"), "a=b", "csrf-token-missing"),
        ("/large", format!("{form}{cookie}"), &large, "csrf-form-too-large"),
        ("/unreadable", format!("Content-Type: multipart/form-data\r\n{cookie}"), "a=b", "csrf-form-malformed"),
        ("/json", format!("Content-Type: application/json\r\n{cookie}"), "{}", "csrf-token-missing"),
    ] {
        connection.ask(&post(path, &fields, body)).assert_from_app();
        let received = upstream.last();
        assert!(received.body == body.as_bytes(), "{path}: {} bytes", received.body.len());
        let said = claims(&gateway, &received);
        assert_eq!((said.intent.basis.as_str(), said.reported.as_slice()), ("report-only", &[reason.to_owned()][..]));
        assert_eq!(event(&gateway, path)["would_refuse"], reason);
    }
    let chunked = format!(
        "POST /chunked HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\n{form}{cookie}Transfer-Encoding: chunked\r\n\r\n\
         {:x}\r\n{large}\r\n0\r\n\r\n",
        large.len()
    );
    connection.ask(&chunked).assert_from_app();
    assert!(upstream.last().body == large.as_bytes());
    assert_eq!(event(&gateway, "/chunked")["would_refuse"], "csrf-form-too-large");
}

/// A client that the app knows keeps nothing open that its certificate no longer opens.
#[test]
fn a_websocket_of_a_certificate_ends_with_it() {
    let upstream = Upstream::echoing();
    let mallory = pki::named("mallory");
    let list = |crl: Crl| crl.signed_by(&pki().staff);
    let config = Config::new(upstream.url()).site(BOTH).trust("crl = [\"staff.crl\"]");
    let gateway = Gateway::start(&config.file("staff.crl", &list(Crl::new(1))));
    let mut known = gateway.connect_as(mallory.clone());
    known.open_websocket("/ws");
    let mut nobody = TlsClient::new().connect(gateway.address);
    nobody.send(websocket::handshake("/ws", &format!("Origin: {ORIGIN}\r\n"))).unwrap();
    assert_eq!(nobody.head().status, 101);
    gateway.replace("staff.crl", list(Crl::new(2).revoking(&mallory, 0)));
    assert!(known.websocket_ends());
    nobody.send("still here").unwrap();
    assert_eq!(nobody.read(10), b"still here");
    until("the end of the tunnel", || gateway.log().text().contains("client-cert-revoked").then_some(()));
}

#[test]
fn the_start_warns_of_what_is_open() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).site(BOTH));
    gateway.log().line("report-only: requests of anybody, without certificate or intent, get through");
}
