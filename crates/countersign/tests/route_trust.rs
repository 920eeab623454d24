//! One host, several trusts: the client is asked for a certificate once, and each route judges it by
//! its own trust. Neither a connection, nor a session, nor a spelling of the path carries an identity
//! from the one to the other.

use std::sync::Arc;

use http::Request;
use rustls::{HandshakeKind, client::ClientSessionMemoryCache};

use crate::support::{Config, Connection, Gateway, HOST, Http2, TlsClient, Upstream, pki};

/// Pages for staff, an API for partners, and a corner that needs no certificate.
fn gateway(upstream: &Upstream, mode: &str) -> Gateway {
    let config = Config::new(upstream.url())
        .mode(mode)
        .partners()
        .route("path = \"/\"")
        .route("path = \"/api/\"\naudience = \"any\"\nclient = { trust = \"partners\" }");
    let config =
        if mode == "hard" { config } else { config.route("path = \"/open/\"\nclient = { mode = \"optional\" }") };
    Gateway::start(&config)
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
}

#[test]
fn each_route_judges_by_its_own_trust() {
    let upstream = Upstream::start();
    for mode in ["soft", "hard"] {
        let gateway = gateway(&upstream, mode);
        let mut staff = gateway.connect();
        let mut partner = gateway.connect_as(pki::partner());
        for _ in 0..2 {
            staff.ask(&get("/page")).assert_from_app();
            assert_eq!(upstream.last().header("x-ssl-client-i-dn"), Some("CN=Staff CA"));
            staff.ask(&get("/api/orders")).assert_refused(403, "client-cert-unknown-ca");
            partner.ask(&get("/page")).assert_refused(403, "client-cert-unknown-ca");
            partner.ask(&get("/api/orders")).assert_from_app();
            assert_eq!(upstream.last().header("x-ssl-client-i-dn"), Some("CN=Partners CA"));
        }
    }
}

#[test]
fn in_one_http2_connection() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "soft");
    let client = TlsClient::new().credentials(pki::partner());
    let mut partner = Http2::connect(&client, gateway.address);
    let mut get = |path: &str| partner.get(Request::get(format!("https://{HOST}{path}")).body(()).unwrap());
    get("/page").assert_refused(403, "client-cert-unknown-ca");
    get("/api/").assert_from_app();
    get("/page").assert_refused(403, "client-cert-unknown-ca");
}

#[test]
fn a_route_may_do_without_a_certificate_and_refuses_a_bad_one() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "soft");
    let mut anonymous = TlsClient::new().connect(gateway.address);
    anonymous.ask(&get("/open/door")).assert_from_app();
    assert_eq!(upstream.last().header("x-ssl-client-verify"), Some("NONE"));
    anonymous.ask(&get("/page")).assert_refused(403, "client-cert-missing");
    anonymous.ask(&get("/api/")).assert_refused(403, "client-cert-missing");
    // Judged by the site's own trust there.
    gateway.connect_as(pki::partner()).ask(&get("/open/door")).assert_refused(403, "client-cert-unknown-ca");
    gateway.connect_as(pki::expired()).ask(&get("/open/door")).assert_refused(403, "client-cert-expired");
}

#[test]
fn another_spelling_is_no_way_around() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "soft");
    let mut staff = gateway.connect();
    for path in ["/%61pi/orders", "/api/%6frders"] {
        staff.ask(&get(path)).assert_refused(403, "client-cert-unknown-ca");
    }
    for path in ["/open/..%2fapi/", "/page/../api/", "//api/", "/api%2forders", "/api%5corders"] {
        staff.ask(&get(path)).assert_refused(400, "path-ambiguous");
    }
    upstream.assert_untouched();
}

#[test]
fn a_resumed_session_is_judged_by_each_trust_too() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "soft");
    for client in [TlsClient::new().tls12(), TlsClient::new().tls13()] {
        let client = client.credentials(pki::partner());
        let config = client.config_with(Arc::new(ClientSessionMemoryCache::new(8)));
        let connect = || Connection::open(Arc::clone(&config), client.server_name(), gateway.address).unwrap();
        connect().ask(&get("/api/")).assert_from_app();
        let mut resumed = connect();
        assert_eq!(resumed.handshake_kind(), HandshakeKind::Resumed);
        resumed.ask(&get("/page")).assert_refused(403, "client-cert-unknown-ca");
        resumed.ask(&get("/api/")).assert_from_app();
    }
}

#[test]
fn hard_mode_ends_the_handshake_of_who_no_route_takes() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "hard");
    let stranger = TlsClient::new().credentials(pki::stranger());
    // In TLS 1.3 the client learns of it only when it reads.
    let refused = stranger.try_connect(gateway.address).is_ok_and(|mut c| {
        c.send_anyway(get("/"));
        c.try_response().is_ok_and(|r| r.is_some())
    });
    assert!(!refused, "an answer came");
    upstream.assert_untouched();
}

/// The names of all trusts are offered, so that a browser finds the right certificate.
#[test]
fn the_client_is_told_of_all_cas() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "soft");
    let asked = TlsClient::new().asked_for(gateway.address);
    let said = |name: &str| asked.iter().any(|dn| dn.windows(name.len()).any(|part| part == name.as_bytes()));
    assert!(said("Staff CA") && said("Partners CA"), "{asked:?}");
}
