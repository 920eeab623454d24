//! No name that only the gateway may speak gets past it, however it is spelled and wherever it
//! stands (Django CVE-2015-0219, CVE-2026-3902, Traefik CVE-2024-45410, CVE-2026-88004, Caddy
//! GHSA-7r4p).
//!
//! The property: what the app gets of a request with all of these headers is what it gets of the
//! same request without them, field by field. `header_firewall_servers` asks real servers.

use countersign_gateway::{FORMATS, IdentityFormat};
use http::{HeaderMap, HeaderName, HeaderValue, Request};

use crate::support::{
    Config, Connection, Gateway, HOST, Http2, ORIGIN, TlsClient, Upstream, pki, spellings, upstream::Received,
};

/// What no app may ever see.
const CANARY: &str = "canary-5bd1e995";

/// None of the formats, all of them, and each alone: a name is protected whether it is stamped or not.
fn choices() -> Vec<Vec<IdentityFormat>> {
    let alone = FORMATS.iter().map(|format| vec![*format]);
    [vec![], FORMATS.to_vec()].into_iter().chain(alone).collect()
}

fn gateway(upstream: &Upstream, formats: &[IdentityFormat]) -> Gateway {
    let codes: Vec<_> = formats.iter().map(|format| format!("{:?}", format.code())).collect();
    let config = Config::new(upstream.url())
        .formats(&codes.join(", "))
        .mode("optional")
        .site(&format!("protected_headers = [\"{}\"]", spellings::OWN))
        .limit("max_headers = 500")
        .limit("max_header_bytes = 131072");
    Gateway::start(&config)
}

fn client(known: bool) -> TlsClient {
    if known { TlsClient::new().credentials(pki::alice()) } else { TlsClient::new() }
}

/// What the app got, without what differs from request to request.
fn fields(request: &Received) -> Vec<(String, String)> {
    let mut fields = request.fields();
    for (name, value) in &mut fields {
        assert!(!value.contains(CANARY), "{name}: {value}");
        if name.starts_with("countersign-") {
            assert!(value.len() >= 32, "{name}: {value}");
            value.clear();
        }
    }
    fields.sort();
    fields
}

/// Runs every piece with no and with all formats, and a part of them with each alone; compares.
fn run<C>(connect: impl Fn(&TlsClient, &Gateway) -> C, mut ask: impl FnMut(&mut C, &[String])) {
    let pieces = spellings::pieces(150, 7);
    for (n, formats) in choices().iter().enumerate() {
        let pieces: Vec<_> = pieces.iter().skip(n % 8).step_by(if n < 2 { 1 } else { 8 }).collect();
        let upstream = Upstream::start();
        let gateway = gateway(&upstream, formats);
        for known in [false, true] {
            let mut connection = connect(&client(known), &gateway);
            ask(&mut connection, &[]);
            let expected = fields(&upstream.last());
            assert_told(&expected, formats, known);
            for names in &pieces {
                ask(&mut connection, names);
                assert_eq!(fields(&upstream.last()), expected, "{names:?}");
            }
        }
        assert_eq!(upstream.requests().len(), 2 * (pieces.len() + 1));
        let bytes = upstream.bytes();
        assert!(!bytes.contains(CANARY), "a client's value came through:\n{bytes}");
    }
}

/// That the identity headers are those of these formats.
fn assert_told(fields: &[(String, String)], formats: &[IdentityFormat], known: bool) {
    for format in FORMATS {
        for (name, _) in format.headers() {
            let told = fields.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).count();
            // Of nobody only nginx says something, and alice has no CA below the trusted one.
            let some = formats.contains(format)
                && if known { *name != "Client-Cert-Chain" } else { *name == "X-SSL-Client-Verify" };
            assert_eq!(told, usize::from(some), "{name}: {fields:?}");
        }
    }
}

fn over_http1(request: impl Fn(&[String]) -> String) {
    let ask = |connection: &mut Connection, names: &[String]| connection.ask(&request(names)).assert_from_app();
    run(|client, gateway| client.connect(gateway.address), ask);
}

fn lines(names: &[String]) -> String {
    names.iter().map(|name| format!("{name}: {CANARY}\r\n")).collect()
}

/// `Countersign-Client` twice is refused: a rule reads it.
fn without_the_marker(names: &[String]) -> Vec<String> {
    names.iter().filter(|name| !name.eq_ignore_ascii_case("countersign-client")).cloned().collect()
}

