//! What is counted is what happened, once each and in the words of the log; and nobody can make the
//! gateway count by other names.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{Read, Write as _},
    net::TcpStream,
    sync::Arc,
};

use http::Request;
use rustls::{HandshakeKind, RootCertStore, client::ClientSessionMemoryCache, pki_types::ServerName};
use serde_json::Value;

use crate::support::{
    Config, Connection, Gateway, HOST, ORIGIN, TlsClient, Upstream, exposition::Exposition, patience::until, pki,
};

const DECISIONS: &str = "countersign_decisions_total";
const HANDSHAKES: &str = "countersign_handshakes_total";

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
}

fn post(fields: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: {HOST}\r\n{fields}Content-Length: 0\r\n\r\n")
}

fn decision(verdict: &str, reason: &str) -> String {
    format!("{DECISIONS}{{reason={reason:?},site={HOST:?},verdict={verdict:?}}}")
}

fn handshake(site: &str, result: &str) -> String {
    format!("{HANDSHAKES}{{result={result:?},site={site:?}}}")
}

fn times<const N: usize>(changes: [(String, u32); N]) -> BTreeMap<String, f64> {
    changes.into_iter().map(|(series, count)| (series, f64::from(count))).collect()
}

#[test]
fn each_decision_counts_once() {
    let upstream =
        Upstream::with(
            |request, app| {
                if request.target() == "/fails" { app.write("garbage\r\n\r\n") } else { app.ok("ok") }
            },
        );
    let gateway =
        Gateway::start(&Config::new(upstream.url()).admin().limit("max_body_bytes = 10").log("access = false"));
    let before = gateway.admin().metrics();
    let mut connection = gateway.connect();
    for _ in 0..3 {
        connection.ask(&get("/")).assert_from_app();
    }
    for _ in 0..2 {
        connection.ask(&post(&format!("Origin: {ORIGIN}\r\n"))).assert_from_app();
    }
    connection.ask(&post("Sec-Fetch-Site: same-origin\r\n")).assert_from_app();
    connection.ask(&post("Origin: https://evil.test\r\n")).assert_refused(403, "origin-mismatch");
    connection.ask(&post("Origin: null\r\n")).assert_refused(403, "origin-null");
    connection.ask(&post("")).assert_refused(403, "intent-missing");
    connection.ask(&get("/a/../b")).assert_refused(400, "path-ambiguous");
    connection.ask(&get("/").replace(HOST, "other.test")).assert_refused(421, "misdirected-request");
    gateway.ask(&get("/fails")).assert_refused(502, "upstream-broken");
    gateway
        .ask(&format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nContent-Length: 11\r\n\r\ntoo much   "))
        .assert_refused(413, "body-too-large");
    gateway.connect_as(pki::expired()).ask(&get("/")).assert_refused(403, "client-cert-expired");
    gateway.connect_as(pki::stranger()).ask(&get("/")).assert_refused(403, "client-cert-unknown-ca");
    TlsClient::new().connect(gateway.address).ask(&get("/")).assert_refused(403, "client-cert-missing");
    // hyper answers these by itself.
    assert_eq!(gateway.ask("NO HTTP\r\n\r\n").status, 400);
    gateway.decision("request-malformed");
    let mut http2 = gateway.http2();
    let request = Request::get(format!("https://{HOST}/")).body(()).unwrap();
    assert_eq!(http2.get(request).status, 200);

    let after = gateway.admin().metrics();
    assert_eq!(
        after.since(&before, DECISIONS),
        times([
            (decision("permit", "safe-method"), 4),
            (decision("permit", "same-origin"), 2),
            (decision("permit", "fetch-metadata"), 1),
            (decision("refuse", "origin-mismatch"), 1),
            (decision("refuse", "origin-null"), 1),
            (decision("refuse", "intent-missing"), 1),
            (decision("refuse", "path-ambiguous"), 1),
            (decision("refuse", "misdirected-request"), 1),
            (decision("refuse", "body-too-large"), 1),
            (decision("refuse", "client-cert-expired"), 1),
            (decision("refuse", "client-cert-unknown-ca"), 1),
            (decision("refuse", "client-cert-missing"), 1),
            (decision("refuse", "request-malformed"), 1),
            (decision("failed", "upstream-broken"), 1),
        ])
    );
    let count = |name: &str| after.get(&format!("{name}_count{{site={HOST:?}}}"));
    assert_eq!(count("countersign_request_duration_seconds"), 17.0, "all but the one that hyper answered");
    assert_eq!(count("countersign_upstream_duration_seconds"), 8.0, "those that reached the app");
    assert_eq!(after.series(), before.series(), "all series were there from the start");
}

#[test]
fn a_count_leads_to_the_log() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).admin().another(
        "other.example.com",
        "trust = \"partners\"",
        upstream.url(),
    ));
    let before = gateway.admin().metrics();
    for who in [pki::alice(), pki::stranger(), pki::wrong_usage(), pki::partner()] {
        for host in [HOST, "other.example.com"] {
            let mut connection = TlsClient::new().name(host).credentials(who.clone()).connect(gateway.address);
            for origin in ["", "Origin: null\r\n", &format!("Origin: https://{host}\r\n")] {
                connection.ask(&get("/").replace(HOST, host));
                connection.ask(&post(origin).replace(HOST, host));
            }
        }
    }
    let mut logged: BTreeMap<String, f64> = BTreeMap::new();
    until("all lines of the log", || (gateway.log().decisions().len() == 48).then_some(()));
    for event in gateway.log().decisions() {
        let label = |name: &str| event[name].as_str().unwrap().to_owned();
        let (reason, site, verdict) = (label("reason"), label("site"), label("verdict"));
        *logged.entry(format!("{DECISIONS}{{reason={reason:?},site={site:?},verdict={verdict:?}}}")).or_default() +=
            1.0;
    }
    assert_eq!(gateway.admin().metrics().since(&before, DECISIONS), logged);
}

