//! Heads: whatever was sent, a foreign page changes nothing.

use std::sync::Arc;

use countersign_core::{
    ApiKey, ApiKeyRule, ApiKeyText, Audience, Client, ClientMode, HeadBuilder, HostPattern, ProtectedNames, Route,
    RouteTable, Silent, Site, Stage, Target, Trace, TrustedOrigin, UnixTime, decide,
};

/// The input is a request head as in HTTP/1.1: the request line without version, then `name: value`
/// lines. A line `:authority: value` or `:protocol: value` is that pseudo-header. Lines end in LF.
pub fn head(data: &[u8]) {
    let mut lines = data.split(|&b| b == b'\n');
    let Some((method, target)) = lines.next().and_then(|line| std::str::from_utf8(line).ok()?.split_once(' ')) else {
        return;
    };
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let mut target = Target { path, query, ..Target::default() };
    let mut fields: Vec<(String, &[u8])> = Vec::new();
    for line in lines {
        let pseudo = |name: &[u8]| line.strip_prefix(name).and_then(|value| std::str::from_utf8(value).ok());
        if let Some(authority) = pseudo(b":authority: ") {
            target.authority = Some(authority);
        } else if let Some(protocol) = pseudo(b":protocol: ") {
            target.protocol = Some(protocol);
        } else if let Some(colon) = line.iter().position(|&b| b == b':') {
            let (name, value) = line.split_at(colon);
            let Ok(name) = std::str::from_utf8(name) else { continue };
            fields.push((name.to_ascii_lowercase(), value.get(1..).unwrap_or_default().trim_ascii()));
        }
    }
    judge(method, target, &fields);
    keyed(method, target, &fields);
}

fn judge(method: &str, target: Target<'_>, fields: &[(String, &[u8])]) {
    let mut builder = HeadBuilder::new(method, target);
    for (name, value) in fields {
        builder.field(name, value);
    }
    let count = |name: &str| fields.iter().filter(|(n, _)| n == name).count();
    let first = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, value)| *value);
    let head = match builder.finish() {
        Ok(head) => head,
        Err(refusal) => return assert_eq!(refusal.reason().info().stage, Stage::Head),
    };
    for name in ["host", "origin", "referer", "sec-fetch-site", "sec-fetch-mode", "content-type"] {
        assert!(count(name) <= 1, "two {name} became one head");
    }
    assert!(!method.bytes().any(|b| b.is_ascii_lowercase()) && method != "TRACE");
    assert!(head.is_websocket() || method != "CONNECT");
    // No other spelling of what was judged, or of what only the gateway may say, is passed on.
    let names = ProtectedNames::default();
    for (name, _) in fields.iter().filter(|(name, _)| !names.drops(name)) {
        assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{name} is passed on");
        assert!(!name.starts_with("x-forwarded-") && !name.starts_with("countersign-"), "{name} is passed on");
    }

    let safe = matches!(method, "GET" | "HEAD" | "OPTIONS") && !head.is_websocket();
    let browser = ["origin", "referer", "cookie"].iter().any(|name| count(name) > 0)
        || fields.iter().any(|(name, _)| name.starts_with("sec-fetch-"));
    for audience in [Audience::Browser, Audience::Machine, Audience::Any] {
        let Some(site) = site(audience) else { return };
        let (now, mut trace) = (UnixTime(0), Trace::default());
        let silent = decide(&site, &head, &Client::Anonymous, now, &mut Silent);
        let decision = decide(&site, &head, &Client::Anonymous, now, &mut trace);
        assert!(!trace.0.is_empty());
        assert_eq!(decision.verdict.basis(), silent.verdict.basis(), "the verdict depends on the observer");
        let basis = match decision.verdict.basis() {
            Ok(basis) => basis.code(),
            Err(refusal) => {
                assert!(matches!(refusal.reason().info().stage, Stage::Route | Stage::Intent));
                continue;
            }
        };
        assert!(site.serves(&head.host()) && !head.is_preflight());
        if safe {
            assert!(audience != Audience::Machine || !browser);
        } else if basis == "machine" {
            assert!(!browser && audience != Audience::Browser);
            assert!(count("countersign-client") + count("content-type") > 0);
        } else {
            assert!(audience != Audience::Machine && browser);
            let page = first("origin").or_else(|| first("referer").filter(|_| basis == "referer"));
            assert!(page.is_none_or(is_ours), "permitted by {basis}: {:?}", page.map(String::from_utf8_lossy));
            assert!(page.is_some() || matches!(first("sec-fetch-site"), Some(b"same-origin" | b"none")));
            assert!(!head.is_websocket() || count("origin") == 1);
        }
    }
}

