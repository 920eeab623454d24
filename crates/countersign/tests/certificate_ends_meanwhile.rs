//! A certificate that ends while its connection lasts is refused from then on.

use std::time::Duration;

use http::Request;

use crate::support::{Gateway, HOST, Http2, TlsClient, Upstream, patience::until, pki};

#[test]
fn on_http1() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect_as(pki::ends_in(Duration::from_secs(3)));
    let mut idle = gateway.connect_as(pki::ends_in(Duration::from_secs(3)));
    let mut other = gateway.connect();
    let get = format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    idle.ask(&get).assert_from_app();
    // A request that meets the end is told so; after that the connection is gone.
    let mut refused = 0;
    until("the end of the connection", || {
        connection.send_anyway(&get);
        match connection.try_response() {
            Ok(Some(response)) if response.status == 200 => {
                assert_eq!(refused, 0, "let in again");
                None
            }
            Ok(Some(response)) => {
                response.assert_refused(403, "client-cert-expired");
                refused += 1;
                None
            }
            Ok(None) | Err(_) => Some(()),
        }
    });
    assert!(idle.is_closed(), "a connection without a request outlived its certificate");
    let seen = upstream.requests().len();
    other.ask(&get).assert_from_app();
    assert_eq!(upstream.requests().len(), seen + 1);
}

#[test]
fn on_http2() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let client = TlsClient::new().credentials(pki::ends_in(Duration::from_secs(3)));
    let mut connection = Http2::connect(&client, gateway.address);
    let get = || Request::get(format!("https://{HOST}/")).body(()).unwrap();
    connection.get(get()).assert_from_app();
    until("the end of the connection", || match connection.try_ask(get(), None, None) {
        Ok(response) if response.status == 200 => None,
        Ok(response) => {
            response.assert_refused(403, "client-cert-expired");
            None
        }
        Err(error) => {
            assert!(error.is_go_away() || error.is_io(), "{error}");
            Some(())
        }
    });
}

#[test]
fn on_a_websocket() {
    let upstream = Upstream::echoing();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect_as(pki::ends_in(Duration::from_secs(3)));
    connection.open_websocket("/");
    // Nothing is said; the tunnel ends all the same.
    assert!(connection.websocket_ends(), "the tunnel outlived the certificate");
}
