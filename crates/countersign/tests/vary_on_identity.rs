//! An answer that depends on the certificate is not kept for another one: the browser never sends
//! the header that the app names in `Vary`, so the gateway says `*` (RFC 9440 section 2.4).

use countersign_gateway::FORMATS;

use crate::support::{Config, Gateway, HOST, Upstream};

fn answered(vary: &str) -> Vec<String> {
    let upstream = Upstream::answering(format!("HTTP/1.1 200 OK\r\n{vary}Content-Length: 2\r\n\r\nok"));
    let gateway = Gateway::start(&Config::new(upstream.url()).formats("\"rfc9440\""));
    let response = gateway.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n"));
    response.assert_from_app();
    response.all("vary").into_iter().map(str::to_owned).collect()
}

#[test]
fn a_named_identity_becomes_a_star() {
    for vary in [
        "Vary: Client-Cert\r\n",
        "Vary: Cookie, client-cert-chain\r\n",
        "Vary: Cookie\r\nvary: Accept ,Client-Cert\r\n",
        "Vary: Countersign-Assertion\r\n",
    ] {
        assert_eq!(answered(vary), ["*"], "{vary:?}");
    }
}

#[test]
fn every_name_of_every_format_counts() {
    let names = FORMATS.iter().flat_map(|format| format.headers()).map(|(name, _)| name);
    let upstream = Upstream::with(|request, app| {
        let vary = request.target().trim_start_matches('/').to_owned();
        app.write(format!("HTTP/1.1 200 OK\r\nVary: Cookie, {vary}\r\nContent-Length: 2\r\n\r\nok"))
    });
    let gateway = Gateway::start(&Config::new(upstream.url()));
    let mut connection = gateway.connect();
    for name in names {
        let response = connection.ask(&format!("GET /{name} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"));
        assert_eq!(response.header("vary"), Some("*"), "{name}");
    }
}

#[test]
fn any_other_is_left_alone() {
    assert_eq!(answered("Vary: Cookie, Accept\r\n"), ["Cookie, Accept"]);
    assert_eq!(answered("Vary: X-Client-Certainty\r\n"), ["X-Client-Certainty"]);
    assert_eq!(answered(""), Vec::<String>::new());
}
