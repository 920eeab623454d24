//! What pages of other origins may read: preflights answered from the declared policy, and the app's
//! own CORS headers held to it.
//!
//! Invariant: no answer to a client with a certificate grants a foreign page leave to read it unless
//! the site declares that. The certificate goes along with a cross-origin request whatever the page
//! asks for (Chromium sends it even with `credentials: "omit"`), so an app that reflects `Origin`, or
//! says `*`, gives what only the certificate's holder may see to any page.
//! - With a policy, the gateway speaks for the site: what the app says of CORS is replaced.
//! - Without one, the app may grant leave to the site's own and trusted origins; `*` stands for what
//!   everybody may read, and so only in answers to anonymous clients. Any other grant is removed, and
//!   counted. Fetch standard, "CORS protocol".

use countersign_core::{Cors, CorsOrigins, Host, Origin, Preflight, Site};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use crate::body::ResponseBody;

const PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");
const REQUEST_PRIVATE_NETWORK: &str = "access-control-request-private-network";

/// All that speaks of CORS in an answer.
static GRANTS: [HeaderName; 7] = [
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
    header::ACCESS_CONTROL_ALLOW_HEADERS,
    header::ACCESS_CONTROL_ALLOW_METHODS,
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
    header::ACCESS_CONTROL_MAX_AGE,
    PRIVATE_NETWORK,
];

/// The answer to a preflight that the policy grants. `asked` are its headers.
pub(crate) fn answer(preflight: &Preflight<'_>, asked: &HeaderMap) -> Response<ResponseBody> {
    let cors = preflight.policy();
    let mut response = Response::new(ResponseBody::own(""));
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    // A list of tokens is always a valid value.
    let mut list = |name: HeaderName, items: &[Box<str>]| {
        if let (false, Ok(value)) = (items.is_empty(), HeaderValue::try_from(items.join(", "))) {
            headers.insert(name, value);
        }
    };
    list(header::ACCESS_CONTROL_ALLOW_METHODS, &cors.methods);
    list(header::ACCESS_CONTROL_ALLOW_HEADERS, &cors.headers);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(cors.max_age));
    if cors.private_network && asked.contains_key(REQUEST_PRIVATE_NETWORK) {
        headers.insert(PRIVATE_NETWORK, HeaderValue::from_static("true"));
    }
    headers.insert(
        header::VARY,
        HeaderValue::from_static(
            "Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network",
        ),
    );
    if let Some(origin) = asked.get(header::ORIGIN) {
        grant(headers, cors, origin);
    }
    response
}

/// A request, as far as CORS reads it.
#[derive(Debug)]
pub(crate) struct Asked {
    origin: Option<HeaderValue>,
    verified: bool,
}

impl Asked {
    pub(crate) fn new(headers: &HeaderMap, verified: bool) -> Self {
        Self { origin: headers.get(header::ORIGIN).cloned(), verified }
    }

    /// Holds the app's answer to the policy; tells whether something had to go that the app had said.
    pub(crate) fn hold(&self, headers: &mut HeaderMap, site: &Site, host: &HeaderValue) -> bool {
        match &site.cors {
            Some(cors) => self.replace(headers, cors),
            None => self.check(headers, site, host),
        }
    }

    fn replace(&self, headers: &mut HeaderMap, cors: &Cors) -> bool {
        let said = headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).cloned();
        remove(headers);
        add_vary(headers);
        let origin = self.origin.as_ref().and_then(|raw| Some((raw, Origin::parse(raw.as_bytes()).ok()?)));
        match origin {
            Some((raw, origin)) if cors.origins.admit(&origin) && self.may_read(cors) => {
                grant(headers, cors, raw);
                if let (false, Ok(value)) = (cors.expose.is_empty(), HeaderValue::try_from(cors.expose.join(", "))) {
                    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, value);
                }
                false
            }
            _ => said.is_some(),
        }
    }

    /// `*` never covers an answer to a certificate.
    fn may_read(&self, cors: &Cors) -> bool {
        !(self.verified && cors.origins == CorsOrigins::Any)
    }

    fn check(&self, headers: &mut HeaderMap, site: &Site, host: &HeaderValue) -> bool {
        if !headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
            return false;
        }
        let mut said = headers.get_all(header::ACCESS_CONTROL_ALLOW_ORIGIN).iter();
        let fits = match (said.next(), said.next()) {
            (Some(value), None) if value == "*" => !self.verified,
            (Some(value), None) => Origin::parse(value.as_bytes()).is_ok_and(|origin| {
                site.trusted_origins.iter().any(|trusted| trusted.matches(&origin))
                    || Host::parse(host.as_bytes()).is_ok_and(|host| origin.is_own(&host))
            }),
            // Browsers refuse several values; another reader may not.
            _ => false,
        };
        if !fits {
            remove(headers);
        }
        !fits
    }
}

