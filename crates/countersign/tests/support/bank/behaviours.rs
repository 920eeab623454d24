//! What holds for the bank whatever runs it. [`bank_tests!`] makes a test of each.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use http::Request;

use super::{
    Bank,
    browser::{Browser, FORM},
    forger::{Forger, field, send},
};
use crate::support::{HOST, Http2, ORIGIN, TlsClient, pki, response::read_chunk};

/// A test for each behaviour, on this server.
macro_rules! bank_tests {
    ($server:expr) => {
        $crate::support::bank::behaviours::bank_tests! { $server;
            the_certificate_signs_in
            a_session_follows_the_certificate
            an_honest_form_pays
            a_script_pays_with_its_token
            django_still_asks_for_its_token
            a_forged_form_is_refused_before_django
            the_hole_behind_the_certificate_is_closed
            a_program_pays
            identity_headers_cannot_be_spoofed
            an_upload_arrives_whole
            an_answer_streams
            django_gets_the_path_that_was_matched
            http2_works
        }
    };
    ($server:expr; $($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                $crate::support::bank::behaviours::$name(&$crate::support::bank::Bank::on($server));
            }
        )*
    };
}
pub(crate) use bank_tests;

pub(crate) fn the_certificate_signs_in(bank: &Bank) {
    let page = Browser::of("signs-in", bank).get("/");
    page.assert_from_app();
    assert!(page.text().contains("Signed in as <strong>signs-in</strong>"), "{}", page.text());
}

pub(crate) fn a_session_follows_the_certificate(bank: &Bank) {
    let mut first = Browser::of("session-first", bank);
    first.get("/");
    let session = first.cookies["sessionid"].clone();
    first.get("/");
    assert_eq!(first.cookies["sessionid"], session, "the session is kept");
    // Another person with the first one's cookies gets a session of their own.
    let mut second = Browser::of("session-second", bank);
    second.cookies.clone_from(&first.cookies);
    assert!(second.get("/").text().contains("Signed in as <strong>session-second</strong>"));
    assert_ne!(second.cookies["sessionid"], session);
}

pub(crate) fn an_honest_form_pays(bank: &Bank) {
    let mut browser = Browser::of("honest-form", bank);
    let token = browser.form_token();
    let answer =
        browser.post("/transfer", FORM, "", &format!("csrfmiddlewaretoken={token}&payee=form-payee&amount=12.50"));
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{}", answer.text());
    assert!(browser.has_paid("form-payee"));
}