#[test]
fn each_handshake_counts_once() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).admin().mode("hard").limit("handshake_timeout = \"2s\""));
    let before = gateway.admin().metrics();
    let config = TlsClient::new().credentials(pki::alice()).config_with(Arc::new(ClientSessionMemoryCache::new(4)));
    for kind in [HandshakeKind::Full, HandshakeKind::Resumed, HandshakeKind::Resumed] {
        let name = ServerName::try_from(HOST).unwrap();
        let mut connection = Connection::open(Arc::clone(&config), name, gateway.address).unwrap();
        connection.ask(&get("/")).assert_from_app();
        assert_eq!(connection.handshake_kind(), kind);
    }
    let fails = |client: TlsClient| {
        let refused = client.try_connect(gateway.address).and_then(|mut connection| {
            connection.send_anyway(get("/"));
            connection.try_response()
        });
        assert!(refused.is_err() || matches!(refused, Ok(None)), "{refused:?}");
    };
    fails(TlsClient::new());
    fails(TlsClient::new().credentials(pki::expired()));
    fails(TlsClient::new().credentials(pki::stranger()));
    fails(TlsClient::new().credentials(pki::below(4)));
    fails(TlsClient::new().name("unknown.test"));
    fails(TlsClient::new().alpn(&["spdy/3"]));
    // A client that does not trust the server.
    let mut distrusts = TlsClient::new().config();
    distrusts = {
        let provider = Arc::clone(distrusts.crypto_provider());
        let versions = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        versions.unwrap().with_root_certificates(RootCertStore::empty()).with_no_client_auth()
    };
    assert!(Connection::open(Arc::new(distrusts), ServerName::try_from(HOST).unwrap(), gateway.address).is_err());
    // One that leaves after its first flight.
    let name = ServerName::try_from(HOST).unwrap();
    let mut hello = rustls::ClientConnection::new(Arc::new(TlsClient::new().config()), name).unwrap();
    let mut leaves = TcpStream::connect(gateway.address).unwrap();
    hello.write_tls(&mut leaves).unwrap();
    assert!(hello.read_tls(&mut leaves).unwrap() > 0);
    drop(leaves);
    let mut plain = TcpStream::connect(gateway.address).unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let _ = plain.read_to_end(&mut Vec::new());
    // One that says nothing: cut after the handshake's time.
    let mut silent = TcpStream::connect(gateway.address).unwrap();
    assert_eq!(silent.read(&mut [0]).unwrap_or(0), 0);
    // Looks whether the port is open, as load balancers do: no event.
    drop(TcpStream::connect(gateway.address).unwrap());

    let expected = times([
        (handshake(HOST, "ok"), 1),
        (handshake(HOST, "resumed"), 2),
        (handshake(HOST, "client-cert-missing"), 1),
        (handshake(HOST, "client-cert-expired"), 1),
        (handshake(HOST, "client-cert-unknown-ca"), 1),
        (handshake(HOST, "client-cert-chain-too-long"), 1),
        (handshake(HOST, "protocol-error"), 1),
        (handshake(HOST, "client-alert"), 1),
        (handshake(HOST, "client-left"), 1),
        (handshake("", "no-site"), 1),
        (handshake("", "not-tls"), 1),
        (handshake("", "timeout"), 1),
    ]);
    let mut last = BTreeMap::new();
    let found = until("all handshakes", || {
        last = gateway.admin().metrics().since(&before, HANDSHAKES);
        (last.values().sum::<f64>() >= expected.values().sum()).then(|| last.clone())
    });
    assert_eq!(found, expected);
    let failed = until("a line for each that failed", || {
        let events = gateway.log().events().into_iter();
        let failed: Vec<Value> = events.filter(|event| event["target"] == "countersign::handshake").collect();
        (failed.len() >= 10).then_some(failed)
    });
    let mut logged: BTreeMap<String, f64> = times([(handshake(HOST, "ok"), 1), (handshake(HOST, "resumed"), 2)]);
    for event in failed {
        let result = event["result"].as_str().unwrap();
        let site = if matches!(result, "no-site" | "not-tls" | "timeout") { "" } else { HOST };
        *logged.entry(handshake(site, result)).or_default() += 1.0;
    }
    assert_eq!(logged, expected);
}

