//! On the way to a permit nothing is allocated: neither by the head nor by the decision.
//!
//! A promise of the crate's documentation, and what keeps the cost of a decision below that of a
//! memory access or two to another core.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

mod fixture;

use allocation_counter::{AllocationInfo, measure};
use countersign_core::{AllowRule, Audience, Basis, HeadBuilder, Route, Silent, Site, Target, decide};

const BROWSER: &[(&str, &str)] = &[
    ("host", "app.example.com"),
    (
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    ),
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"),
    ("accept-language", "en-GB,en;q=0.9,de;q=0.8"),
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("content-type", "application/x-www-form-urlencoded"),
    ("content-length", "300"),
    ("upgrade-insecure-requests", "1"),
    ("cookie", "sessionid=k3m8x0q2v7b5n1z9c4d6f8g2h1j3l5p7; csrftoken=b3Xq9Lw2Vt7Rz1Kp5Nd8Hs4Jc6Gm0FyA"),
    ("x_odd.name", "dropped later, and no reason to allocate"),
];

fn routes() -> Vec<Route> {
    let at = |path: &str, audience| Route { path: path.into(), audience, ..Route::everything() };
    let allow = AllowRule::default().and("email", "*@Example.com").unwrap().and("subject", "CN=alice*").unwrap();
    vec![
        at("/", Audience::Browser),
        at("/api/", Audience::Machine),
        at("/any/", Audience::Any),
        at("/é/", Audience::Browser),
        Route { allow: vec![allow], ..at("/staff/", Audience::Browser) },
    ]
}

/// Builds and decides once; panics unless it is permitted on this basis.
fn permitted(site: &Site, method: &str, path: &str, fields: &[(&str, &str)], basis: Basis) -> AllocationInfo {
    let alice = fixture::alice();
    measure(|| {
        let mut builder = HeadBuilder::new(method, Target { path, query: Some("a=1"), ..Target::default() });
        for (name, value) in fields {
            builder.field(name, value.as_bytes());
        }
        let head = builder.finish().unwrap();
        let decision = decide(site, &head, &fixture::known(&alice), fixture::NOW, &mut Silent);
        assert_eq!(decision.verdict.basis(), Ok(basis), "{method} {path}");
    })
}

#[test]
fn a_permit_allocates_nothing() {
    let site = fixture::site(routes(), &["https://*.partner.example", "https://other.example:8443"]);
    let own = ("origin", "https://app.example.com");
    let same = ("sec-fetch-site", "same-origin");
    let fetch = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"), ("sec-fetch-user", "?1")];
    let browser = |more: &[(&'static str, &'static str)]| [BROWSER, more].concat();
    let program = |more: &[(&'static str, &'static str)]| {
        [&[("host", "APP.example.com:8443"), ("user-agent", "curl/8.14.1")], more].concat()
    };
    for (name, method, path, fields, basis) in [
        ("GET", "GET", "/p/", browser(&[]), Basis::SafeMethod),
        ("same-origin POST", "POST", "/p/", browser(&[&[own, same][..], &fetch].concat()), Basis::SameOrigin),
        ("trusted POST", "POST", "/p/", browser(&[("origin", "https://a.partner.example")]), Basis::TrustedOrigin),
        ("fetch metadata", "POST", "/p/", browser(&[same]), Basis::FetchMetadata),
        (
            "navigation",
            "POST",
            "/p/",
            browser(&[("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")]),
            Basis::Navigation,
        ),
        (
            "referer",
            "POST",
            "/p/",
            [&[("host", "app.example.com")][..], &[("referer", "https://app.example.com/p/?x")]].concat(),
            Basis::Referer,
        ),
        ("WebSocket", "GET", "/ws", browser(&[("upgrade", "websocket"), own]), Basis::SameOrigin),
        (
            "machine JSON",
            "POST",
            "/api/x",
            program(&[("content-type", "application/json; charset=utf-8")]),
            Basis::Machine,
        ),
        ("machine marker", "PUT", "/api/x", program(&[("countersign-client", "curl")]), Basis::Machine),
        ("machine GET", "GET", "/api/x", program(&[]), Basis::Machine),
        ("any, machine", "POST", "/any/x", program(&[("content-type", "application/json")]), Basis::Machine),
        ("any, page", "POST", "/any/x", browser(&[own, same]), Basis::SameOrigin),
        ("allow rules", "POST", "/staff/x", browser(&[own, same]), Basis::SameOrigin),
    ] {
        let cost = permitted(&site, method, path, &fields, basis);
        assert_eq!(cost.count_total, 0, "{name} allocates {} bytes", cost.bytes_total);
    }
}

#[test]
fn escapes_in_the_path_cost_two_allocations() {
    let site = fixture::site(routes(), &[]);
    let cost = permitted(&site, "GET", "/%c3%a9/a%20b", &[("host", "app.example.com")], Basis::SafeMethod);
    assert_eq!(cost.count_total, 2, "the decoded path and the forwarded one");
}
