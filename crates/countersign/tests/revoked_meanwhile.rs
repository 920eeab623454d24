//! A certificate that is revoked while its connections last: they are closed, WebSockets included, and
//! nobody else's; the next request is refused by name. Within a second of the file's change.

use std::time::{Duration, Instant};

use http::Request;

use crate::support::{
    Config, Connection, Gateway, HOST, Http2, TlsClient, Upstream,
    crl::Crl,
    patience::{PATIENCE, until},
    pki::{self, Credentials, pki},
};

fn get() -> String {
    format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
}

/// What one client has open.
struct Open {
    h1: Connection,
    h2: Http2,
    websocket: Connection,
}

fn get2() -> Request<()> {
    Request::get(format!("https://{HOST}/")).body(()).unwrap()
}

impl Open {
    fn all(gateway: &Gateway, who: &Credentials) -> Self {
        let mut h1 = gateway.connect_as(who.clone());
        h1.ask(&get()).assert_from_app();
        let mut h2 = Http2::connect(&TlsClient::new().credentials(who.clone()), gateway.address);
        h2.get(get2()).assert_from_app();
        let mut websocket = gateway.connect_as(who.clone());
        websocket.open_websocket("/ws");
        Self { h1, h2, websocket }
    }

    fn assert_closed(mut self) {
        assert!(self.h1.is_closed(), "HTTP/1.1");
        assert!(self.h2.ends_within(PATIENCE), "HTTP/2");
        assert!(self.websocket.websocket_ends(), "WebSocket");
    }

    fn assert_open(&mut self) {
        self.h1.ask(&get()).assert_from_app();
        self.h2.get(get2()).assert_from_app();
        self.websocket.send("still here").unwrap();
        assert_eq!(self.websocket.read(10), b"still here");
    }
}

#[test]
fn by_a_new_crl() {
    let upstream = Upstream::echoing();
    let (mallory, alice) = (pki::named("mallory"), pki::alice());
    let config = Config::new(upstream.url()).file("staff.crl", &Crl::new(1).signed_by(&pki().staff));
    let gateway = Gateway::start(&config.trust("crl = [\"staff.crl\"]"));
    let mut honest = Open::all(&gateway, &alice);
    let shut_out = Open::all(&gateway, &mallory);
    gateway.replace("staff.crl", Crl::new(2).revoking(&mallory, 0).signed_by(&pki().staff));
    gateway.reloaded(1);
    shut_out.assert_closed();
    honest.assert_open();
    gateway.connect_as(mallory).ask(&get()).assert_refused(403, "client-cert-revoked");
}

/// A request that is under way ends well; the connection goes after it.
#[test]
fn what_was_permitted_before_is_finished() {
    let (go, wait) = std::sync::mpsc::channel();
    let wait = std::sync::Mutex::new(wait);
    let upstream = Upstream::with(move |_, app| {
        wait.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        app.ok("finished")
    });
    let mallory = pki::named("mallory");
    let gateway =
        Gateway::start(&Config::new(upstream.url()).file("denied.txt", "# nobody\n").trust("deny = \"denied.txt\""));
    let mut connection = gateway.connect_as(mallory.clone());
    connection.send(get()).unwrap();
    upstream.first();
    gateway.replace("denied.txt", format!("sha256:{}\n", pki::fingerprint(&mallory)));
    gateway.reloaded(1);
    go.send(()).unwrap();
    assert_eq!(connection.response().body, b"finished");
    assert!(connection.is_closed());
}

#[test]
fn by_the_deny_list_within_a_second() {
    let upstream = Upstream::echoing();
    let (mallory, alice) = (pki::named("mallory"), pki::alice());
    let config = Config::new(upstream.url()).file("denied.txt", "# nobody\n").trust("deny = \"denied.txt\"");
    let gateway = Gateway::start(&config);
    let mut honest = Open::all(&gateway, &alice);
    let shut_out = Open::all(&gateway, &mallory);
    let begun = Instant::now();
    gateway.replace("denied.txt", format!("sha256:{} # laptop lost\n", pki::fingerprint(&mallory)));
    gateway.reloaded(1);
    // The promise is a second on a machine that is not busy with other tests.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    shut_out.assert_closed();
    honest.assert_open();
    gateway.connect_as(mallory.clone()).ask(&get()).assert_refused(403, "client-cert-revoked");
    // And back.
    gateway.replace("denied.txt", "# nobody any more\n");
    gateway.reloaded(2);
    gateway.connect_as(mallory).ask(&get()).assert_from_app();
    honest.assert_open();
}

/// Whatever else is broken, who is to be shut out does not wait for a repair.
#[test]
fn by_the_deny_list_while_everything_else_is_refused() {
    let upstream = Upstream::echoing();
    let mallory = pki::named("mallory");
    let config = Config::new(upstream.url())
        .file("denied.txt", "# nobody\n")
        .file("staff.crl", &Crl::new(1).signed_by(&pki().staff))
        .trust("deny = \"denied.txt\"\ncrl = [\"staff.crl\"]");
    let gateway = Gateway::start(&config);
    let shut_out = Open::all(&gateway, &mallory);
    gateway.replace("staff.crl", "no CRL");
    gateway.log().line("reload refused");
    gateway.replace("denied.txt", format!("sha256:{}\n", pki::fingerprint(&mallory)));
    shut_out.assert_closed();
    gateway.connect_as(mallory).ask(&get()).assert_refused(403, "client-cert-revoked");
    gateway.connect().ask(&get()).assert_from_app();
}

/// nextUpdate passes while a connection lasts: without a newer list nobody is known to be good.
#[test]
fn by_a_crl_that_ends() {
    let upstream = Upstream::echoing();
    let config = Config::new(upstream.url())
        .file("staff.crl", &Crl::new(1).ends_in(Duration::from_secs(3)).signed_by(&pki().staff))
        .trust("crl = [\"staff.crl\"]");
    let gateway = Gateway::start(&config);
    Open::all(&gateway, &pki::alice()).assert_closed();
    gateway.connect().ask(&get()).assert_refused(403, "client-cert-crl-stale");
    gateway.replace("staff.crl", Crl::new(2).signed_by(&pki().staff));
    until("the new CRL", || (gateway.connect().ask(&get()).status == 200).then_some(()));
}