/// `app.example.com` with any port, or `partner.example`, over https.
fn is_ours(page: &[u8]) -> bool {
    let page = page.to_ascii_lowercase();
    let Some(rest) = page.strip_prefix(b"https://") else { return false };
    [&b"app.example.com"[..], b"partner.example"].iter().any(|host| {
        rest.strip_prefix(*host).is_some_and(|tail| matches!(tail.first(), None | Some(b':' | b'/' | b'?' | b'#')))
    })
}

fn site(audience: Audience) -> Option<Site> {
    let route = Route { audience, ..Route::everything() };
    Some(Site {
        hosts: vec![HostPattern::parse("app.example.com").ok()?],
        client: ClientMode::Off,
        trusted_origins: vec![TrustedOrigin::parse("https://partner.example").ok()?],
        cors: None,
        api_keys: Arc::default(),
        django: countersign_core::django::Settings::behind_gateway(),
        routes: RouteTable::new(vec![route]).ok()?,
    })
}

/// A route that asks for one key: nothing but the whole of it, once, opens the route, and no page does.
fn keyed(method: &str, target: Target<'_>, fields: &[(String, &[u8])]) {
    let key = ApiKeyText::from_random(&[7; 30]);
    let (Some(mut site), Ok(rule)) = (site(Audience::Machine), ApiKeyRule::new("X-API-Key", "orders", false)) else {
        return;
    };
    let route = Route { audience: Audience::Machine, api_key: Some(rule), ..Route::everything() };
    let Ok(routes) = RouteTable::new(vec![route]) else { return };
    site.routes = routes;
    let (id, hash, scopes) = (key.id(), key.hash(), vec!["orders".into()]);
    let entry = ApiKey { id, name: "".into(), hash, scopes, expires: None, revoked: false, bound: None };
    site.api_keys = Arc::new([entry].into_iter().collect());
    let mut builder = HeadBuilder::new(method, target).keeping(site.routes.api_key_headers());
    for (name, value) in fields {
        builder.field(name, value);
        assert!(ApiKeyText::parse(value).is_none_or(|read| read.reveal().as_bytes() == *value));
    }
    let sent: Vec<_> = fields.iter().filter(|(name, _)| name == "x-api-key").map(|(_, value)| *value).collect();
    let Ok(head) = builder.finish() else { return };
    assert!(sent.len() <= 1, "two keys became one head");
    let mut trace = Trace::default();
    let decision = decide(&site, &head, &Client::Anonymous, UnixTime(0), &mut trace);
    match decision.verdict.basis() {
        Ok(basis) => {
            assert_eq!((basis.code(), sent.as_slice()), ("api-key", [key.reveal().as_bytes()].as_slice()));
            assert!(!fields.iter().any(|(name, _)| matches!(&**name, "origin" | "referer" | "cookie")));
        }
        // What was sent as a key is repeated nowhere.
        Err(refusal) if refusal.reason().info().stage == Stage::ApiKey => {
            let told = format!("{refusal} {:?} {:?}", refusal.authentication(), trace.0);
            let secret = sent.first().and_then(|sent| std::str::from_utf8(sent).ok()).filter(|sent| sent.len() > 40);
            assert!(secret.is_none_or(|secret| !told.contains(secret)));
        }
        Err(_) => {}
    }
}
