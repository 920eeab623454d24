//! `hard` ends the handshake of a client without a good certificate, and the log says why.

use std::net::SocketAddr;

use crate::support::{
    Config, Gateway, HOST, TlsClient, Upstream,
    pki::{self, Credentials},
};

fn cases() -> Vec<(Option<Credentials>, &'static str)> {
    vec![
        (None, "client-cert-missing"),
        (Some(pki::expired()), "client-cert-expired"),
        (Some(pki::not_yet_valid()), "client-cert-not-yet-valid"),
        (Some(pki::stranger()), "client-cert-unknown-ca"),
        (Some(pki::impostor()), "client-cert-bad-signature"),
        (Some(pki::wrong_usage()), "client-cert-wrong-usage"),
        (Some(pki::authority()), "client-cert-wrong-usage"),
        (Some(pki::below(3)), "client-cert-chain-too-long"),
        (Some(pki::hostile("alice\u{202e}", None)), "client-cert-malformed"),
    ]
}

/// In TLS 1.3 the client takes its handshake for done and learns of the alert when it reads.
pub(crate) fn is_shut_out(client: &TlsClient, address: SocketAddr) -> bool {
    let Ok(mut connection) = client.try_connect(address) else { return true };
    connection.send_anyway(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n"));
    !matches!(connection.try_response(), Ok(Some(_)))
}

fn handshakes_end(client: &TlsClient) {
    let upstream = Upstream::start();
    for (credentials, reason) in cases() {
        let mut gateway = Gateway::start(&Config::new(upstream.url()).mode("hard").trust("max_depth = 2"));
        let client = match credentials {
            Some(credentials) => client.clone().credentials(credentials),
            None => client.clone(),
        };
        assert!(is_shut_out(&client, gateway.address), "{reason}");
        let event = gateway.log().event(reason, |event| event["target"] == "countersign::handshake");
        assert_eq!(event["reason"], reason, "{event}");
        assert_eq!(event["server_name"], HOST);
        assert_eq!(gateway.process.ended(), None);
    }
    upstream.assert_untouched();
}

#[test]
fn bad_handshakes_end_in_tls_1_2() {
    handshakes_end(&TlsClient::new().tls12());
}

#[test]
fn bad_handshakes_end_in_tls_1_3() {
    handshakes_end(&TlsClient::new().tls13());
}

#[test]
fn a_good_certificate_is_let_in() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).mode("hard"));
    for client in [TlsClient::new().tls12(), TlsClient::new().tls13()] {
        let mut connection = client.credentials(pki::alice()).connect(gateway.address);
        connection.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
        assert_eq!(upstream.last().header("x-ssl-client-s-dn"), Some("CN=alice,O=Example"));
    }
}
