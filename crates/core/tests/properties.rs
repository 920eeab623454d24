//! What holds for every input, found out with random ones. A failing input is printed shrunk.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

mod fixture;

use countersign_core::{
    Audience, Basis, CanonicalPath, Head, HeadBuilder, Host, Origin, ProtectedNames, Route, Silent, Site, Target,
    decide,
};
use proptest::{
    collection::vec,
    option,
    prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest},
    sample::select,
};

/// So many cases that all of this takes a few seconds; PROPTEST_CASES asks for another number.
fn config(few: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { few };
    ProptestConfig { cases, failure_persistence: None, ..default }
}

// ---- paths

fn path() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "/", "/", "a", "B", "-", ".", "..", ";x", "%", "%2", "%25", "%32", "%65", "65", "2e", "%2e", "%2F", "%5c",
        "\\", "%00", "%7f", "%c2%85", "%c3%a9", "%C3", "%41", "%3b", "%3F", "%23", "%20", "é", "?", "~", "[", "+",
    ];
    vec(select(PIECES), 0..12).prop_map(|pieces| format!("/{}", pieces.concat()))
}

/// Decodes every escape once, as a server does; bad ones stay.
fn decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let value = hex.filter(|hex| !hex.starts_with('+')).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match value {
            Some(value) if *first == b'%' => {
                out.push(value);
                rest = tail.get(2..).unwrap();
            }
            _ => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    out
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn a_canonical_path_is_read_in_one_way(raw in path()) {
        let Ok(path) = CanonicalPath::parse(&raw) else { return Ok(()) };
        let (decoded, wire) = (path.decoded(), path.wire());
        prop_assert_eq!(decode(raw.as_bytes()), decoded.as_bytes(), "the peer's path decodes to it");
        prop_assert_eq!(decode(wire.as_bytes()), decoded.as_bytes(), "the forwarded path decodes to it");
        prop_assert_eq!(decode(decoded.as_bytes()), decoded.as_bytes(), "decoding twice changes nothing");
        let again = CanonicalPath::parse(wire);
        prop_assert_eq!(again.as_ref().map(|p| (p.decoded(), p.wire())), Ok((decoded, wire)), "a fixed point");
        let lower = wire.to_ascii_lowercase();
        for bad in ["//", "%2f", "%2e", "%5c", "%00", "\\", "?", "#", " "] {
            prop_assert!(!lower.contains(bad), "{wire} holds {bad}");
        }
        prop_assert!(wire.bytes().all(|b| b.is_ascii_graphic()));
        for segment in decoded.split('/') {
            prop_assert!(!matches!(segment.split(';').next(), Some("." | "..")), "{decoded}");
        }
    }
}

// ---- origins

const HOSTS: &[&str] =
    &["app.example.com", "app.example.com:443", "app.example.com:80", "a", "a:8443", "[::1]", "1.2.3.4:443"];

fn origin_text() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "https://",
        "http://",
        "HTTPS://",
        "chrome-extension://",
        "app.example.com",
        "APP.example.com",
        "a",
        ".",
        "-",
        "[::1]",
        "1.2.3.4",
        ":",
        "443",
        "80",
        "00443",
        "8443",
        "65536",
        "null",
        "@",
        "/",
        "?",
        "#",
        "\\",
        ",",
        " ",
        "é",
    ];
    prop_oneof![
        vec(select(PIECES), 0..7).prop_map(|pieces| pieces.concat()),
        ("(https?|HTTPS|ftp)://[a-cA-C.-]{1,6}(:[0-9]{0,6})?").prop_map(|text| text),
        "https://app.example.com(:443|:8443|\\.|)",
    ]
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn an_origin_is_what_it_says(raw in origin_text(), host in select(HOSTS)) {
        let Ok(origin) = Origin::parse(raw.as_bytes()) else { return Ok(()) };
        let text = origin.to_string();
        let again = Origin::parse(text.as_bytes());
        prop_assert!(again.as_ref().is_ok_and(|again| again.to_string() == text), "{text} prints as {again:?}");
        let host = Host::parse(host.as_bytes()).unwrap();
        prop_assert_eq!(again.unwrap().is_own(&host), origin.is_own(&host));
        if origin.is_own(&host) {
            prop_assert_eq!(triple(&raw), triple(&format!("https://{host}")));
        }
    }
}

