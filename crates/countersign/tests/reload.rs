//! Change without harm: on SIGHUP and when a file changes, everything is read again and swapped at
//! once, or refused with the old one kept. Only those lose their connection whom the new state refuses.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use http::Request;
use rustix::process::Signal;
use rustls::{HandshakeKind, client::ClientSessionMemoryCache};

use crate::support::{Config, Connection, Gateway, HOST, Http2, TlsClient, Upstream, patience::until, pki};

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
}

fn two_trusts(upstream: &Upstream) -> Config {
    Config::new(upstream.url()).partners().route("path = \"/\"")
}

#[test]
fn a_new_route_counts_on_open_connections() {
    let upstream = Upstream::start();
    let config = two_trusts(&upstream);
    let gateway = Gateway::start(&config);
    let mut connection = gateway.connect();
    connection.ask(&get("/closed/x")).assert_from_app();
    let closed = config.route("path = \"/closed/\"\nallow = [{ subject = \"CN=nobody\" }]");
    gateway.replace("countersign.toml", closed.text());
    gateway.reloaded(1);
    connection.ask(&get("/closed/x")).assert_refused(403, "client-not-allowed");
    connection.ask(&get("/")).assert_from_app();
}

#[test]
fn on_sighup_too() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    for times in 1..4 {
        gateway.process.signal(Signal::HUP);
        gateway.reloaded(times);
        connection.ask(&get("/")).assert_from_app();
    }
    gateway.assert_unharmed();
    gateway.stop();
}

#[test]
fn what_is_refused_changes_nothing_and_is_told() {
    let upstream = Upstream::start();
    let config = two_trusts(&upstream);
    let mut gateway = Gateway::start(&config);
    let mut connection = gateway.connect();
    let cut = pki::pki().staff.certificate().pem[..200].to_owned();
    for (file, content, said) in [
        ("countersign.toml", config.text().replace("[[site]]", "[[site]"), "this is no TOML"),
        ("countersign.toml", config.text() + "\ncolour = \"red\"\n", "colour"),
        ("countersign.toml", config.text().replace("workers = 2", "workers = 1"), "listen.workers cannot change"),
        ("countersign.toml", config.text().replace("127.0.0.1:0", "127.0.0.1:1"), "listen.https cannot change"),
        ("countersign.toml", config.text().replace("\"json\"", "\"text\""), "log.format cannot change"),
        ("staff.pem", String::new(), "staff.pem"),
        ("staff.pem", cut, "staff.pem"),
        ("server.key", "no key".into(), "server.key"),
    ] {
        let refused = |gateway: &Gateway| gateway.log().text().matches("reload refused").count();
        let before = refused(&gateway);
        let was = std::fs::read(gateway.dir().join(file)).unwrap();
        gateway.replace(file, &content);
        until(said, || (refused(&gateway) > before && gateway.log().text().contains(said)).then_some(()));
        connection.ask(&get("/")).assert_from_app();
        gateway.assert_unharmed();
        gateway.replace(file, was);
    }
    // Back to where it began: what is good is taken again.
    gateway.replace("countersign.toml", config.route("path = \"/more/\"").text());
    gateway.reloaded(1);
    gateway.stop();
}

/// While somebody works on the configuration file, what it names still changes.
#[test]
fn a_broken_configuration_file_does_not_keep_its_files_from_changing() {
    let upstream = Upstream::start();
    let config = two_trusts(&upstream);
    let gateway = Gateway::start(&config);
    gateway.replace("countersign.toml", config.text() + "\nhalf a li");
    gateway.log().line("reload refused");
    gateway.replace("staff.pem", &pki::pki().partners.certificate().pem);
    until("the new CA", || {
        let mut partner = gateway.connect_as(pki::partner());
        (partner.ask(&get("/")).status == 200).then_some(())
    });
    gateway.connect().ask(&get("/")).assert_refused(403, "client-cert-unknown-ca");
}

#[test]
fn a_new_server_certificate_is_shown_to_new_connections() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut old = gateway.connect();
    let first = old.server_certificate();
    let renewed = pki::another_server();
    gateway.replace("server.key", &renewed.key_pem);
    gateway.replace("server.pem", renewed.chain_pem());
    gateway.reloaded(1);
    let mut new = gateway.connect();
    assert_ne!(new.server_certificate(), first);
    old.ask(&get("/")).assert_from_app();
    new.ask(&get("/")).assert_from_app();
}

/// Of a trust that changed hands, old clients are refused and their connections closed; nobody else's.
#[test]
fn clients_that_are_trusted_no_more_lose_their_connections_and_only_they() {
    let upstream = Upstream::echoing();
    let config = Config::new(upstream.url())
        .partners()
        .route("path = \"/\"")
        .route("path = \"/api/\"\naudience = \"any\"\nclient = { trust = \"partners\" }");
    let gateway = Gateway::start(&config);

    let mut staff = gateway.connect();
    staff.ask(&get("/")).assert_from_app();
    let mut staff_h2 = gateway.http2();
    let get2 = |path: &str| Request::get(format!("https://{HOST}{path}")).body(()).unwrap();
    staff_h2.get(get2("/")).assert_from_app();
    let mut staff_ws = gateway.connect();
    staff_ws.open_websocket("/ws");

    let mut partner = gateway.connect_as(pki::partner());
    partner.ask(&get("/api/")).assert_from_app();
    let mut partner_h2 = Http2::connect(&TlsClient::new().credentials(pki::partner()), gateway.address);
    partner_h2.get(get2("/api/")).assert_from_app();
    let mut partner_ws = gateway.connect_as(pki::partner());
    partner_ws.open_websocket("/api/ws");

    gateway.replace("staff.pem", pki::another_authority());
    gateway.reloaded(1);
    assert!(staff.is_closed(), "a connection without a request");
    assert!(staff_h2.ends_within(crate::support::patience::PATIENCE), "HTTP/2: GOAWAY");
    assert!(staff_ws.websocket_ends(), "a WebSocket");
    gateway.log().line("\"ended\"");

    partner.ask(&get("/api/")).assert_from_app();
    partner_h2.get(get2("/api/")).assert_from_app();
    partner_ws.send("still here").unwrap();
    assert_eq!(partner_ws.read(10), b"still here");
    gateway.connect().ask(&get("/")).assert_refused(403, "client-cert-unknown-ca");
}

