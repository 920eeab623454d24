//! HTTP/2 carries any byte in any field; none of it becomes a line of an HTTP/1.1 request to the
//! app (RFC 9113 sections 8.2 and 8.3).

use std::io::Read;

use crate::support::{Connection, Gateway, HOST, ORIGIN, TlsClient, Upstream, pki};

const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const GO_AWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A literal field, neither indexed nor compressed (RFC 7541 section 6.2.2).
fn field(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).ok().filter(|length| *length < 127).unwrap();
    [&[0, length(name)], name.as_bytes(), &[length(value)], value.as_bytes()].concat()
}

/// Opens a connection and sends these fields, and a body if there is one, as stream 1.
fn send(gateway: &Gateway, fields: &[(&str, &str)], body: &str) -> Connection {
    let mut connection = TlsClient::new().credentials(pki::alice()).alpn(&["h2"]).connect(gateway.address);
    let block: Vec<u8> = fields.iter().flat_map(|(name, value)| field(name, value)).collect();
    let flags = if body.is_empty() { END_HEADERS | END_STREAM } else { END_HEADERS };
    let mut bytes = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &frame(SETTINGS, 0, 0, &[])].concat();
    bytes.extend(frame(HEADERS, flags, 1, &block));
    if !body.is_empty() {
        bytes.extend(frame(0, END_STREAM, 1, body.as_bytes()));
    }
    connection.send_anyway(bytes);
    connection
}

/// The first frame that answers stream 1 or ends the connection, and its payload.
fn answer(mut connection: Connection) -> (u8, Vec<u8>) {
    loop {
        let mut head = [0; 9];
        if connection.reader().read_exact(&mut head).is_err() {
            return (GO_AWAY, Vec::new());
        }
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let payload = connection.read(length);
        if matches!(head[3], HEADERS | RESET | GO_AWAY) {
            return (head[3], payload);
        }
    }
}

/// `:status 200` is entry 8 of the static table.
const OK: u8 = 0x88;

static PSEUDO: &[(&str, &str)] =
    &[(":method", "POST"), (":scheme", "https"), (":authority", HOST), (":path", "/attack")];

fn with(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    [PSEUDO, &[("origin", ORIGIN)], more].concat()
}

/// The same with another value for one pseudo-header.
fn but(name: &str, value: &'static str) -> Vec<(&'static str, &'static str)> {
    with(&[]).into_iter().map(|(n, v)| (n, if n == name { value } else { v })).collect()
}

#[test]
fn no_field_becomes_a_line_of_its_own() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::before(&upstream);
    // The hand-made frames themselves are good.
    let (kind, payload) = answer(send(&gateway, &with(&[]), ""));
    assert_eq!((kind, payload.first()), (HEADERS, Some(&OK)));
    assert_eq!(upstream.targets(), ["/attack"]);

    let cases = [
        with(&[("x", "a\r\nx-ssl-client-verify: SUCCESS")]),
        with(&[("x", "a\nx-ssl-client-verify: SUCCESS")]),
        with(&[("x", "a\0b")]),
        with(&[("x: y\r\nx-ssl-client-verify", "SUCCESS")]),
        with(&[("x:y", "z")]),
        with(&[("x y", "z")]),
        with(&[("X-Upper", "z")]),
        with(&[("", "z")]),
        with(&[("transfer-encoding", "chunked")]),
        with(&[("connection", "keep-alive")]),
        with(&[("connection", "x-ssl-client-verify")]),
        with(&[("upgrade", "websocket")]),
        with(&[("te", "gzip")]),
        with(&[("keep-alive", "1")]),
        with(&[(":path", "/second")]),
        with(&[(":authority", "evil.test")]),
        with(&[(":unknown", "x")]),
        with(&[("host", "evil.test")]),
        with(&[("host", HOST), ("host", HOST)]),
        but(":path", "/attack HTTP/1.1\r\nHost: evil.test\r\n\r\nGET /smuggled"),
        but(":path", "/attack\r\nx: y"),
        but(":path", "/a b"),
        but(":path", "/a\tb"),
        but(":path", ""),
        but(":path", "attack"),
        but(":path", "*"),
        but(":path", "https://evil.test/"),
        but(":path", "//evil.test/"),
        but(":method", "GET /smuggled HTTP/1.1\r\nx: "),
        but(":method", "POST "),
        but(":method", ""),
        but(":method", "post"),
        but(":authority", "app.example.com\r\nx: y"),
        but(":authority", "app.example.com/evil"),
        but(":authority", "app.example.com@evil.test"),
        but(":authority", "evil.test#app.example.com"),
        but(":authority", "app.example.com:"),
        but(":authority", ""),
        PSEUDO[1..].to_vec(),
        PSEUDO[..3].to_vec(),
        [&[("origin", ORIGIN)], PSEUDO].concat(),
    ];
    for fields in &cases {
        let (kind, payload) = answer(send(&gateway, fields, ""));
        assert!(kind != HEADERS || payload.first() != Some(&OK), "{fields:?} got through:\n{}", upstream.bytes());
    }
    assert_eq!(upstream.targets(), ["/attack"], "{}", upstream.bytes());
    gateway.assert_unharmed();
}

/// The h2 crate cuts it off before anybody can see it; what is judged is still what is forwarded.
#[test]
fn a_fragment_is_gone_before_the_path_is_matched() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let (kind, payload) = answer(send(&gateway, &but(":path", "/a#/../b"), ""));
    assert_eq!((kind, payload.first()), (HEADERS, Some(&OK)));
    assert_eq!(upstream.targets(), ["/a"]);
}

#[test]
fn a_body_has_the_length_that_it_says() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::before(&upstream);
    for (length, body) in [("3", "GET /smuggled HTTP/1.1\r\n\r\n"), ("100", "short"), ("0", "x"), ("5", "")] {
        let (kind, payload) = answer(send(&gateway, &with(&[("content-length", length)]), body));
        assert!(kind != HEADERS || payload.first() != Some(&OK), "content-length {length} for {body:?} got through");
    }
    assert_eq!(upstream.requests().len(), 0, "{}", upstream.bytes());
    assert!(!upstream.bytes().contains("smuggled"));
    gateway.assert_unharmed();
}
