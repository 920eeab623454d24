//! What there is now, as metrics tell it: open connections, ends of certificates and CRLs, reloads.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::process::Signal;
use sha2::{Digest, Sha256};

use crate::support::{
    Config, Gateway, HOST, ORIGIN, Upstream, crl::Crl, patience::until, pki, pki::pki, websocket::handshake,
};

const RELOADS: &str = "countersign_config_reloads_total";
const RELOADED: &str = "countersign_config_last_reload_success_timestamp_seconds";

fn start(upstream: &Upstream) -> Gateway {
    Gateway::start(&Config::new(upstream.url()).admin())
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
}

#[test]
fn what_is_open_is_told() {
    let upstream = Upstream::echoing();
    let gateway = start(&upstream);
    let open = || {
        let now = gateway.admin().metrics();
        ["connections", "requests", "tunnels"].map(|name| now.get(&format!("countersign_{name}")))
    };
    let becomes = |expected: [f64; 3]| until(&format!("{expected:?}"), || (open() == expected).then_some(()));
    assert_eq!(open(), [0.0, 0.0, 0.0]);
    let idle = gateway.connect();
    becomes([1.0, 0.0, 0.0]);
    let mut socket = gateway.connect();
    socket.send(handshake("/", &format!("Origin: {ORIGIN}\r\n"))).unwrap();
    assert_eq!(socket.head().status, 101);
    until("the tunnel", || (open()[1..] == [0.0, 1.0]).then_some(()));
    socket.cut();
    idle.cut();
    becomes([0.0, 0.0, 0.0]);
}

#[test]
fn ends_of_certificates_are_told() {
    let upstream = Upstream::start();
    let gateway = start(&upstream);
    gateway.ask(&get("/")).assert_from_app();
    gateway.connect_as(pki::ends_in(Duration::from_secs(3_600))).ask(&get("/")).assert_from_app();
    gateway.connect_as(pki::expired()).ask(&get("/")).assert_refused(403, "client-cert-expired");
    let found = gateway.admin().metrics();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let days = |series: &str| (found.get(series) - now) / 86_400.0;
    let server = days(&format!("countersign_certificate_not_after_seconds{{kind=\"server\",site={HOST:?}}}"));
    assert!((9.9..10.1).contains(&server), "{server}");
    let ca = days("countersign_certificate_not_after_seconds{kind=\"ca\",trust=\"staff\"}");
    assert!((29.9..30.1).contains(&ca), "{ca}");
    let lives = |le: &str| {
        found.get(&format!("countersign_client_certificate_remaining_seconds_bucket{{le={le:?},site={HOST:?}}}"))
    };
    assert_eq!(["86400", "604800", "1.2096e+06", "+Inf"].map(lives), [1.0, 1.0, 2.0, 2.0]);
    let started = found.get("process_start_time_seconds");
    assert!(started <= now && started > now - 60.0);
    assert!((found.get("countersign_config_last_reload_success_timestamp_seconds") - started).abs() < 1.0);
    assert_eq!(found.get(&format!("countersign_build_info{{version={:?}}}", env!("CARGO_PKG_VERSION"))), 1.0);
}

#[test]
fn who_is_shut_out_meanwhile_is_counted() {
    let upstream = Upstream::echoing();
    let config = Config::new(upstream.url()).admin().file("denied.txt", "# nobody\n").trust("deny = \"denied.txt\"");
    let gateway = Gateway::start(&config);
    let closed =
        |what: &str| gateway.admin().metrics().get(&format!("countersign_closed_total{{site={HOST:?},what={what:?}}}"));
    let denied = || gateway.admin().metrics().get("countersign_deny_list_entries{trust=\"staff\"}");
    let mallory = pki::named("mallory");
    let mut idle = gateway.connect_as(mallory.clone());
    let mut socket = gateway.connect_as(mallory.clone());
    let mut others = gateway.connect();
    for connection in [&mut socket, &mut others] {
        connection.send(handshake("/", &format!("Origin: {ORIGIN}\r\n"))).unwrap();
        assert_eq!(connection.head().status, 101);
    }
    assert_eq!((closed("connection"), closed("tunnel"), denied()), (0.0, 0.0, 0.0));
    let print: String = Sha256::digest(&mallory.chain[0]).iter().map(|byte| format!("{byte:02x}")).collect();
    gateway.replace("denied.txt", format!("sha256:{print}\n"));
    assert!(idle.is_closed() && socket.is_closed());
    until("the counts", || ((closed("connection"), closed("tunnel")) == (1.0, 1.0)).then_some(()));
    assert_eq!(denied(), 1.0);
    assert_eq!(gateway.admin().metrics().get("countersign_tunnels"), 1.0, "nobody else's is closed");
}