fn grant(headers: &mut HeaderMap, cors: &Cors, origin: &HeaderValue) {
    if cors.origins == CorsOrigins::Any {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        return;
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    if cors.credentials {
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
}

fn remove(headers: &mut HeaderMap) {
    for name in &GRANTS {
        headers.remove(name);
    }
}

/// The answer depends on `Origin`, also for who sends none.
fn add_vary(headers: &mut HeaderMap) {
    let names = |value: &HeaderValue| {
        value.as_bytes().split(|&b| b == b',').any(|name| {
            let name = name.trim_ascii();
            name == b"*" || name.eq_ignore_ascii_case(b"origin")
        })
    };
    if !headers.get_all(header::VARY).iter().any(names) {
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
}

#[cfg(test)]
mod tests {
    use countersign_core::{ClientMode, HostPattern, Route, RouteTable, TrustedOrigin};

    use super::*;

    fn site(cors: Option<Cors>) -> Site {
        Site {
            hosts: vec![HostPattern::parse("app.example.com").unwrap()],
            client: ClientMode::Optional,
            trusted_origins: vec![TrustedOrigin::parse("https://partner.example.com").unwrap()],
            cors,
            api_keys: Default::default(),
            django: countersign_core::django::Settings::behind_gateway(),
            routes: RouteTable::new(vec![Route::everything()]).unwrap(),
        }
    }

    fn cors(origins: &[&str]) -> Cors {
        Cors {
            origins: CorsOrigins::parse(origins).unwrap(),
            methods: vec!["GET".into()],
            headers: Vec::new(),
            expose: vec!["x-total".into()],
            credentials: true,
            max_age: 600,
            private_network: false,
        }
    }

    /// What is left of these headers of an answer, and whether it was corrected.
    fn held(site: &Site, origin: Option<&str>, verified: bool, said: &[(&'static str, &str)]) -> (String, bool) {
        let asked = Asked { origin: origin.map(|o| HeaderValue::from_str(o).unwrap()), verified };
        let mut headers = HeaderMap::new();
        for (name, value) in said {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let corrected = asked.hold(&mut headers, site, &HeaderValue::from_static("app.example.com"));
        let mut left: Vec<String> = headers.iter().map(|(n, v)| format!("{n}: {}", v.to_str().unwrap())).collect();
        left.sort();
        (left.join("; "), corrected)
    }

    #[test]
    fn without_a_policy_the_app_may_grant_what_the_site_trusts() {
        let site = site(None);
        let allow = |value| [("access-control-allow-origin", value), ("access-control-allow-credentials", "true")];
        for (value, verified, stays) in [
            ("https://app.example.com", true, true),
            ("https://partner.example.com", true, true),
            ("https://evil.example", true, false),
            ("https://evil.example", false, false),
            ("http://partner.example.com", true, false),
            ("null", true, false),
            ("*", true, false),
            ("*", false, true),
            ("https://partner.example.com, https://evil.example", true, false),
        ] {
            let (left, corrected) = held(&site, Some(value), verified, &allow(value));
            assert_eq!((left.contains(value), corrected), (stays, !stays), "{value} {verified}: {left}");
            assert!(stays || left.is_empty(), "{value}: {left}");
        }
        let twice = [("access-control-allow-origin", "https://app.example.com"); 2];
        assert_eq!(held(&site, None, true, &twice), (String::new(), true));
        assert_eq!(
            held(&site, Some("https://evil.example"), true, &[("vary", "Cookie")]),
            ("vary: Cookie".into(), false)
        );
    }

    #[test]
    fn with_a_policy_the_gateway_speaks() {
        let site = site(Some(cors(&["https://ui.example.com"])));
        let app = [("access-control-allow-origin", "https://evil.example"), ("access-control-max-age", "9999999")];
        let (left, corrected) = held(&site, Some("https://evil.example"), true, &app);
        assert_eq!((left.as_str(), corrected), ("vary: Origin", true));
        let (left, corrected) = held(&site, Some("https://ui.example.com"), true, &app);
        assert!(!corrected);
        assert_eq!(
            left,
            "access-control-allow-credentials: true; access-control-allow-origin: https://ui.example.com; access-control-expose-headers: x-total; vary: Origin"
        );
        assert_eq!(held(&site, None, true, &[("vary", "origin, cookie")]), ("vary: origin, cookie".into(), false));
    }

    #[test]
    fn any_origin_reads_what_anonymous_clients_get() {
        let site = site(Some(Cors { credentials: false, ..cors(&["*"]) }));
        let (left, _) = held(&site, Some("https://evil.example"), false, &[]);
        assert!(left.contains("access-control-allow-origin: *") && !left.contains("credentials"), "{left}");
        assert_eq!(held(&site, Some("https://evil.example"), true, &[]), ("vary: Origin".into(), false));
    }
}