pub(crate) fn a_script_pays_with_its_token(bank: &Bank) {
    let mut browser = Browser::of("script", bank);
    browser.form_token();
    let token = browser.cookies["csrftoken"].clone();
    let fields = format!("X-CSRFToken: {token}\r\nSec-Fetch-Mode: cors\r\n");
    let answer =
        browser.post("/api/transfer", "application/json", &fields, r#"{"payee": "script-payee", "amount": "1"}"#);
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!((&answer.json()["by"], &answer.json()["via"]), (&"script".into(), &"api".into()));
}

/// The gateway is a second lock, not another one in place of Django's.
pub(crate) fn django_still_asks_for_its_token(bank: &Bank) {
    let mut browser = Browser::of("no-token", bank);
    browser.form_token();
    let answer = browser.post("/transfer", FORM, "", "payee=no-token-payee&amount=1");
    assert_eq!((answer.status, answer.reason()), (403, ""), "{}", answer.text());
    assert!(!browser.has_paid("no-token-payee"));
}

pub(crate) fn a_forged_form_is_refused_before_django(bank: &Bank) {
    let mut browser = Browser::of("forged", bank);
    // The attacker has even got hold of the token.
    let token = browser.form_token();
    let body = format!("csrfmiddlewaretoken={token}&payee=forged-payee&amount=500");
    let json = r#"{"payee": "forged-payee", "amount": "500"}"#;
    let script = format!("Content-Type: application/json\r\nX-CSRFToken: {}\r\n", browser.cookies["csrftoken"]);
    let form = format!("Content-Type: {FORM}\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n");
    for (origin, reason) in [
        ("https://evil.test", "origin-mismatch"),
        ("null", "origin-null"),
        ("http://app.example.com", "origin-mismatch"),
    ] {
        browser.post_from(origin, "/transfer?forged", &form, &body).assert_refused(403, reason);
        browser.post_from(origin, "/api/transfer?forged", &script, json).assert_refused(403, reason);
        browser.post_from(origin, "/upload?forged", &form, "x").assert_refused(403, reason);
    }
    assert!(!browser.has_paid("forged-payee"));
    assert!(!bank.said().contains("forged"), "Django saw it");
}

/// `csrf_exempt` behind a certificate: what a proxy would pass on that only checks certificates.
pub(crate) fn the_hole_behind_the_certificate_is_closed(bank: &Bank) {
    let body = "payee=hole-payee&amount=250";
    let forged = format!("Origin: https://evil.test\r\nContent-Type: {FORM}\r\n");
    let identified = forged + &field(&Forger::of(bank).transfer("hole"));
    let answer = send(bank, "POST /machine/transfer", HOST, &identified, body);
    assert_eq!(answer.status, 201, "knowing who sent it, the app asks no more: {}", answer.text());

    let mut browser = Browser::of("hole", bank);
    assert!(browser.has_paid("hole-payee"), "and the money is gone");
    for content_type in [FORM, "text/plain", "application/json"] {
        let fields = format!("Content-Type: {content_type}\r\nSec-Fetch-Site: cross-site\r\n");
        let body = "payee=closed-payee&amount=250";
        browser
            .post_from("https://evil.test", "/machine/transfer", &fields, body)
            .assert_refused(403, "browser-on-machine-route");
    }
    assert!(!browser.has_paid("closed-payee"));
}

pub(crate) fn a_program_pays(bank: &Bank) {
    let mut connection = bank.gateway.connect_as(pki::named("program"));
    for (content_type, fields, body) in [
        ("application/json", "", r#"{"payee": "program-payee", "amount": "2"}"#),
        (FORM, "Countersign-Client: nightly\r\n", "payee=program-payee&amount=2"),
    ] {
        let answer = connection.ask(&format!(
            "POST /machine/transfer HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: {content_type}\r\n{fields}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!((&answer.json()["by"], &answer.json()["via"]), (&"program".into(), &"machine".into()));
    }
}

pub(crate) fn identity_headers_cannot_be_spoofed(bank: &Bank) {
    let mut fields = String::new();
    for name in [
        "X-SSL-Client-S-DN",
        "SSL-Client-Cert-Subject",
        "X-SSL-Client-Verify",
        "Remote-User",
        "X-Remote-User",
        "X-Forwarded-User",
        "Client-Cert",
        "X-Client-DN",
        "Countersign-Assertion",
        "X-Real-IP",
    ] {
        for spelling in [
            name.to_owned(),
            name.replace('-', "_"),
            name.replace('-', "."),
            name.replacen('-', "_", 1),
            name.replace('-', "--"),
            format!("{name}_"),
        ] {
            write!(fields, "{spelling}: CN=admin,O=Example\r\n").unwrap();
        }
    }
    for (path, users) in [("/whoami", 1), ("/echo", 0)] {
        let mut connection = bank.gateway.connect_as(pki::named("spoof"));
        let answer = connection
            .ask(&format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: X-SSL-Client-Verify\r\n{fields}\r\n"));
        answer.assert_from_app();
        assert!(!answer.text().contains("admin"), "{}", answer.text());
        if users > 0 {
            let told = answer.json();
            assert_eq!((&told["user"], &told["subject"]), (&"spoof".into(), &"CN=spoof,O=Example".into()));
            assert_eq!(
                (&told["secure"], &told["identity_headers"]["HTTP_X_SSL_CLIENT_VERIFY"]),
                (&true.into(), &"SUCCESS".into())
            );
        }
    }
}

/// Large enough for every buffer on the way, and different at each place.
pub(crate) fn eight_mebibytes() -> (Vec<u8>, String) {
    let body: Vec<u8> = (0..1 << 20).flat_map(|n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()).collect();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &body);
    let hex = digest.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    (body, hex)
}

pub(crate) fn an_upload_arrives_whole(bank: &Bank) {
    let (body, sha256) = eight_mebibytes();
    let mut connection = bank.gateway.connect_as(pki::named("upload"));
    connection
        .send(format!("POST /upload HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nContent-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n", body.len()))
        .unwrap();
    connection.send(&body).unwrap();
    let answer = connection.response();
    answer.assert_from_app();
    assert_eq!((&answer.json()["length"], &answer.json()["sha256"]), (&body.len().into(), &sha256.into()));
}

/// Uvicorn only: WSGI has no word for a body without a length.
pub(crate) fn a_chunked_upload_arrives_whole(bank: &Bank) {
    let (body, sha256) = eight_mebibytes();
    let mut connection = bank.gateway.connect_as(pki::named("chunked"));
    connection
        .send(format!(
            "POST /upload HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nTransfer-Encoding: chunked\r\n\r\n"
        ))
        .unwrap();
    for piece in body.chunks(100_000) {
        connection.send(format!("{:x}\r\n", piece.len())).unwrap();
        connection.send(piece).unwrap();
        connection.send("\r\n").unwrap();
    }
    connection.send("0\r\n\r\n").unwrap();
    let answer = connection.response();
    answer.assert_from_app();
    assert_eq!((&answer.json()["length"], &answer.json()["sha256"]), (&body.len().into(), &sha256.into()));
}

pub(crate) fn an_answer_streams(bank: &Bank) {
    let mut connection = bank.gateway.connect_as(pki::named("stream"));
    connection.send(format!("GET /stream?chunks=3&delay_ms=400 HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).unwrap();
    assert_eq!(connection.head().status, 200);
    let first = read_chunk(connection.reader()).unwrap().unwrap();
    assert!(first.starts_with(b"chunk 0"), "{first:?}");
    let begun = Instant::now();
    let mut rest = Vec::new();
    while let Some(chunk) = read_chunk(connection.reader()).unwrap() {
        rest.extend(chunk);
    }
    assert!(String::from_utf8(rest).unwrap().contains("chunk 2"));
    // Had anybody held it back, the rest would have been there with the first.
    assert!(begun.elapsed() > Duration::from_millis(500), "{:?}", begun.elapsed());
}

pub(crate) fn django_gets_the_path_that_was_matched(bank: &Bank) {
    let mut connection = bank.gateway.connect_as(pki::named("paths"));
    for (sent, raw, decoded) in [
        ("/echo/%65xempt", "/echo/exempt", "/echo/exempt"),
        ("/echo/caf%c3%a9", "/echo/caf%C3%A9", "/echo/caf\u{e9}"),
        ("/echo/a%20b;c=d", "/echo/a%20b;c=d", "/echo/a b;c=d"),
        ("/echo/a?b=%2e%2e%2f", "/echo/a", "/echo/a"),
    ] {
        let answer = connection.ask(&format!("GET {sent} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"));
        answer.assert_from_app();
        let got = answer.json();
        assert_eq!((&got["raw_path"], &got["path_info"]), (&raw.into(), &decoded.into()), "{sent}");
    }
    for sent in ["/echo/..%2fmachine/transfer", "/echo/%2e%2e/", "/echo//x", "/machine/..;/echo"] {
        let answer = connection.ask(&format!("GET {sent} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"));
        answer.assert_refused(400, "path-ambiguous");
    }
}

/// With the cookies split, as browsers send them there.
pub(crate) fn http2_works(bank: &Bank) {
    let mut browser = Browser::of("http2", bank);
    let token = browser.form_token();
    let client = TlsClient::new().credentials(pki::named("http2"));
    let mut connection = Http2::connect(&client, bank.gateway.address);
    let mut request =
        Request::post(format!("https://{HOST}/transfer")).header("origin", ORIGIN).header("content-type", FORM);
    for (name, value) in &browser.cookies {
        request = request.header("cookie", format!("{name}={value}"));
    }
    let body = format!("csrfmiddlewaretoken={token}&payee=http2-payee&amount=1");
    let answer = connection.post(request.header("content-length", body.len()).body(()).unwrap(), &body, None);
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert!(browser.has_paid("http2-payee"));
}

/// Uvicorn only: gunicorn's workers speak no WebSocket.
pub(crate) fn a_websocket_echoes(bank: &Bank) {
    let handshake = |origin: &str| handshake(origin, "X-SSL-Client-S-DN: CN=admin\r\n");
    let mut connection = bank.gateway.connect_as(pki::named("socket"));
    connection.ask(&handshake("https://evil.test")).assert_refused(403, "origin-mismatch");
    connection.send(handshake(ORIGIN)).unwrap();
    let head = connection.head();
    assert_eq!((head.status, head.header("sec-websocket-accept")), (101, Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")));
    let hello: serde_json::Value = serde_json::from_slice(&frame(&mut connection)).unwrap();
    assert_eq!((&hello["user"], &hello["subject"]), (&"socket".into(), &"CN=socket,O=Example".into()));
    for text in ["hello", "hello again"] {
        let mask = [1, 2, 3, 4];
        let masked = text.bytes().zip(mask.iter().cycle()).map(|(b, m)| b ^ m);
        let head = [0x81, 0x80 | u8::try_from(text.len()).unwrap()];
        connection.send(head.into_iter().chain(mask).chain(masked).collect::<Vec<u8>>()).unwrap();
        assert_eq!(frame(&mut connection), text.as_bytes());
    }
}

/// The request that asks for a WebSocket.
pub(crate) fn handshake(origin: &str, fields: &str) -> String {
    format!(
        "GET /ws/echo HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{fields}\r\n"
    )
}

/// The payload of an unmasked text frame (RFC 6455 section 5.2).
fn frame(connection: &mut crate::support::Connection) -> Vec<u8> {
    let head = connection.read(2);
    assert_eq!(head[0], 0x81, "no text frame");
    let length = match head[1] {
        126 => {
            let more = connection.read(2);
            usize::from(u16::from_be_bytes([more[0], more[1]]))
        }
        short => usize::from(short),
    };
    connection.read(length)
}