/// Paths, hosts, methods, header values and server names are the client's to choose, and so are
/// never labels.
#[test]
fn hostile_input_adds_no_series() {
    const BATCH: usize = 100;
    let upstream = Upstream::start();
    let gateway =
        Gateway::start(&Config::new(upstream.url()).admin().log("access = false").limit("max_connections = 1000"));
    let before = gateway.admin().metrics();
    let mut connection = gateway.connect();
    let mut sent = 0;
    let forms: [fn(usize) -> String; 4] = [
        |n| get(&format!("/{n}/%22%5c{{}}x=\"{n}\"")),
        |n| get("/").replace(HOST, &format!("h{n}.example.com")),
        |n| get("/").replace("GET", &format!("M{n}")),
        |n| post(&format!("Origin: https://o{n}.test\r\n")),
    ];
    for form in forms {
        for batch in 0..25 {
            let mut requests = String::new();
            for n in 0..BATCH {
                requests.push_str(&form(batch * BATCH + n));
            }
            connection.send(requests).unwrap();
            for _ in 0..BATCH {
                connection.response();
                sent += 1;
            }
        }
    }
    assert_eq!(sent, 10_000);
    for n in 0..200 {
        let client = TlsClient::new().name(&format!("s{n}.test"));
        assert!(client.try_connect(gateway.address).is_err());
    }
    let after = gateway.admin().metrics();
    assert_eq!(after.series(), before.series());
    assert_eq!(after.since(&before, DECISIONS).values().sum::<f64>(), 10_000.0);
    assert_eq!(after.since(&before, HANDSHAKES), times([(handshake("", "no-site"), 200), (handshake(HOST, "ok"), 1)]));
    let names: String = after.series().into_iter().fold(String::new(), |mut all, series| {
        let _ = writeln!(all, "{series}");
        all
    });
    for word in ["h7.example.com", "s7.test", "M7", "o7.test", "alice", "staff.pem", "server.key"] {
        assert!(!names.contains(word), "{word}");
    }
}

/// The page that people write their alerts by names exactly what is there.
#[test]
fn every_metric_is_exposed() {
    let gateway = Gateway::start(&Config::new(Upstream::start().url()).admin());
    let found: Exposition = gateway.admin().metrics();
    let names: std::collections::BTreeSet<&str> =
        countersign_gateway::FAMILIES.iter().map(|family| family.name).collect();
    assert_eq!(found.families(), names);
}
