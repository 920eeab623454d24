//! A resumed session is judged like a new one, and one site's session is worth nothing at another
//! (nginx CVE-2025-23419, Caddy 1fbb2872, Go CVE-2025-68121).

use std::{sync::Arc, time::Duration};

use rustls::{
    ClientConfig, HandshakeKind, NamedGroup,
    client::{ClientSessionMemoryCache, ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue},
    pki_types::ServerName,
};

use crate::support::{Config, Connection, Gateway, HOST, TlsClient, Upstream, patience::until, pki};

const OTHER: &str = "other.example.com";

/// Offers every session to every server, as an attacker's client would.
#[derive(Debug)]
struct OneForAll(ClientSessionMemoryCache);

impl OneForAll {
    fn store() -> Arc<dyn ClientSessionStore> {
        Arc::new(Self(ClientSessionMemoryCache::new(32)))
    }

    fn name() -> ServerName<'static> {
        ServerName::try_from(HOST).unwrap()
    }
}

impl ClientSessionStore for OneForAll {
    fn set_kx_hint(&self, _: ServerName<'static>, group: NamedGroup) {
        self.0.set_kx_hint(Self::name(), group);
    }
    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        self.0.kx_hint(&Self::name())
    }
    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.0.set_tls12_session(Self::name(), value);
    }
    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.0.tls12_session(&Self::name())
    }
    fn remove_tls12_session(&self, _: &ServerName<'static>) {
        self.0.remove_tls12_session(&Self::name());
    }
    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.0.insert_tls13_ticket(Self::name(), value);
    }
    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.0.take_tls13_ticket(&Self::name())
    }
}

/// A connection to `host` that offers what `config` remembers.
fn connect(config: &Arc<ClientConfig>, gateway: &Gateway, host: &str) -> Connection {
    Connection::open(Arc::clone(config), ServerName::try_from(host.to_owned()).unwrap(), gateway.address).unwrap()
}

fn get(host: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")
}

fn versions() -> [TlsClient; 2] {
    [TlsClient::new().tls12(), TlsClient::new().tls13()]
}

#[test]
fn a_resumed_client_is_known() {
    let upstream = Upstream::start();
    for mode in ["soft", "hard", "optional"] {
        let gateway = Gateway::start(&Config::new(upstream.url()).mode(mode));
        for client in versions() {
            let config = client.credentials(pki::alice()).config_with(OneForAll::store());
            for kind in [HandshakeKind::Full, HandshakeKind::Resumed, HandshakeKind::Resumed] {
                let mut connection = connect(&config, &gateway, HOST);
                connection.ask(&get(HOST)).assert_from_app();
                assert_eq!(connection.handshake_kind(), kind, "{mode}");
                assert_eq!(upstream.last().header("x-ssl-client-verify"), Some("SUCCESS"));
                assert_eq!(upstream.last().header("x-ssl-client-s-dn"), Some("CN=alice,O=Example"));
            }
        }
    }
}

#[test]
fn a_resumed_anonymous_client_stays_anonymous() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).mode("optional"));
    for client in versions() {
        let store = OneForAll::store();
        let nobody = client.config_with(Arc::clone(&store));
        connect(&nobody, &gateway, HOST).ask(&get(HOST)).assert_from_app();
        let mut connection = connect(&nobody, &gateway, HOST);
        connection.ask(&get(HOST)).assert_from_app();
        assert_eq!(connection.handshake_kind(), HandshakeKind::Resumed);
        assert_eq!(upstream.last().header("x-ssl-client-verify"), Some("NONE"));
    }
}

#[test]
fn a_resumed_bad_certificate_is_refused_again() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    for client in versions() {
        let config = client.credentials(pki::stranger()).config_with(OneForAll::store());
        for kind in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let mut connection = connect(&config, &gateway, HOST);
            connection.ask(&get(HOST)).assert_refused(403, "client-cert-unknown-ca");
            assert_eq!(connection.handshake_kind(), kind);
        }
    }
    upstream.assert_untouched();
}

#[test]
fn resuming_does_not_outlive_the_certificate() {
    let upstream = Upstream::start();
    let gateways = ["soft", "hard"].map(|mode| Gateway::start(&Config::new(upstream.url()).mode(mode)));
    let credentials = pki::ends_in(Duration::from_secs(4));
    let mut clients = Vec::new();
    for gateway in &gateways {
        for client in versions() {
            let config = client.credentials(credentials.clone()).config_with(OneForAll::store());
            connect(&config, gateway, HOST).ask(&get(HOST)).assert_from_app();
            clients.push((gateway, config));
        }
    }
    for (gateway, config) in clients {
        until("the end of the certificate", || {
            let mut connection = connect(&config, gateway, HOST);
            let response = connection.ask(&get(HOST));
            assert_eq!(connection.handshake_kind(), HandshakeKind::Resumed);
            (response.status != 200).then(|| response.assert_refused(403, "client-cert-expired"))
        });
    }
}

/// Every pair of sites that differ in what they ask of a client.
#[test]
fn a_session_of_one_site_is_worth_nothing_at_another() {
    let upstream = Upstream::start();
    let clients =
        ["trust = \"staff\"", "trust = \"partners\"", "trust = \"staff\", mode = \"optional\"", "mode = \"off\""];
    let names = [OTHER, "a.wild.example.com", "b.wild.example.com", "c.wild.example.com"];
    let mut config = Config::new(upstream.url());
    for (name, client) in names.iter().zip(clients) {
        config = config.another(name, client, upstream.url());
    }
    let gateway = Gateway::start(&config);
    for client in versions() {
        for from in names {
            for to in names.iter().filter(|to| **to != from) {
                let config = client.clone().credentials(pki::alice()).config_with(OneForAll::store());
                let mut first = connect(&config, &gateway, from);
                first.ask(&get(from));
                let mut second = connect(&config, &gateway, to);
                second.ask(&get(to));
                assert_eq!(second.handshake_kind(), HandshakeKind::Full, "a session of {from} resumed at {to}");
            }
        }
    }
}

#[test]
fn nor_does_a_resumed_session_reach_another_site_by_host() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).another(OTHER, "trust = \"partners\"", upstream.url()));
    for client in versions() {
        let config = client.credentials(pki::alice()).config_with(OneForAll::store());
        connect(&config, &gateway, HOST).ask(&get(HOST)).assert_from_app();
        let mut connection = connect(&config, &gateway, HOST);
        connection.ask(&get(OTHER)).assert_refused(421, "misdirected-request");
        assert_eq!(connection.handshake_kind(), HandshakeKind::Resumed);
    }
    assert_eq!(upstream.requests().len(), 2);
}