#[test]
fn crls_are_told() {
    let upstream = Upstream::start();
    let (mallory, trudy) = (pki::named("mallory"), pki::named("trudy"));
    let day = Duration::from_secs(86_400);
    // An issuer that divides its revocations: one series all the same.
    let lists = [
        Crl::new(1).partition("http://crl.test/1", None).revoking(&mallory, 0).made(3 * day),
        Crl::new(1).partition("http://crl.test/2", None).revoking(&mallory, 0).revoking(&trudy, 0).ends_in(day / 2),
    ];
    let text: String = lists.iter().map(|list| list.signed_by(&pki().staff)).collect();
    let config = Config::new(upstream.url()).admin().file("staff.crl", &text).trust("crl = [\"staff.crl\"]");
    let gateway = Gateway::start(&config);
    let series = |name: &str| {
        let found = gateway.admin().metrics();
        found.get(&format!("countersign_crl_{name}{{file=\"staff.crl\",issuer=\"CN=Staff CA\",trust=\"staff\"}}"))
    };
    assert_eq!(series("entries"), 3.0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let days = |name: &str| (series(name) - now) / 86_400.0;
    assert!((-3.01..-2.99).contains(&days("this_update_seconds")), "{}", days("this_update_seconds"));
    assert!((0.49..0.51).contains(&days("next_update_seconds")), "{}", days("next_update_seconds"));
    // A new list is told as soon as it counts.
    gateway.replace("staff.crl", Crl::new(2).revoking(&trudy, 0).signed_by(&pki().staff));
    until("the new list", || (series("entries") == 1.0).then_some(()));
    assert!(days("next_update_seconds") > 1.9);
}

#[test]
fn reloads_are_counted_and_counts_stay() {
    let upstream = Upstream::start();
    let config = Config::new(upstream.url()).admin();
    let gateway = Gateway::start(&config);
    let admin = gateway.admin();
    gateway.ask(&get("/")).assert_from_app();
    let before = admin.metrics();
    let reloads = |result: &str| admin.metrics().get(&format!("{RELOADS}{{result={result:?}}}"));
    assert_eq!((reloads("ok"), reloads("refused")), (0.0, 0.0));

    gateway.process.signal(Signal::HUP);
    gateway.reloaded(1);
    assert_eq!((reloads("ok"), reloads("refused")), (1.0, 0.0));
    let taken = admin.metrics().get(RELOADED);
    assert!(taken > before.get(RELOADED));

    let other = config.text().replace("admin = \"127.0.0.1:0\"", "admin = \"off\"");
    for (n, (content, said)) in
        [(config.text() + "half a li", "this is no TOML"), (other, "listen.admin cannot change")]
            .into_iter()
            .enumerate()
    {
        gateway.replace("countersign.toml", content);
        gateway.log().line(said);
        until("the count", || (reloads("refused") >= (n + 1) as f64).then_some(()));
        assert_eq!((reloads("ok"), reloads("refused")), (1.0, (n + 1) as f64));
    }
    assert_eq!(admin.metrics().get(RELOADED), taken, "what was refused is not in force");

    // A new site has its series, and the old one goes on counting.
    gateway.replace("countersign.toml", config.another("other.example.com", "mode = \"off\"", upstream.url()).text());
    until("the new site", || (reloads("ok") >= 2.0).then_some(()));
    gateway.ask(&get("/")).assert_from_app();
    let after = admin.metrics();
    let permits =
        |site: &str| format!("countersign_decisions_total{{reason=\"safe-method\",site={site:?},verdict=\"permit\"}}");
    assert_eq!((after.get(&permits(HOST)), after.get(&permits("other.example.com"))), (2.0, 0.0));
    after.get("countersign_certificate_not_after_seconds{kind=\"server\",site=\"other.example.com\"}");
}
