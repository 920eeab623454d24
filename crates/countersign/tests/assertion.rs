//! Every forwarded request carries one assertion that holds for it and for nothing else: checked as
//! an app would, from what the app received.

use std::{collections::BTreeSet, fs, sync::Arc, time::SystemTime};

use http::{HeaderMap, Request};
use rustls::client::ClientSessionMemoryCache;

use crate::support::{Config, Connection, Gateway, HOST, ORIGIN, TlsClient, Upstream, pki::alice, upstream::Received};
use countersign_assertion::{
    Algorithm, Claims, Code, HEADER, KeySet, MemoryReplayCache, RequestFacts, Revocation, TlsVersion, Verifier,
    VerifyError,
};
use countersign_core::UnixTime;

fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    UnixTime(since.as_secs().try_into().unwrap())
}

/// The app's own view, with the key file that the gateway made for it.
pub(crate) fn verifier(gateway: &Gateway, algorithm: Algorithm, audience: &str) -> Verifier {
    let text = fs::read(gateway.dir().join("state/assertion").join(format!("{HOST}.jwks"))).unwrap();
    Verifier::new(KeySet::read(algorithm, &text).unwrap(), "countersign", audience)
}

/// Decodes as WSGI servers do: each escape once.
fn decoded(path: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), path.as_bytes());
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        let value = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(value.unwrap_or(*first));
        rest = if value.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(bytes).unwrap()
}

/// What the app makes of a request, from its bytes alone.
fn judged(verifier: &Verifier, received: &Received) -> Result<Claims, VerifyError> {
    let (path, query) = received.target().split_once('?').unwrap_or((received.target(), ""));
    let path = decoded(path);
    let request = RequestFacts {
        method: received.request_line().split(' ').next().unwrap(),
        authority: received.header("host").unwrap(),
        path: &path,
        query,
    };
    let values: Vec<&[u8]> = received.all(HEADER).into_iter().map(str::as_bytes).collect();
    verifier.verify(&values, &request, &MemoryReplayCache::new(1), now())
}

#[track_caller]
pub(crate) fn accepted(verifier: &Verifier, received: &Received) -> Claims {
    judged(verifier, received).unwrap_or_else(|error| panic!("{error}: {}", received.head))
}

