//! A WebSocket opens for the site's own pages only, then bytes go both ways.

use std::io::Read;

use crate::support::{
    Config, Gateway, HOST, ORIGIN, Upstream,
    upstream::App,
    websocket::{SWITCH, handshake},
};

#[test]
fn bytes_go_both_ways() {
    let upstream = Upstream::echoing();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    // The first frame comes along with the handshake, as a hasty client sends it.
    connection
        .send(handshake("/ws", &format!("Origin: {ORIGIN}\r\nSec-WebSocket-Protocol: chat\r\n")) + "\u{1}early")
        .unwrap();
    let response = connection.head();
    assert_eq!(response.status, 101);
    assert_eq!(response.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert!(response.header("upgrade").unwrap().eq_ignore_ascii_case("websocket"));
    assert_eq!(connection.read(6), b"\x01early");
    // Neither HTTP nor text, and larger than any buffer.
    for size in [1, 1_000, 300_000] {
        let frame: Vec<u8> = (0..size).map(|n: u32| n.to_le_bytes()[0] ^ 0xa5).collect();
        connection.send(&frame).unwrap();
        assert_eq!(connection.read(frame.len()), frame);
    }
    // What looks like a request in a tunnel is none.
    let fake = format!("GET /smuggled HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    connection.send(&fake).unwrap();
    assert_eq!(connection.read(fake.len()), fake.as_bytes());
    assert_eq!(gateway.log().decisions().len(), 1);

    let head = upstream.bytes();
    assert!(head.starts_with("GET /ws HTTP/1.1\r\n"), "{head}");
    let lower = head.to_lowercase();
    for field in [
        "connection: upgrade\r\n",
        "upgrade: websocket\r\n",
        "sec-websocket-protocol: chat\r\n",
        "x-ssl-client-s-dn: cn=alice,o=example\r\n",
    ] {
        assert_eq!(lower.matches(field).count(), 1, "{field}");
    }
}

#[test]
fn a_foreign_page_cannot_open_one() {
    let upstream = Upstream::echoing();
    let config = Config::new(upstream.url()).route("path = \"/\"").route("path = \"/any/\"\naudience = \"any\"");
    let gateway = Gateway::start(&config);
    for path in ["/ws", "/any/ws"] {
        for (fields, reason) in [
            // Chromium sends no Fetch Metadata here, Firefox does.
            ("Origin: https://evil.test\r\nCookie: sessionid=1\r\n", "origin-mismatch"),
            (
                "Origin: https://evil.test\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: websocket\r\nSec-Fetch-Dest: empty\r\n",
                "origin-mismatch",
            ),
            ("Origin: null\r\n", "origin-null"),
            ("Origin: http://app.example.com\r\n", "origin-mismatch"),
        ] {
            gateway.ask(&handshake(path, fields)).assert_refused(403, reason);
        }
    }
    gateway.ask(&handshake("/ws", "")).assert_refused(403, "origin-missing");
    gateway.ask(&handshake("/ws", "Sec-Fetch-Site: same-origin\r\n")).assert_refused(403, "origin-missing");
    gateway.ask(&handshake("/ws", "Referer: https://app.example.com/\r\n")).assert_refused(403, "origin-missing");
    upstream.assert_untouched();
}

#[test]
fn half_a_handshake_opens_nothing() {
    let upstream = Upstream::echoing();
    let gateway = Gateway::before(&upstream);
    let whole = handshake("/ws", &format!("Origin: {ORIGIN}\r\n"));
    for (from, to) in [
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""),
        ("dGhlIHNhbXBsZSBub25jZQ==", "short"),
        ("keep-alive, Upgrade", "keep-alive"),
        ("Connection: keep-alive, Upgrade\r\n", ""),
        ("Sec-WebSocket-Version: 13\r\n", ""),
        ("Version: 13", "Version: 8"),
        ("Sec-WebSocket-Version: 13\r\n", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13\r\n"),
    ] {
        gateway.ask(&whole.replace(from, to)).assert_refused(400, "upgrade-malformed");
    }
}

#[test]
fn other_upgrades_are_not_passed_on() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    for upgrade in ["h2c", "TLS/1.0", "HTTP/2.0", "foo"] {
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: {upgrade}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
        );
        gateway.ask(&request).assert_from_app();
        let received = upstream.last();
        for name in ["upgrade", "http2-settings", "connection"] {
            assert_eq!(received.header(name), None, "{upgrade}");
        }
    }
}

#[test]
fn an_app_that_declines_keeps_the_connection_http() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    // Whoever hoped for a tunnel pipelines what no tunnel will carry: it is judged.
    let forged =
        format!("POST /forged HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://evil.test\r\nContent-Length: 0\r\n\r\n");
    connection.send(handshake("/ws", &format!("Origin: {ORIGIN}\r\n")) + &forged).unwrap();
    connection.response().assert_from_app();
    if let Ok(Some(response)) = connection.try_response() {
        response.assert_refused(403, "origin-mismatch");
    }
    assert_eq!(upstream.targets(), ["/ws"]);
}

#[test]
fn an_app_cannot_switch_unasked() {
    let upstream = Upstream::answering(format!("{SWITCH}GET /"));
    let mut gateway = Gateway::before(&upstream);
    let plain = format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    gateway.ask(&plain).assert_refused(502, "upstream-broken");
    let post = format!(
        "POST / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n"
    );
    gateway.ask(&post).assert_refused(502, "upstream-broken");
    assert_eq!(gateway.process.ended(), None);

    let other = Upstream::answering(SWITCH.replace("Upgrade: websocket", "Upgrade: h2c"));
    let gateway = Gateway::before(&other);
    gateway.ask(&handshake("/ws", &format!("Origin: {ORIGIN}\r\n"))).assert_refused(502, "upstream-broken");
}

#[test]
fn each_end_is_passed_on() {
    // The app leaves.
    let upstream = Upstream::scripted(|app: &mut App| {
        app.head()?;
        app.write(SWITCH)?;
        app.read(5)?;
        app.write("bye")
    });
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    connection.send(handshake("/ws", &format!("Origin: {ORIGIN}\r\n"))).unwrap();
    assert_eq!(connection.head().status, 101);
    connection.send("hello").unwrap();
    let mut rest = Vec::new();
    let _ = connection.reader().read_to_end(&mut rest);
    assert_eq!(rest, b"bye");

    // The client leaves.
    let (told, tell) = std::sync::mpsc::channel();
    let told = std::sync::Mutex::new(told);
    let upstream = Upstream::scripted(move |app: &mut App| {
        app.head()?;
        app.write(SWITCH)?;
        while app.read_some().is_ok_and(|bytes| !bytes.is_empty()) {}
        told.lock().unwrap().send(()).unwrap();
        Ok(())
    });
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    connection.send(handshake("/ws", &format!("Origin: {ORIGIN}\r\n"))).unwrap();
    assert_eq!(connection.head().status, 101);
    connection.cut();
    tell.recv_timeout(crate::support::patience::PATIENCE).unwrap();
}
