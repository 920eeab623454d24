//! Our browser rules beside the rule of Go's `net/http.CrossOriginProtection`, over all
//! combinations of some 150,000 heads: what Go refuses we refuse, but for two spellings of one
//! origin; and each refusal of ours that Go permits belongs to a category that is argued here.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

mod fixture;

use std::collections::BTreeMap;

use countersign_core::{Basis, HeadBuilder, Reason, Refusal, Route, Silent, Stage, Target, decide};

#[derive(Clone, Copy, Debug)]
struct Request {
    method: &'static str,
    host: &'static str,
    origin: Option<&'static str>,
    /// A second `Origin` field.
    second: Option<&'static str>,
    fetch_site: Option<&'static str>,
    fetch_mode: Option<&'static str>,
    referer: Option<&'static str>,
    upgrade: bool,
    preflight: bool,
}

const TRUSTED: &str = "https://partner.example";

/// Go 1.27's rule, from its description: safe methods pass; then the first `Sec-Fetch-Site`; then
/// the first `Origin`, whose host is compared with `Host`; a trusted origin is compared as text.
fn go_permits(r: &Request) -> bool {
    if matches!(r.method, "GET" | "HEAD" | "OPTIONS") {
        return true;
    }
    let origin = r.origin.unwrap_or_default();
    match r.fetch_site.unwrap_or_default() {
        "same-origin" | "none" => return true,
        "" if origin.is_empty() || go_host(origin) == r.host => return true,
        _ => {}
    }
    origin == TRUSTED
}

/// The host of an address as Go's `url.Parse` finds it: the scheme does not matter, nor a user name.
fn go_host(address: &str) -> &str {
    let Some((_, rest)) = address.split_once("//") else { return "" };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

fn ours(r: &Request) -> Result<Basis, Reason> {
    let site = fixture::site(vec![Route::everything()], &[TRUSTED]);
    let mut builder = HeadBuilder::new(r.method, Target { path: "/", ..Target::default() });
    let fields = [
        ("host", Some(r.host)),
        ("origin", r.origin),
        ("origin", r.second),
        ("sec-fetch-site", r.fetch_site),
        ("sec-fetch-mode", r.fetch_mode),
        ("referer", r.referer),
        ("upgrade", r.upgrade.then_some("websocket")),
        ("access-control-request-method", r.preflight.then_some("POST")),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            builder.field(name, value.as_bytes());
        }
    }
    let head = builder.finish().map_err(|refusal| refusal.reason())?;
    let alice = fixture::alice();
    decide(&site, &head, &fixture::known(&alice), fixture::NOW, &mut Silent).verdict.basis().map_err(Refusal::reason)
}

fn all_requests() -> impl Iterator<Item = Request> {
    const METHODS: &[&str] = &["GET", "OPTIONS", "POST", "QUERY", "TRACE"];
    const HOSTS: &[&str] =
        &["app.example.com", "APP.example.com", "app.example.com:443", "app.example.com:8443", "evil.example"];
    const ORIGINS: &[Option<&str>] = &[
        None,
        Some(""),
        Some("null"),
        Some("https://app.example.com"),
        Some("https://app.example.com:443"),
        Some("https://app.example.com:8443"),
        Some("http://app.example.com"),
        Some("ftp://app.example.com"),
        Some("//app.example.com"),
        Some("https://evil@app.example.com"),
        Some("https://app.example.com/"),
        Some("https://app.example.com.evil.example"),
        Some("https://evil.example"),
        Some(TRUSTED),
        Some("https://PARTNER.example:443"),
        Some("http://partner.example"),
    ];
    const SECOND: &[Option<&str>] = &[None, Some("https://evil.example")];
    const SITES: &[Option<&str>] =
        &[None, Some(""), Some("same-origin"), Some("same-site"), Some("cross-site"), Some("none"), Some("other")];
    const MODES: &[Option<&str>] = &[None, Some("navigate"), Some("cors")];
    const REFERERS: &[Option<&str>] = &[None, Some("https://app.example.com/x"), Some("https://evil.example/")];
    let product = METHODS.iter().flat_map(|&method| HOSTS.iter().map(move |&host| (method, host)));
    let product = product.flat_map(|a| ORIGINS.iter().map(move |&origin| (a, origin)));
    let product = product.flat_map(|a| SECOND.iter().map(move |&second| (a, second)));
    let product = product.filter(|((_, origin), second)| origin.is_some() || second.is_none());
    let product = product.flat_map(|a| SITES.iter().map(move |&site| (a, site)));
    let product = product.flat_map(|a| MODES.iter().map(move |&mode| (a, mode)));
    let product = product.flat_map(|a| REFERERS.iter().map(move |&referer| (a, referer)));
    let product = product.flat_map(|a| [(false, false), (true, false), (false, true)].map(move |flags| (a, flags)));
    product.map(|(((((((method, host), origin), second), fetch_site), fetch_mode), referer), (upgrade, preflight))| {
        Request { method, host, origin, second, fetch_site, fetch_mode, referer, upgrade, preflight }
    })
}

