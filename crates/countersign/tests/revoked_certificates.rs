//! A certificate that its CA revoked is refused by name: leaf or intermediate, to people and to
//! programs; and one whose status nobody knows is refused as well.

use std::time::Duration;

use rcgen::CrlScope;

use crate::{
    hard_mode::is_shut_out,
    support::{
        Config, Gateway, HOST, Response, TlsClient, Upstream,
        crl::{self, Crl},
        pki::{self, Credentials, pki},
    },
};

const DAY: Duration = Duration::from_secs(86_400);

/// A gateway whose trust has these CRL files.
fn gateway(upstream: &Upstream, crls: &[String]) -> Gateway {
    let mut config = Config::new(upstream.url());
    let mut names = Vec::new();
    for (n, crl) in crls.iter().enumerate() {
        names.push(format!("\"{n}.crl\""));
        config = config.file(&format!("{n}.crl"), crl);
    }
    Gateway::start(&config.trust(&format!("crl = [{}]", names.join(", "))))
}

fn get(gateway: &Gateway, who: &Credentials) -> Response {
    gateway.connect_as(who.clone()).ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n"))
}

#[test]
fn a_revoked_leaf_is_told_to_programs_and_to_people() {
    let upstream = Upstream::start();
    let mallory = pki::named("mallory");
    let gateway = gateway(&upstream, &[Crl::new(1).revoking(&mallory, 0).signed_by(&pki().staff)]);
    let response = get(&gateway, &mallory);
    response.assert_refused(403, "client-cert-revoked");
    assert_eq!(response.header("content-type"), Some("application/problem+json"));
    let problem = response.json();
    assert_eq!(problem["reason"], "client-cert-revoked");
    for said in ["CN=mallory,O=Example, revoked on 20", "(keyCompromise) by the CRL of CN=Staff CA"] {
        assert!(response.text().contains(said), "{said:?} is not in {problem}");
    }
    let page = gateway
        .connect_as(mallory)
        .ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: none\r\n\r\n"));
    page.assert_refused(403, "client-cert-revoked");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.text().contains("was revoked"), "{}", page.text());
    upstream.assert_untouched();
    get(&gateway, &pki::alice()).assert_from_app();
    gateway.stop();
}

#[test]
fn a_revoked_intermediate_takes_its_clients_along() {
    let upstream = Upstream::start();
    let (below, ca) = pki::below_one();
    let own = Crl::new(1).signed_by(&ca);
    let good = gateway(&upstream, &[Crl::new(1).signed_by(&pki().staff), own.clone()]);
    get(&good, &below).assert_from_app();
    let bad = gateway(&upstream, &[Crl::new(2).revoking(&below, 1).signed_by(&pki().staff), own]);
    let response = get(&bad, &below);
    response.assert_refused(403, "client-cert-revoked");
    assert!(response.text().contains("CN=Staff CA 1, revoked on"), "{}", response.text());
    get(&bad, &pki::alice()).assert_from_app();
}

#[test]
fn an_intermediate_without_crl_leaves_its_clients_out() {
    let upstream = Upstream::start();
    let (below, _) = pki::below_one();
    let gateway = gateway(&upstream, &[Crl::new(1).signed_by(&pki().staff)]);
    let response = get(&gateway, &below);
    response.assert_refused(403, "client-cert-crl-missing");
    for said in ["not your fault", "a CRL for it, signed by the key of CN=Staff CA 1"] {
        assert!(response.text().contains(said), "{said:?} is not in {}", response.text());
    }
    get(&gateway, &pki::alice()).assert_from_app();
}

/// The name is right, the key is not: neither a clean list nor one that revokes everybody counts.
#[test]
fn a_list_by_a_namesake_of_the_ca_counts_for_nothing() {
    let upstream = Upstream::start();
    let (below, ca) = pki::below_one();
    let (_, namesake) = pki::below_one();
    assert_eq!(ca.facts().subject, namesake.facts().subject);
    let staff = Crl::new(1).signed_by(&pki().staff);
    let clean = gateway(&upstream, &[staff.clone(), Crl::new(9).signed_by(&namesake)]);
    get(&clean, &below).assert_refused(403, "client-cert-crl-missing");
    // Of both, in either order, the right one counts.
    let revoking = Crl::new(9).revoking(&below, 0).signed_by(&namesake);
    let own = Crl::new(1).signed_by(&ca);
    for crls in [[staff.clone(), own.clone(), revoking.clone()], [revoking, own, staff]] {
        get(&gateway(&upstream, &crls), &below).assert_from_app();
    }
}