/// Scheme, host and port, found without the code under test.
fn triple(origin: &str) -> Option<(String, String, u32)> {
    let lower = origin.to_ascii_lowercase();
    let (scheme, rest) = lower.split_once("://")?;
    let default = match scheme {
        "https" => 443,
        "http" => 80,
        _ => 0,
    };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
        _ => (rest, default),
    };
    Some((scheme.to_owned(), host.to_owned(), port))
}

// ---- protected names

const PROTECTED: &[&str] = &[
    "client-cert",
    "client-cert-chain",
    "x-forwarded-client-cert",
    "x-forwarded-tls-client-cert",
    "x-forwarded-tls-client-cert-info",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-user",
    "forwarded",
    "x-real-ip",
    "x-ssl-client-verify",
    "x-ssl-client-s-dn",
    "x-ssl-client-i-dn",
    "x-ssl-client-serial",
    "x-ssl-client-fingerprint",
    "x-ssl-client-cert",
    "x-ssl-anything",
    "ssl-client-cert-subject",
    "ssl-client-verify",
    "x-amzn-mtls-clientcert",
    "x-amzn-mtls-clientcert-subject",
    "countersign-assertion",
    "countersign-client",
    "countersign-reason",
    "remote-user",
    "x-remote-user",
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-tenant-id",
];

/// A name with each hyphen as a run of separators, in any case, perhaps with separators around it.
fn respelled() -> impl Strategy<Value = (&'static str, String)> {
    let letters = vec(any::<bool>(), 48);
    (select(PROTECTED), letters, "[-_. ~]{0,2}", "[-_.~]{1,3}", "[-_.]{0,2}").prop_map(|(name, up, start, sep, end)| {
        let letter = |(c, up): (char, bool)| if up { c.to_ascii_uppercase() } else { c };
        let cased: String = name.chars().zip(up.into_iter().cycle()).map(letter).collect();
        (name, format!("{start}{}{end}", cased.replace('-', &sep)))
    })
}

proptest! {
    #![proptest_config(config(1_000))]

    #[test]
    fn a_protected_name_is_dropped_in_any_spelling((name, spelling) in respelled()) {
        let names = ProtectedNames::new(["X-Tenant_Id"]);
        prop_assert!(names.drops(name));
        prop_assert!(names.drops(&spelling), "{spelling:?} is {name}");
    }
}

// ---- heads

#[derive(Clone, Debug)]
struct Request {
    method: String,
    fields: Vec<(&'static str, String)>,
}

fn request() -> impl Strategy<Value = Request> {
    let method = prop_oneof![
        select(&["POST", "PUT", "DELETE", "GET", "HEAD", "OPTIONS"][..]).prop_map(String::from),
        "[A-Z]{1,5}"
    ];
    let host = select(
        &["app.example.com", "APP.example.com", "app.example.com:443", "app.example.com:8443", "evil.example"][..],
    );
    let page = prop_oneof![
        4 => select(&["https://app.example.com", "https://evil.example", "null", "", "https://app.example.com.evil.example",
            "https://partner.example", "http://app.example.com", "https://app.example.com:8443", "https://a.wild.example",
            "https://wild.example", "https://app.example.com@evil.example", "https://evil.example\\.wild.example"][..]).prop_map(String::from),
        1 => origin_text(),
    ];
    let site = prop_oneof![
        6 => select(&["same-origin", "same-site", "cross-site", "none"][..]).prop_map(String::from),
        1 => "[a-z-]{0,11}",
    ];
    let some = |value: &'static str| option::of(Just(value.to_owned()));
    let content_type =
        select(&["application/json", "text/plain", "application/x-www-form-urlencoded"][..]).prop_map(String::from);
    let mode = select(&["navigate", "cors", "no-cors", "websocket"][..]).prop_map(String::from);
    let fields = (
        option::weighted(0.6, page.clone()),
        option::weighted(0.05, page.clone()),
        option::of(site),
        option::of(mode),
        option::of((page, "(/[a-z]{0,3})?")).prop_map(|url| url.map(|(page, path)| page + &path)),
        option::of(content_type),
        some("sessionid=s"),
        some("curl"),
        option::weighted(0.2, Just("websocket".to_owned())),
        option::weighted(0.1, Just("PUT".to_owned())),
    );
    (method, host, fields).prop_map(|(method, host, f)| {
        let mut fields = vec![("host", host.to_owned())];
        let named = [
            ("origin", f.0),
            ("origin", f.1),
            ("sec-fetch-site", f.2),
            ("sec-fetch-mode", f.3),
            ("referer", f.4),
            ("content-type", f.5),
            ("cookie", f.6),
            ("countersign-client", f.7),
            ("upgrade", f.8),
            ("access-control-request-method", f.9),
        ];
        fields.extend(named.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))));
        Request { method, fields }
    })
}