/// Where we permit and Go refuses: it compares as text what names the same origin.
fn why_we_permit(r: &Request) -> Option<&'static str> {
    let spelled = |text: &str| text.to_ascii_lowercase().trim_end_matches(":443").to_owned();
    let origin = spelled(r.origin?);
    if origin == format!("https://{}", spelled(r.host)) {
        return Some("the own origin, its default port or case written otherwise");
    }
    (origin == TRUSTED).then_some("a trusted origin, its default port or case written otherwise")
}

/// Where we refuse and Go permits.
fn why_we_refuse(r: &Request, reason: Reason) -> Option<&'static str> {
    use Reason as R;
    let origin = r.origin.unwrap_or_default();
    Some(match reason {
        R::HeaderDuplicate if r.second.is_some() => "several Origin fields: Go reads the first",
        R::MisdirectedRequest if r.host == "evil.example" => "a Host that is not served: DNS rebinding",
        R::MethodRefused if r.method == "TRACE" => "TRACE, which Go judges like any unsafe method",
        R::PreflightRefused if r.method == "OPTIONS" && r.preflight => "a preflight: Go leaves it to the app",
        R::OriginMissing | R::OriginNull | R::OriginMalformed | R::OriginMismatch if r.method == "GET" && r.upgrade => {
            "a WebSocket handshake: a GET to Go"
        }
        R::FetchMetadataMalformed if r.fetch_site == Some("") => "an empty Sec-Fetch-Site: absent to Go",
        R::FetchMetadataMalformed if r.fetch_site.is_none() && r.fetch_mode.is_some() => {
            "Fetch Metadata without its site"
        }
        R::FetchMetadataMalformed if r.fetch_site == Some("other") && origin == TRUSTED => {
            "an unknown Sec-Fetch-Site beside a trusted origin"
        }
        R::FetchMetadataMalformed | R::FetchMetadataContradiction if r.method == "GET" && r.upgrade => {
            "a WebSocket handshake: a GET to Go"
        }
        R::IntentMissing | R::RefererMismatch if r.origin.is_none() && r.fetch_site.is_none() => {
            "neither Origin nor Fetch Metadata: Go takes it for no browser"
        }
        R::OriginMalformed if origin.is_empty() => "an empty Origin: absent to Go",
        R::NotANavigation if r.fetch_site == Some("none") => "Sec-Fetch-Site none, and no navigation",
        R::OriginNull | R::OriginMalformed | R::OriginMismatch if r.fetch_site == Some("none") => {
            "Sec-Fetch-Site none beside a foreign Origin"
        }
        R::OriginNull | R::OriginMalformed | R::FetchMetadataContradiction
            if r.fetch_site == Some("same-origin") || (r.fetch_site == Some("none") && why_we_permit(r).is_some()) =>
        {
            "Sec-Fetch-Site contradicts Origin: Go believes the one"
        }
        R::OriginMismatch if go_host(origin) == r.host && r.fetch_site.is_none() => "another scheme: Go compares hosts",
        R::OriginMalformed if go_host(origin) == r.host && r.fetch_site.is_none() => {
            "what is no origin, but has a host"
        }
        _ => return None,
    })
}

#[test]
fn we_differ_from_go_where_we_say_so() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut requests = 0;
    for r in all_requests() {
        requests += 1;
        let why = match (go_permits(&r), ours(&r)) {
            (true, Ok(_)) | (false, Err(_)) => continue,
            (false, Ok(basis)) => {
                why_we_permit(&r).unwrap_or_else(|| panic!("Go refuses, we permit by {}: {r:?}", basis.code()))
            }
            (true, Err(reason)) => {
                assert_ne!(reason.info().stage, Stage::Identity);
                why_we_refuse(&r, reason).unwrap_or_else(|| panic!("Go permits, we refuse by {}: {r:?}", reason.code()))
            }
        };
        *seen.entry(why).or_default() += 1;
    }
    assert!(requests > 100_000);
    let documented = [
        "Fetch Metadata without its site",
        "Sec-Fetch-Site contradicts Origin: Go believes the one",
        "Sec-Fetch-Site none beside a foreign Origin",
        "Sec-Fetch-Site none, and no navigation",
        "TRACE, which Go judges like any unsafe method",
        "a Host that is not served: DNS rebinding",
        "a WebSocket handshake: a GET to Go",
        "a preflight: Go leaves it to the app",
        "a trusted origin, its default port or case written otherwise",
        "an empty Origin: absent to Go",
        "an empty Sec-Fetch-Site: absent to Go",
        "an unknown Sec-Fetch-Site beside a trusted origin",
        "another scheme: Go compares hosts",
        "neither Origin nor Fetch Metadata: Go takes it for no browser",
        "several Origin fields: Go reads the first",
        "the own origin, its default port or case written otherwise",
        "what is no origin, but has a host",
    ];
    assert!(seen.keys().copied().eq(documented), "{seen:#?}");
}