#[test]
fn the_newest_list_counts_whatever_the_order_of_the_files() {
    let upstream = Upstream::start();
    let mallory = pki::named("mallory");
    let old = Crl::new(1).made(3 * DAY).signed_by(&pki().staff);
    let new = Crl::new(2).made(DAY).revoking(&mallory, 0).signed_by(&pki().staff);
    for crls in [vec![old.clone(), new.clone()], vec![new.clone(), old.clone()], vec![format!("{old}{new}")]] {
        get(&gateway(&upstream, &crls), &mallory).assert_refused(403, "client-cert-revoked");
    }
    // The CA took mallory off again.
    let newer = Crl::new(3).made(DAY / 2).signed_by(&pki().staff);
    get(&gateway(&upstream, &[newer, new]), &mallory).assert_from_app();
}

/// RUSTSEC-2026-0049: who looks at the first distribution point alone misses the second.
#[test]
fn every_partition_is_looked_at() {
    let upstream = Upstream::start();
    let (one, two) = ("http://crl.example.com/1", "http://crl.example.com/2");
    let staff = &pki().staff;
    let both = crl::with_points(staff, "mallory", &[one, two]);
    let first = crl::with_points(staff, "alice", &[one]);
    let crls = [
        Crl::new(1).partition(one, None).signed_by(staff),
        Crl::new(1).partition(two, None).revoking(&both, 0).signed_by(staff),
    ];
    let partitioned = gateway(&upstream, &crls);
    get(&partitioned, &both).assert_refused(403, "client-cert-revoked");
    get(&partitioned, &first).assert_from_app();
    // Of another partition, and of none.
    let third = crl::with_points(staff, "alice", &["http://crl.example.com/3"]);
    get(&partitioned, &third).assert_refused(403, "client-cert-crl-missing");
    get(&partitioned, &pki::alice()).assert_refused(403, "client-cert-crl-missing");
    // For CAs only.
    let cas = gateway(&upstream, &[Crl::new(1).partition(one, Some(CrlScope::CaCertsOnly)).signed_by(staff)]);
    get(&cas, &first).assert_refused(403, "client-cert-crl-missing");
    let users = gateway(&upstream, &[Crl::new(1).partition(one, Some(CrlScope::UserCertsOnly)).signed_by(staff)]);
    get(&users, &first).assert_from_app();
}

#[test]
fn hard_mode_ends_their_handshake() {
    let upstream = Upstream::start();
    let mallory = pki::named("mallory");
    let lists = |crl: &Crl| {
        Config::new(upstream.url()).file("a.crl", &crl.signed_by(&pki().staff)).trust("crl = [\"a.crl\"]").mode("hard")
    };
    let denied = "serial:1 issuer:\"CN=Staff CA 1\"\n";
    for (config, who, reason) in [
        (lists(&Crl::new(1).revoking(&mallory, 0)), mallory, "client-cert-revoked"),
        (lists(&Crl::new(1)), pki::below_one().0, "client-cert-crl-missing"),
        (lists(&Crl::new(1).ended(DAY)).file("d", denied).trust("deny = \"d\""), pki::alice(), "client-cert-crl-stale"),
    ] {
        let gateway = Gateway::start(&config);
        for client in [TlsClient::new().tls12(), TlsClient::new().tls13()] {
            assert!(is_shut_out(&client.credentials(who.clone()), gateway.address), "{reason}");
            let event = gateway.log().event(reason, |event| event["target"] == "countersign::handshake");
            assert_eq!(event["reason"], reason, "{event}");
        }
    }
    upstream.assert_untouched();
    let good = Gateway::start(&lists(&Crl::new(1)));
    get(&good, &pki::alice()).assert_from_app();
}