impl Request {
    fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }

    fn head(&self) -> Option<Head<'_>> {
        let mut builder = HeadBuilder::new(&self.method, Target { path: "/p/", ..Target::default() });
        for (name, value) in &self.fields {
            builder.field(name, value.as_bytes());
        }
        builder.finish().ok()
    }

    fn permitted(&self, site: &Site) -> Option<Basis> {
        let alice = fixture::alice();
        decide(site, &self.head()?, &fixture::known(&alice), fixture::NOW, &mut Silent).verdict.basis().ok()
    }

    /// Not GET, HEAD or OPTIONS, or one that opens a WebSocket.
    fn is_unsafe(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS")
            || (self.method == "GET" && self.value("upgrade").is_some())
    }

    /// Whether this page is the site's own or trusted, by our own reading of the text.
    fn is_ours(&self, page: &str) -> bool {
        let page = triple(page);
        let is = |origin: &str| page.is_some() && page == triple(origin);
        let wild = page.as_ref().is_some_and(|(scheme, host, port)| {
            let label = host.strip_suffix(".wild.example");
            scheme == "https"
                && *port == 443
                && label.is_some_and(|l| !l.is_empty() && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        });
        is(&format!("https://{}", self.value("host").unwrap())) || is("https://partner.example") || wild
    }
}

fn site(audience: Audience) -> Site {
    let route = Route { audience, ..Route::everything() };
    fixture::site(vec![route], &["https://partner.example", "https://*.wild.example"])
}

proptest! {
    #![proptest_config(config(1_500))]

    #[test]
    fn no_foreign_page_sends_an_unsafe_request(request in request()) {
        for audience in [Audience::Browser, Audience::Any] {
            let Some(basis) = request.permitted(&site(audience)) else { continue };
            if !request.is_unsafe() {
                continue;
            }
            if let Some(origin) = request.value("origin") {
                prop_assert!(request.is_ours(origin), "{origin} by {}", basis.code());
            }
            match request.value("sec-fetch-site") {
                Some("cross-site" | "same-site") => prop_assert_eq!(basis, Basis::TrustedOrigin),
                Some("none") if request.value("origin").is_none() => prop_assert_eq!(request.value("sec-fetch-mode"), Some("navigate")),
                Some(value) => prop_assert!(matches!(value, "same-origin" | "none"), "{value}"),
                None => {}
            }
            // Nothing at all is no proof, but for a program's marker on a route for any.
            if basis == Basis::Referer {
                let referer = request.value("referer").unwrap();
                let page = referer.match_indices('/').nth(2).map_or(referer, |(at, _)| referer.split_at(at).0);
                prop_assert!(request.is_ours(page), "{referer}");
            }
        }
    }

    #[test]
    fn no_page_reaches_a_machine_route(request in request()) {
        for audience in [Audience::Machine, Audience::Any] {
            if request.permitted(&site(audience)) != Some(Basis::Machine) {
                continue;
            }
            for name in ["origin", "referer", "cookie", "sec-fetch-site", "sec-fetch-mode"] {
                prop_assert_eq!(request.value(name), None);
            }
            let json = request.value("content-type") == Some("application/json");
            prop_assert!(!request.is_unsafe() || json || request.value("countersign-client").is_some());
        }
    }

    #[test]
    fn any_permits_what_either_permits_and_nothing_else(request in request()) {
        let [browser, machine, any] = [Audience::Browser, Audience::Machine, Audience::Any].map(|a| request.permitted(&site(a)));
        prop_assert_eq!(any.is_some(), browser.is_some() || machine.is_some());
    }
}
