//! One event per decision, with the same labels for a permit, a refusal and a failure of the app,
//! and nothing in it that is a secret.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Config, Gateway, HOST, ORIGIN, Upstream};

fn labels(event: &Value) -> BTreeSet<String> {
    event.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_labels_are_the_same() {
    let upstream =
        Upstream::with(
            |request, app| {
                if request.target() == "/fails" { app.write("garbage\r\n\r\n") } else { app.ok("ok") }
            },
        );
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    connection.ask(&format!("GET /permitted HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
    connection.ask(&format!("POST /refused HTTP/1.1\r\nHost: {HOST}\r\nOrigin: null\r\nContent-Length: 0\r\n\r\n"));
    connection.ask(&format!("GET /fails HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_refused(502, "upstream-broken");

    let event = |path: &str| gateway.log().event(path, |event| event["path"] == path);
    let (permit, refuse, failed) = (event("/permitted"), event("/refused"), event("/fails"));
    assert_eq!(labels(&permit), labels(&refuse));
    assert_eq!(labels(&permit), labels(&failed));
    for (event, verdict, reason, status, level) in [
        (&permit, "permit", "safe-method", 200, "INFO"),
        (&refuse, "refuse", "origin-null", 403, "WARN"),
        (&failed, "failed", "upstream-broken", 502, "ERROR"),
    ] {
        assert_eq!((&event["verdict"], &event["reason"]), (&verdict.into(), &reason.into()));
        assert_eq!((&event["status"], &event["level"]), (&status.into(), &level.into()));
        assert_eq!(
            (&event["site"], &event["route"], &event["client"]),
            (&HOST.into(), &"/".into(), &"CN=alice,O=Example".into())
        );
        assert_eq!(event["protocol"], "http/1.1");
        assert!(event["took_us"].is_u64());
        assert!(event["peer"].as_str().unwrap().starts_with("127.0.0.1:"));
    }
    assert_eq!(gateway.log().decisions().len(), 3, "one event per decision");
}

#[test]
fn nothing_secret_is_in_it() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let secrets = "Cookie: sessionid=SECRET\r\nAuthorization: Bearer SECRET\r\nX-CSRFToken: SECRET\r\n";
    for origin in [ORIGIN, "https://evil.test"] {
        let request = format!(
            "POST /path?token=SECRET HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {origin}\r\n{secrets}Content-Length: 6\r\n\r\nSECRET"
        );
        gateway.ask(&request);
    }
    gateway.decision("origin-mismatch");
    gateway.decision("same-origin");
    assert!(!gateway.log().text().contains("SECRET"));
}

#[test]
fn a_peer_cannot_write_its_own_lines() {
    let upstream = Upstream::start();
    let config = Config::new(upstream.url()).log("access = true");
    let gateway = Gateway::start(&config);
    gateway
        .ask(&format!("GET /%0a%7b%22verdict%22:%22permit%22%7d HTTP/1.1\r\nHost: {HOST}\r\n\r\n"))
        .assert_refused(400, "path-malformed");
    gateway
        .connect_as(crate::support::pki::hostile("x\nfake", None))
        .ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n"));
    gateway.decision("client-cert-malformed");
    for line in gateway.log().lines() {
        let event: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_ne!(event["verdict"], "permit");
    }
}

#[test]
fn permits_are_quiet_without_an_access_log() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).log("access = false"));
    gateway.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
    gateway
        .ask(&format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 0\r\n\r\n"))
        .assert_refused(403, "intent-missing");
    gateway.decision("intent-missing");
    assert_eq!(gateway.log().decisions().len(), 1);
}

/// The app may have acted on it: whoever hangs up does not leave unseen.
#[test]
fn a_client_that_leaves_is_recorded() {
    let (left, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let upstream = Upstream::with(move |_, app| {
        // The app is at work for as long as the client has not been missed.
        let _ = wait.lock().unwrap().recv();
        app.ok("too late")
    });
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    connection
        .send(format!("POST /transfer HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nContent-Length: 0\r\n\r\n"))
        .unwrap();
    crate::support::patience::until("the request to reach the app", || (!upstream.targets().is_empty()).then_some(()));
    connection.cut();
    let event = gateway.decision("same-origin");
    assert_eq!((&event["verdict"], &event["status"]), (&"permit".into(), &499.into()));
    drop(left);
}