#[test]
fn says_who_and_what_for() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let verifier = verifier(&gateway, Algorithm::Hs256, HOST);
    gateway.ask(&format!("GET /orders/7?a=1 HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
    let received = upstream.last();
    let claims = accepted(&verifier, &received);
    assert_eq!(claims.bound.unwrap().jti, received.header("countersign-request-id").unwrap());
    assert_eq!((claims.tls_version, claims.sni.as_str(), claims.resumed), (TlsVersion::V1_3, HOST, false));
    assert_eq!((claims.intent.basis.as_str(), claims.intent.audience.code()), ("safe-method", "browser"));
    let client = claims.client.unwrap();
    assert_eq!((client.subject.as_str(), client.revocation), ("CN=alice,O=Example", Revocation::Unchecked));
    let certificate = client.certificate;
    assert_eq!((certificate.bundle.as_str(), certificate.issuer.as_str()), ("staff", "CN=Staff CA"));
    assert_eq!(certificate.san.email, ["alice@example.com"]);
    assert!(certificate.not_before < now().0 && certificate.not_after > now().0);
}

fn post(path: &str, fields: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: {HOST}\r\n{fields}Content-Length: 3\r\n\r\na=b")
}

#[test]
fn each_request_has_one_of_its_own_over_both_protocols() {
    let upstream = Upstream::start();
    let config = Config::new(upstream.url()).mode("optional");
    let config = config.route("path = \"/\"").route("path = \"/api/\"\naudience = \"machine\"");
    let gateway = Gateway::start(&config.route("path = \"/any\"\naudience = \"any\""));
    let verifier = verifier(&gateway, Algorithm::Hs256, HOST);
    let own = format!("Origin: {ORIGIN}\r\n");
    for client in [TlsClient::new(), TlsClient::new().credentials(alice())] {
        let mut connection = client.connect(gateway.address);
        for method in ["GET", "HEAD", "OPTIONS"] {
            connection.ask(&format!("{method} /page?q HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
        }
        connection.ask(&post("/form", &own)).assert_from_app();
        connection.ask(&post("/any", "Sec-Fetch-Site: same-origin\r\n")).assert_from_app();
        connection.ask(&post("/api/x", "Content-Type: application/json\r\n")).assert_from_app();
        let mut http2 = crate::support::Http2::connect(&client, gateway.address);
        http2.get(Request::get(format!("https://{HOST}/h2?a=b")).body(()).unwrap()).assert_from_app();
        let request = Request::post(format!("https://{HOST}/h2")).header("origin", ORIGIN);
        http2.post(request.body(()).unwrap(), "a=b", None).assert_from_app();
    }
    let received = upstream.requests();
    assert_eq!(received.len(), 16);
    let expected = [
        ("safe-method", "browser"),
        ("safe-method", "browser"),
        ("safe-method", "browser"),
        ("same-origin", "browser"),
        ("fetch-metadata", "any"),
        ("machine", "machine"),
        ("safe-method", "browser"),
        ("same-origin", "browser"),
    ];
    let mut tokens = BTreeSet::new();
    for (n, received) in received.iter().enumerate() {
        let claims = accepted(&verifier, received);
        assert_eq!(claims.client.is_some(), n >= 8, "{}", received.head);
        assert_eq!((claims.intent.basis.as_str(), claims.intent.audience.code()), expected[n % 8]);
        assert!(tokens.insert(received.header(HEADER).unwrap().to_owned()), "the same twice");
    }
    // Moved to any other of these requests it is worth nothing, in particular from alice to nobody.
    for (n, received) in upstream.requests().iter().enumerate() {
        let other = &upstream.requests()[(n + 3) % 16];
        let moved = received.head.replace(received.header(HEADER).unwrap(), other.header(HEADER).unwrap());
        let moved = Received { head: moved, ..Received::default() };
        assert_eq!(judged(&verifier, &moved).unwrap_err().code(), Code::OtherRequest, "{}", moved.head);
    }
}

#[test]
fn what_is_signed_is_what_the_app_receives() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let verifier = verifier(&gateway, Algorithm::Hs256, HOST);
    let mut connection = gateway.connect();
    let targets = [
        "/caf%C3%A9",
        "/caf%c3%a9/%F0%9F%94%91",
        "/a%20b%7Ec%41",
        "/a;v=1,2/b=c:d@e",
        "/%61%62?%61=%62",
        "/100%25?100%25",
        "/a%3Fb?c=d?e",
        "/a%23b?x",
        "/plain?",
        "/?a=%C3%A9&b=%zz+%20&&=",
        "/[x]|^?{}|\\^`[]",
    ];
    let hosts = [HOST, "APP.example.COM", "app.example.com:443", "app.example.com:8443", "App.example.com:0443"];
    for target in targets {
        for host in hosts {
            let answer = connection.ask(&format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
            assert_eq!(answer.status, 200, "{target} {host}: {}", answer.text());
            accepted(&verifier, &upstream.last());
        }
    }
    connection.ask(&format!("GET https://{HOST}/absolute?a HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
    accepted(&verifier, &upstream.last());
    assert_eq!(upstream.requests().len(), targets.len() * hosts.len() + 1);
}

#[test]
fn a_websocket_handshake_has_one_too() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let verifier = verifier(&gateway, Algorithm::Hs256, HOST);
    let request = format!(
        "GET /ws?room=1 HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: {ORIGIN}\r\n\r\n"
    );
    assert_eq!(gateway.ask(&request).status, 200, "an app that declines");
    let received = upstream.last();
    assert_eq!(received.header("upgrade"), Some("websocket"));
    assert_eq!(accepted(&verifier, &received).intent.basis, "same-origin");
}

#[test]
fn one_that_a_client_sends_never_arrives() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let verifier = verifier(&gateway, Algorithm::Hs256, HOST);
    gateway.ask(&post("/form", &format!("Origin: {ORIGIN}\r\n"))).assert_from_app();
    // A good one, as it stands in somebody's log.
    let stolen = upstream.last().header(HEADER).unwrap().to_owned();
    let names = [
        "Countersign-Assertion",
        "countersign-assertion",
        "COUNTERSIGN-ASSERTION",
        "Countersign_Assertion",
        "countersign.assertion",
        "Countersign--Assertion",
        "-countersign-assertion",
    ];
    let mut connection = gateway.connect();
    for name in names {
        let fields = format!("Origin: {ORIGIN}\r\n{name}: {stolen}\r\n{name}: {stolen}\r\nConnection: {name}\r\n");
        connection.ask(&post("/form", &fields)).assert_from_app();
        let received = upstream.last();
        assert!(!received.head.contains(&stolen), "{name}");
        accepted(&verifier, &received);
    }
    let chunked = format!(
        "POST /form HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nTrailer: {HEADER}\r\n\
         Transfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n{HEADER}: {stolen}\r\n\r\n"
    );
    connection.ask(&chunked).assert_from_app();
    let trailers = HeaderMap::from_iter([(HEADER.parse().unwrap(), stolen.parse().unwrap())]);
    let request = Request::post(format!("https://{HOST}/form")).header("origin", ORIGIN).header(HEADER, &stolen);
    gateway.http2().post(request.body(()).unwrap(), "a=b", Some(trailers)).assert_from_app();
    for received in upstream.requests() {
        accepted(&verifier, &received);
    }
    assert_eq!(upstream.bytes().matches(&stolen).count(), 1, "only where it belonged");
}

#[test]
fn public_keys_are_enough_for_an_app_with_es256() {
    let upstream = Upstream::start();
    let config = Config::new(upstream.url()).site("assertion = { alg = \"es256\", audience = \"billing\" }");
    let gateway = Gateway::start(&config);
    let verifier = verifier(&gateway, Algorithm::Es256, "billing");
    let mut connection = gateway.connect();
    for path in ["/a", "/b"] {
        connection.ask(&format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
        let claims = accepted(&verifier, &upstream.last());
        assert_eq!((claims.audience.as_str(), claims.bound.is_some()), ("billing", true));
    }
}

#[test]
fn in_session_mode_one_serves_for_the_same_proof() {
    let upstream = Upstream::start();
    let config = Config::new(upstream.url());
    let config = config.site("assertion = { alg = \"es256\", mode = \"session\", issuer = \"countersign\" }");
    let gateway = Gateway::start(&config);
    let strict = verifier(&gateway, Algorithm::Es256, HOST);
    let mut connection = gateway.connect();
    for path in ["/a", "/b"] {
        connection.ask(&format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
    }
    connection.ask(&post("/b", &format!("Origin: {ORIGIN}\r\n"))).assert_from_app();
    gateway.ask(&format!("GET /a HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
    let [first, same, post, elsewhere] = upstream.requests().try_into().unwrap();
    for received in [&first, &same, &post, &elsewhere] {
        assert_eq!(judged(&strict, received).unwrap_err().code(), Code::OtherRequest);
    }
    let verifier = strict.allow_session();
    for (received, basis) in [(&first, "safe-method"), (&same, "safe-method"), (&post, "same-origin")] {
        let claims = accepted(&verifier, received);
        assert_eq!((claims.intent.basis.as_str(), claims.bound), (basis, None));
    }
    let token = |received: &Received| received.header(HEADER).unwrap().to_owned();
    // Both within twenty seconds, unless this machine stood still.
    assert_eq!(token(&first), token(&same));
    assert_ne!(token(&first), token(&post));
    assert_ne!(token(&first), token(&elsewhere), "another connection");
}

#[test]
fn it_tells_resumption_tls_version_and_a_missing_server_name() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let verifier = verifier(&gateway, Algorithm::Hs256, HOST);
    let client = TlsClient::new().credentials(alice());
    let told = |connection: &mut Connection, host: &str| {
        connection.ask(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).assert_from_app();
        let claims = accepted(&verifier, &upstream.last());
        assert!(claims.client.is_some());
        (claims.tls_version, claims.resumed, claims.sni)
    };
    for (client, version) in [(client.clone().tls12(), TlsVersion::V1_2), (client.clone().tls13(), TlsVersion::V1_3)] {
        let config = client.config_with(Arc::new(ClientSessionMemoryCache::new(8)));
        for resumed in [false, true] {
            let mut connection = Connection::open(Arc::clone(&config), client.server_name(), gateway.address).unwrap();
            assert_eq!(told(&mut connection, HOST), (version, resumed, HOST.into()));
        }
    }
    let mut connection = client.name("127.0.0.1").connect(gateway.address);
    assert_eq!(told(&mut connection, "127.0.0.1"), (TlsVersion::V1_3, false, String::new()));
}