#[test]
fn http1() {
    over_http1(|names| format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{}\r\n", lines(names)));
}

#[test]
fn http1_duplicated() {
    over_http1(|names| {
        let lines = lines(&without_the_marker(names));
        format!("GET / HTTP/1.1\r\n{lines}Host: {HOST}\r\n{lines}\r\n")
    });
}

/// Named as hop-by-hop, both to smuggle it in and to have the gateway's own removed.
#[test]
fn http1_nominated_in_connection() {
    over_http1(|names| {
        let stamped = spellings::stamped().join(",");
        let list = format!("{}, {stamped}", names.join(" ,"));
        let own = "Countersign-Assertion, Countersign-Request-Id, X-Forwarded-For, Forwarded, Host";
        format!(
            "GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: keep-alive, {list}\r\n{}connection: {own}\r\n\r\n",
            lines(names)
        )
    });
}

#[test]
fn http1_in_trailers() {
    over_http1(|names| {
        format!(
            "POST / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nTrailer: {}\r\nTransfer-Encoding: chunked\r\n\r\n\
             2\r\nok\r\n0\r\n{}\r\n",
            names.join(", "),
            lines(names)
        )
    });
}

fn over_http2(trailers: bool) {
    let ask = |connection: &mut Http2, names: &[String]| {
        let mut headers = HeaderMap::new();
        for name in without_the_marker(names) {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            for _ in 0..2 {
                headers.append(name.clone(), HeaderValue::from_static(CANARY));
            }
        }
        let mut request = Request::post(format!("https://{HOST}/")).header("origin", ORIGIN).body(()).unwrap();
        let response = if trailers {
            connection.post(request, "ok", Some(headers))
        } else {
            request.headers_mut().extend(headers);
            connection.post(request, "ok", None)
        };
        response.assert_from_app();
    };
    run(|client, gateway| Http2::connect(client, gateway.address), ask);
}

#[test]
fn http2_duplicated() {
    over_http2(false);
}

#[test]
fn http2_in_trailers() {
    over_http2(true);
}

/// One name to a request, so that none hides behind another.
#[test]
fn one_by_one() {
    let upstream = Upstream::start();
    // The two smallest: thousands of requests are kept.
    let small = FORMATS.iter().filter(|format| ["nginx", "django"].contains(&format.code()));
    let gateway = gateway(&upstream, &small.copied().collect::<Vec<_>>());
    let mut connections = [false, true].map(|known| client(known).connect(gateway.address));
    let ask = |connection: &mut Connection, line: &str| {
        connection.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{line}\r\n")).assert_from_app();
        fields(&upstream.last())
    };
    let expected = connections.each_mut().map(|connection| ask(connection, ""));
    let spellings = spellings::pieces(1, 13);
    assert!(spellings.len() > 3_000);
    for (n, name) in spellings.iter().flatten().enumerate() {
        assert_eq!(ask(&mut connections[n % 2], &format!("{name}: {CANARY}\r\n")), expected[n % 2], "{name}");
    }
}

/// The spellings of the advisories, by their names.
#[test]
fn as_the_advisories_spelled_it() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, FORMATS);
    for (advisory, line) in [
        ("Django CVE-2015-0219", "X-SSL_Client-Verify"),
        ("Django CVE-2015-0219", "X_Remote_User"),
        ("Django CVE-2026-3902", "SSL_Client_Cert_Subject"),
        ("Django CVE-2026-3902", "ssl-client_cert-subject"),
        ("oauth2-proxy CVE-2025-64484", "X_Forwarded_For"),
        ("oauth2-proxy CVE-2025-64484", "X-Auth_Request-User"),
        ("Caddy GHSA-f59h", "Remote_User"),
        ("Caddy GHSA-49wc", "Remote.User"),
        ("Traefik CVE-2026-88011", "X.Forwarded.Tls.Client.Cert"),
        ("Traefik CVE-2026-88011", "X-Forwarded-Tls-Client.Cert-Info"),
        ("Traefik CVE-2026-35051", "X-Forwarded-Prefix"),
        ("oauth2-proxy CVE-2026-40575", "X-Forwarded-Uri"),
        ("httpoxy", "Proxy"),
    ] {
        for known in [false, true] {
            let mut connection = client(known).connect(gateway.address);
            connection.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
            let expected = fields(&upstream.last());
            let request = format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{line}: {CANARY}\r\n\r\n");
            connection.ask(&request).assert_from_app();
            assert_eq!(fields(&upstream.last()), expected, "{advisory}: {line}");
        }
    }
}

#[test]
fn a_websocket_handshake_is_cleaned_as_well() {
    let upstream = Upstream::start();
    let (gateway, alice) = (gateway(&upstream, FORMATS), pki::alice());
    let ask = |connection: &str, lines: &str| {
        gateway
            .connect_as(alice.clone())
            .ask(&format!(
                "GET /ws HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nConnection: Upgrade{connection}\r\n\
                 Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
                 {lines}\r\n"
            ))
            .assert_from_app();
        fields(&upstream.last())
    };
    let expected = ask("", "");
    assert!(expected.iter().any(|(name, _)| name == "upgrade"));
    for names in spellings::pieces(150, 11).iter().step_by(5) {
        let nominated = format!(", {}", spellings::stamped().join(", "));
        assert_eq!(ask(&nominated, &lines(names)), expected);
    }
}

#[test]
fn other_spellings_of_what_decides_are_refused() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, FORMATS);
    for name in [
        "Sec_Fetch_Site",
        "X_CSRFToken",
        "X.CSRFToken",
        "Content_Length",
        "Transfer_Encoding",
        "Cookie_",
        "Content.Type",
        "_Host",
        "Origin.",
    ] {
        let response = gateway.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{name}: {CANARY}\r\n\r\n"));
        response.assert_refused(400, "header-name-ambiguous");
    }
    upstream.assert_untouched();
}
