//! What a CRL means after its next update: `crl_stale` says. Whoever is refused for it is told that
//! it is not their fault; the gateway starts all the same, and warns.

use std::time::Duration;

use crate::support::{
    Config, Gateway, HOST, Upstream,
    crl::Crl,
    pki::{self, pki},
};

const HOUR: Duration = Duration::from_secs(3_600);

fn gateway(upstream: &Upstream, crl: &Crl, stale: &str) -> Gateway {
    let config = Config::new(upstream.url()).file("staff.crl", &crl.signed_by(&pki().staff));
    Gateway::start(&config.trust("crl = [\"staff.crl\"]").trust(stale))
}

fn get() -> String {
    format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
}

#[test]
fn refused_unless_something_else_was_asked_for() {
    let upstream = Upstream::start();
    for stale in ["", "crl_stale = \"deny\"", "crl_stale = \"grace:30m\""] {
        let gateway = gateway(&upstream, &Crl::new(1).ended(HOUR), stale);
        let response = gateway.ask(&get());
        response.assert_refused(403, "client-cert-crl-stale");
        for said in ["not your fault", "the CRL of CN=Staff CA of 20", "due on 20"] {
            assert!(response.text().contains(said), "{said:?} is not in {}", response.text());
        }
        assert!(gateway.log().text().contains("every client that it covers is refused"), "{}", gateway.log().text());
    }
    upstream.assert_untouched();
}

#[test]
fn it_counts_for_as_long_as_was_asked_for() {
    let upstream = Upstream::start();
    let mallory = pki::named("mallory");
    for (ago, stale) in [(HOUR, "grace:2h"), (HOUR, "allow"), (1_000 * HOUR, "allow")] {
        let crl = Crl::new(1).ended(ago).revoking(&mallory, 0);
        let gateway = gateway(&upstream, &crl, &format!("crl_stale = {stale:?}"));
        gateway.ask(&get()).assert_from_app();
        gateway.connect_as(mallory.clone()).ask(&get()).assert_refused(403, "client-cert-revoked");
        assert!(gateway.log().text().contains("it still counts"), "{}", gateway.log().text());
    }
}

/// A clock that is wrong, or a CA that makes its lists in advance.
#[test]
fn one_that_has_not_begun_does_not_count() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, &Crl::new(1).begins_in(HOUR), "crl_stale = \"allow\"");
    let response = gateway.ask(&get());
    response.assert_refused(403, "client-cert-crl-missing");
    assert!(response.text().contains("counts from 20"), "{}", response.text());
    // The one before it counts until then.
    let both =
        format!("{}{}", Crl::new(1).signed_by(&pki().staff), Crl::new(2).begins_in(HOUR).signed_by(&pki().staff));
    let config = Config::new(upstream.url()).file("staff.crl", &both).trust("crl = [\"staff.crl\"]");
    Gateway::start(&config).ask(&get()).assert_from_app();
}