/// Go CVE-2025-68121, HAProxy 4a8f7622: a session that was made under another trust.
#[test]
fn no_session_resumes_into_a_trust_that_it_does_not_satisfy() {
    let upstream = Upstream::start();
    for client in [TlsClient::new().tls12(), TlsClient::new().tls13()] {
        for mode in ["soft", "hard", "optional"] {
            let gateway = Gateway::start(&Config::new(upstream.url()).mode(mode));
            let client = client.clone().credentials(pki::alice());
            let config = client.config_with(Arc::new(ClientSessionMemoryCache::new(8)));
            let open = || Connection::open(Arc::clone(&config), client.server_name(), gateway.address);
            open().unwrap().ask(&get("/")).assert_from_app();
            gateway.replace("staff.pem", pki::another_authority());
            gateway.reloaded(1);
            let seen = upstream.requests().len();
            for _ in 0..2 {
                // In mode hard the handshake already fails.
                let Ok(mut connection) = open() else { continue };
                connection.send_anyway(get("/"));
                if let Ok(Some(response)) = connection.try_response() {
                    response.assert_refused(403, "client-cert-unknown-ca");
                }
            }
            assert_eq!(upstream.requests().len(), seen);
        }
    }
}

/// Resumption stays on over a reload that does not touch it, and still skips no check.
#[test]
fn sessions_survive_what_does_not_concern_them() {
    let upstream = Upstream::start();
    let config = two_trusts(&upstream);
    let gateway = Gateway::start(&config);
    let client = TlsClient::new().credentials(pki::alice());
    let tls = client.config_with(Arc::new(ClientSessionMemoryCache::new(8)));
    let open = || Connection::open(Arc::clone(&tls), client.server_name(), gateway.address).unwrap();
    open().ask(&get("/")).assert_from_app();
    let closed = config.route("path = \"/closed/\"\nallow = [{ subject = \"CN=nobody\" }]");
    gateway.replace("countersign.toml", closed.text());
    gateway.reloaded(1);
    let mut resumed = open();
    assert_eq!(resumed.handshake_kind(), HandshakeKind::Resumed);
    resumed.ask(&get("/closed/")).assert_refused(403, "client-not-allowed");
    resumed.ask(&get("/")).assert_from_app();
}

/// A host that is served no more, and a site that begins to ask for certificates.
#[test]
fn connections_to_what_is_gone_are_closed() {
    let upstream = Upstream::start();
    let config = Config::new(upstream.url()).another("other.example.com", "mode = \"off\"", upstream.url());
    let gateway = Gateway::start(&config);
    let other = || TlsClient::new().name("other.example.com").credentials(pki::alice()).connect(gateway.address);
    let there = "GET / HTTP/1.1\r\nHost: other.example.com\r\n\r\n";
    let (mut staff, mut anonymous) = (gateway.connect(), other());
    anonymous.ask(there).assert_from_app();
    gateway.replace("countersign.toml", config.text().replace("mode = \"off\"", "trust = \"staff\""));
    gateway.reloaded(1);
    assert!(anonymous.is_closed(), "it was not asked for a certificate");
    let mut known = other();
    known.ask(there).assert_from_app();
    gateway.replace("countersign.toml", Config::new(upstream.url()).text());
    gateway.reloaded(2);
    assert!(known.is_closed(), "its name is served no more");
    staff.ask(&get("/")).assert_from_app();
}

/// Clients that never pause, over both protocols, while everything is read again and again.
#[test]
fn under_load_nothing_is_dropped() {
    let upstream = Upstream::start();
    let config = two_trusts(&upstream);
    let gateway = Gateway::start(&config);
    let (over, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let ends = Ends(&over);
        for client in 0..4 {
            let (gateway, over, asked) = (&gateway, &over, &asked);
            scope.spawn(move || {
                let (mut h1, mut h2) = (gateway.connect(), gateway.http2());
                while !over.load(Ordering::Relaxed) {
                    if client % 2 == 0 {
                        h1.ask(&get("/")).assert_from_app();
                    } else {
                        h2.get(Request::get(format!("https://{HOST}/")).body(()).unwrap()).assert_from_app();
                    }
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for times in 1..=10 {
            let before = asked.load(Ordering::Relaxed);
            if times % 2 == 0 {
                gateway.process.signal(Signal::HUP);
            } else {
                let more = config.clone().route(&format!("path = \"/r{times}/\""));
                gateway.replace("countersign.toml", more.text());
            }
            gateway.reloaded(times);
            until("requests after it", || (asked.load(Ordering::Relaxed) > before + 20).then_some(()));
        }
        drop(ends);
    });
    gateway.stop();
}

/// Lets the clients stop, also if the test fails.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
