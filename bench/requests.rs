//! The requests and sites that are measured: heads as a browser and as curl send them.

use countersign_core::{
    Audience, ClientMode, Head, HeadBuilder, HostPattern, Identity, Refusal, Route, RouteTable, Site, SubjectAltNames,
    Target, TrustedOrigin, UnixTime,
};

/// A request as a server hands it on: names in lower case.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub method: &'static str,
    /// The path, without query.
    pub path: &'static str,
    /// All fields, in order.
    pub fields: Vec<(&'static str, &'static str)>,
}

const COOKIES: &str = "sessionid=k3m8x0q2v7b5n1z9c4d6f8g2h1j3l5p7; csrftoken=b3Xq9Lw2Vt7Rz1Kp5Nd8Hs4Jc6Gm0FyA; theme=dark; _consent=v2.1.1";
const CHROMIUM: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

/// Chromium's form POST: 15 fields and the Host.
#[must_use]
pub fn form(origin: &'static str, fetch_site: &'static str) -> Request {
    let fields = vec![
        ("host", "app.example.com"),
        ("user-agent", CHROMIUM),
        ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"),
        ("accept-language", "en-GB,en;q=0.9,de;q=0.8"),
        ("accept-encoding", "gzip, deflate, br, zstd"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-length", "300"),
        ("origin", origin),
        ("referer", "https://app.example.com/"),
        ("sec-fetch-site", fetch_site),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
        ("sec-fetch-user", "?1"),
        ("upgrade-insecure-requests", "1"),
        ("cookie", COOKIES),
        ("priority", "u=0, i"),
    ];
    Request { method: "POST", path: "/transfer", fields }
}

/// The form that the site's own page sends.
#[must_use]
pub fn same_origin() -> Request {
    form("https://app.example.com", "same-origin")
}

/// The form that a foreign page sends.
#[must_use]
pub fn forged() -> Request {
    form("https://evil.example", "cross-site")
}

/// Chromium's GET of a page.
#[must_use]
pub fn get() -> Request {
    let mut request = form("", "none");
    request.method = "GET";
    request.fields.retain(|(name, _)| !matches!(*name, "origin" | "referer" | "content-type" | "content-length"));
    request
}

/// curl with JSON, to a machine route.
#[must_use]
pub fn machine() -> Request {
    let fields = vec![
        ("host", "app.example.com"),
        ("user-agent", "curl/8.14.1"),
        ("accept", "*/*"),
        ("content-type", "application/json"),
        ("content-length", "300"),
    ];
    Request { method: "POST", path: "/api/orders", fields }
}

/// The smallest GET to a path.
#[must_use]
pub fn plain(path: &'static str) -> Request {
    Request { method: "GET", path, fields: vec![("host", "app.example.com")] }
}

impl Request {
    /// Builds the head, as the gateway does for each request.
    ///
    /// # Errors
    /// As [`HeadBuilder::finish`].
    #[inline]
    pub fn head(&self) -> Result<Head<'_>, Refusal> {
        let mut builder = HeadBuilder::new(self.method, Target { path: self.path, ..Target::default() });
        for (name, value) in &self.fields {
            builder.field(name, value.as_bytes());
        }
        builder.finish()
    }
}

/// A site with so many routes and trusted origins; `/api/` is for machines.
#[must_use]
#[allow(clippy::expect_used, reason = "its texts are constant")]
pub fn site(routes: usize, trusted: usize) -> Site {
    let api = Route { path: "/api/".into(), audience: Audience::Machine, ..Route::everything() };
    let more = (2..routes).map(|n| {
        // Half of them are prefixes of the depth that Django projects have, half are exact.
        let path = if n % 2 == 0 { format!("/section{n}/part/") } else { format!("/section{n}/part/leaf") };
        Route { path: path.into(), ..Route::everything() }
    });
    let all = [Route::everything(), api].into_iter().take(routes).chain(more).collect();
    Site {
        hosts: vec![HostPattern::parse("app.example.com").expect("a host")],
        client: ClientMode::Soft,
        cors: None,
        api_keys: Default::default(),
        trusted_origins: (0..trusted)
            .map(|n| TrustedOrigin::parse(&format!("https://partner{n}.example")).expect("an origin"))
            .collect(),
        django: countersign_core::django::Settings::behind_gateway(),
        routes: RouteTable::new(all).expect("no two routes overlap"),
    }
}

/// A certificate that holds at [`NOW`].
#[must_use]
pub fn alice() -> Identity {
    Identity {
        subject: "CN=alice,O=Example".into(),
        issuer: "CN=Example Staff CA".into(),
        serial: "1f".into(),
        sans: SubjectAltNames { email: vec!["alice@example.com".into()], ..SubjectAltNames::default() },
        sha256: [1; 32],
        spki_sha256: [2; 32],
        not_before: UnixTime(0),
        not_after: UnixTime(i64::MAX),
    }
}

/// The time of all requests.
pub const NOW: UnixTime = UnixTime(1_793_491_200);
