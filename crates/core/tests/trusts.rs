//! A route is judged by its own trust and mode, and by no other; and so is a tunnel later on.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod fixture;

use countersign_core::{
    AllowRule, Audience, Client, ClientMode, Clients, HeadBuilder, Identity, Reason, Refusal, Route, Silent, Site,
    Target, TrustIndex, UnixTime, decide, still_admitted,
};

const MACHINES: TrustIndex = TrustIndex(1);

/// Good under one trust, refused under all others.
struct OnlyUnder(TrustIndex, Identity, Refusal);

impl OnlyUnder {
    fn new(trust: TrustIndex) -> Self {
        Self(trust, fixture::alice(), Refusal::new(Reason::ClientCertUnknownCa))
    }
}

impl Clients for OnlyUnder {
    fn under(&self, trust: TrustIndex) -> Client<'_> {
        if trust == self.0 { Client::Verified(&self.1) } else { Client::Rejected(&self.2) }
    }
}

fn site(mode: ClientMode) -> Site {
    let at = |path: &str| Route { path: path.into(), ..Route::everything() };
    let nobody = AllowRule::default().and("subject", "CN=nobody").unwrap();
    let routes = vec![
        at("/"),
        Route { audience: Audience::Any, trust: MACHINES, ..at("/api/") },
        Route { client: Some(ClientMode::Optional), ..at("/open/") },
        Route { client: Some(ClientMode::Soft), ..at("/shut/") },
        Route { allow: vec![nobody], ..at("/nobody/") },
    ];
    let mut site = fixture::site(routes, &[]);
    site.client = mode;
    site
}

fn get(site: &Site, path: &str, clients: &impl Clients) -> Result<(), Reason> {
    let mut builder = HeadBuilder::new("GET", Target { path, ..Target::default() });
    builder.field("host", b"app.example.com");
    let head = builder.finish().unwrap();
    let decision = decide(site, &head, clients, fixture::NOW, &mut Silent);
    decision.verdict.basis().map(|_| ()).map_err(Refusal::reason)
}

#[test]
fn each_route_asks_its_own_trust() {
    let site = site(ClientMode::Soft);
    let staff = OnlyUnder::new(TrustIndex::default());
    let machine = OnlyUnder::new(MACHINES);
    assert_eq!(get(&site, "/", &staff), Ok(()));
    assert_eq!(get(&site, "/api/x", &staff), Err(Reason::ClientCertUnknownCa));
    assert_eq!(get(&site, "/", &machine), Err(Reason::ClientCertUnknownCa));
    assert_eq!(get(&site, "/api/x", &machine), Ok(()));
}

#[test]
fn a_route_may_ask_for_less_or_more() {
    for (mode, path, expected) in [
        (ClientMode::Soft, "/", Err(Reason::ClientCertMissing)),
        (ClientMode::Soft, "/open/", Ok(())),
        (ClientMode::Optional, "/", Ok(())),
        (ClientMode::Optional, "/shut/", Err(Reason::ClientCertMissing)),
        // Nobody was asked in the handshake, so nothing can be demanded.
        (ClientMode::Off, "/shut/", Ok(())),
    ] {
        assert_eq!(get(&site(mode), path, &Client::Anonymous), expected, "{mode:?} {path}");
    }
    // A bad certificate is never nobody's, and an `off` site never looks at one.
    let machine = OnlyUnder::new(MACHINES);
    assert_eq!(get(&site(ClientMode::Soft), "/open/", &machine), Err(Reason::ClientCertUnknownCa));
    assert_eq!(get(&site(ClientMode::Off), "/api/", &machine), Ok(()));
}

#[test]
fn a_tunnel_goes_on_while_a_new_one_would_open() {
    let site = site(ClientMode::Soft);
    let staff = OnlyUnder::new(TrustIndex::default());
    let end = |path: &str, now: UnixTime| still_admitted(&site, path, None, &staff, now, true).map_err(|r| r.reason());
    assert_eq!(end("/ws", fixture::NOW), Ok(None));
    assert_eq!(end("/api/ws", fixture::NOW), Err(Reason::ClientCertUnknownCa));
    assert_eq!(end("/nobody/ws", fixture::NOW), Err(Reason::ClientNotAllowed));
    let after = UnixTime(fixture::alice().not_after.0 + 1);
    assert_eq!(end("/ws", after), Err(Reason::ClientCertExpired));
}
