//! Routes: which policy a path falls under.
//!
//! A path that ends in `/` is a prefix, any other is exact; the most specific one wins, an exact
//! path before every prefix. Looking up costs one hash per path segment, whatever the number of
//! routes. Several routes may share a path if their methods differ.

use std::{collections::HashMap, fmt, str::FromStr};

use crate::{AllowRule, ApiKeyRule, CanonicalPath, ClientMode, Reason, Refusal, ReportOnly, Token, TrustIndex};

/// How many headers with API keys a site may have. A head keeps each, without allocating.
pub(crate) const API_KEY_HEADERS: usize = 4;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Audience {
    /// Pages of the site (and of trusted origins) in a browser.
    #[default]
    Browser,
    /// Programs: only what a web page cannot send.
    Machine,
    /// Either of the two.
    Any,
}

impl Audience {
    /// As configuration has it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Machine => "machine",
            Self::Any => "any",
        }
    }
}

impl FromStr for Audience {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Browser, Self::Machine, Self::Any].into_iter().find(|a| a.code() == text).ok_or(())
    }
}

/// The methods of a route, in upper case. GET includes HEAD (RFC 9110 section 9.3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Methods(Vec<Box<str>>);

impl Methods {
    /// # Errors
    /// The first method that is not written in upper case, or that is never forwarded.
    pub fn new<'m>(methods: impl IntoIterator<Item = &'m str>) -> Result<Self, RouteError> {
        let mut list: Vec<Box<str>> = Vec::new();
        for method in methods {
            let token =
                !method.is_empty() && method.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
            if !token || matches!(method, "TRACE" | "CONNECT") {
                return Err(RouteError::Method(method.into()));
            }
            list.push(method.into());
            if method == "GET" {
                list.push("HEAD".into());
            }
        }
        list.sort();
        list.dedup();
        Ok(Self(list))
    }

    fn contains(&self, method: &str) -> bool {
        self.0.iter().any(|m| &**m == method)
    }
}

impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

/// Path and methods with their policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// A prefix if it ends in `/`, otherwise exact. Decoded text.
    pub path: Box<str>,
    /// None: all methods that are forwarded at all.
    pub methods: Option<Methods>,
    /// Who may call it.
    pub audience: Audience,
    /// Which identities may call it; empty: every verified one.
    pub allow: Vec<AllowRule>,
    /// Which of the site's trusts judges its clients.
    pub trust: TrustIndex,
    /// Which token it asks for beside the proof of intent.
    pub token: Token,
    /// What it asks of the client, where that differs from the site. It cannot ask for a
    /// certificate that the handshake did not ask for, so a site that is `off` stays so.
    pub client: Option<ClientMode>,
    /// The API key that it asks for, whatever else holds.
    pub api_key: Option<ApiKeyRule>,
    /// Which proofs are reported instead of demanded: its own choice, and otherwise the site's.
    pub report_only: ReportOnly,
}

impl Route {
    /// The route of a site that names none: everything, for browsers.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            path: "/".into(),
            methods: None,
            audience: Audience::Browser,
            allow: Vec::new(),
            trust: TrustIndex::default(),
            token: Token::Off,
            client: None,
            api_key: None,
            report_only: ReportOnly::default(),
        }
    }
}

/// Why a set of routes is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RouteError {
    /// Two routes could claim the same request.
    #[error("two routes claim {path:?} and the same methods: give each its own methods")]
    Overlap {
        /// The path of both.
        path: Box<str>,
    },
    /// A route path that no canonical path equals.
    #[error(
        "{0:?} is no canonical path: it starts with \"/\" and has no empty, \".\" or \"..\" segments and no escapes"
    )]
    Path(Box<str>),
    /// More headers with API keys than a head keeps.
    #[error("the routes of a site take API keys in {max} headers at most, and {0:?} is one more", max = API_KEY_HEADERS)]
    ApiKeyHeaders(Box<str>),
    /// A method that is not written in upper case, or TRACE or CONNECT.
    #[error("{0:?} is no method that can be forwarded: write it in upper case; TRACE and CONNECT are always refused")]
    Method(Box<str>),
}

/// The routes of a site.
#[derive(Clone, Debug)]
pub struct RouteTable {
    routes: Vec<Route>,
    exact: HashMap<Box<str>, Vec<usize>>,
    prefix: HashMap<Box<str>, Vec<usize>>,
    /// The headers that bear API keys, in lower case.
    api_key_headers: Vec<Box<str>>,
    /// No prefix is longer, so no longer part of a path needs to be hashed.
    longest_prefix: usize,
}

impl RouteTable {
    /// Checks and indexes the routes.
    ///
    /// # Errors
    /// Every [`RouteError`], with the index of the route that it is about.
    pub fn new(routes: Vec<Route>) -> Result<Self, Vec<(usize, RouteError)>> {
        let mut table = Self {
            routes: Vec::new(),
            exact: HashMap::new(),
            prefix: HashMap::new(),
            api_key_headers: Vec::new(),
            longest_prefix: 0,
        };
        let mut errors = Vec::new();
        for (index, route) in routes.iter().enumerate() {
            if route.path.contains('%') || CanonicalPath::parse(&escape_for_check(&route.path)).is_err() {
                errors.push((index, RouteError::Path(route.path.clone())));
                continue;
            }
            let map = if route.path.ends_with('/') {
                table.longest_prefix = table.longest_prefix.max(route.path.len());
                &mut table.prefix
            } else {
                &mut table.exact
            };
            let same_path = map.entry(route.path.clone()).or_default();
            let overlaps = |other: &usize| match (&route.methods, routes.get(*other).and_then(|r| r.methods.as_ref())) {
                (Some(a), Some(b)) => a.0.iter().any(|method| b.contains(method)),
                _ => true,
            };
            if same_path.iter().any(overlaps) {
                errors.push((index, RouteError::Overlap { path: route.path.clone() }));
            }
            same_path.push(index);
            if let Some(rule) = route.api_key.as_ref().filter(|rule| table.api_key_place(rule).is_none()) {
                if table.api_key_headers.len() == API_KEY_HEADERS {
                    errors.push((index, RouteError::ApiKeyHeaders(rule.shown().into())));
                } else {
                    table.api_key_headers.push(rule.header().into());
                }
            }
        }
        table.routes = routes;
        if errors.is_empty() { Ok(table) } else { Err(errors) }
    }

    /// The headers that bear API keys on one route or another, in lower case: what a head of this
    /// site keeps ([`HeadBuilder::keeping`](crate::HeadBuilder::keeping)).
    #[must_use]
    pub fn api_key_headers(&self) -> &[Box<str>] {
        &self.api_key_headers
    }

    pub(crate) fn api_key_place(&self, rule: &ApiKeyRule) -> Option<usize> {
        self.api_key_headers.iter().position(|header| **header == *rule.header())
    }

    /// All routes, in the order of the configuration.
    pub fn iter(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter()
    }

    /// The route for this path and method.
    ///
    /// # Errors
    /// `route-not-found`; `method-not-allowed` with the methods that are.
    pub fn find(&self, path: &str, method: &str) -> Result<&Route, Refusal> {
        let Some(candidates) = self.candidates(path) else {
            return Err(Refusal::new(Reason::RouteNotFound).received(path));
        };
        let mut routes = candidates.iter().filter_map(|&index| self.routes.get(index));
        if let Some(route) = routes.clone().find(|r| r.methods.as_ref().is_none_or(|m| m.contains(method))) {
            return Ok(route);
        }
        let mut all: Vec<&str> =
            routes.by_ref().filter_map(|r| r.methods.as_ref()).flat_map(|m| m.0.iter().map(|m| &**m)).collect();
        all.sort_unstable();
        let all = all.join(", ");
        Err(Refusal::new(Reason::MethodNotAllowed).received(method).expected(all.clone()).allow(all))
    }

    fn candidates(&self, path: &str) -> Option<&[usize]> {
        if let Some(found) = self.exact.get(path) {
            return Some(found);
        }
        let mut end = path.len().min(self.longest_prefix);
        while !path.is_char_boundary(end) {
            end -= 1;
        }
        let mut rest = path.get(..end)?;
        while let Some(slash) = rest.rfind('/') {
            if let Some(found) = self.prefix.get(rest.get(..=slash)?) {
                return Some(found);
            }
            rest = rest.get(..slash)?;
        }
        None
    }
}

/// Route paths are decoded text; what is not plain ASCII stands escaped in a request.
fn escape_for_check(path: &str) -> String {
    path.chars().map(|c| if c == ' ' || !c.is_ascii() { 'x' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &str, methods: &[&str]) -> Route {
        let methods = (!methods.is_empty()).then(|| Methods::new(methods.iter().copied()).unwrap());
        Route { path: path.into(), methods, ..Route::everything() }
    }

    #[test]
    fn the_most_specific_path_wins() {
        let table = RouteTable::new(vec![
            route("/", &[]),
            route("/api/", &[]),
            route("/api/v2/", &[]),
            route("/api/v2/ping", &[]),
            route("/é/", &[]),
        ])
        .unwrap();
        for (path, expect) in [
            ("/", "/"),
            ("/api", "/"),
            ("/api/", "/api/"),
            ("/api/v1/x", "/api/"),
            ("/api/v2/x/y/z", "/api/v2/"),
            ("/api/v2/ping", "/api/v2/ping"),
            ("/api/v2/ping/", "/api/v2/"),
            ("/apix", "/"),
            ("/é/x", "/é/"),
            ("/ééééééééé", "/"),
        ] {
            assert_eq!(&*table.find(path, "GET").unwrap().path, expect, "{path}");
        }
    }

    #[test]
    fn methods_share_a_path_and_the_others_get_allow() {
        let table = RouteTable::new(vec![route("/api/", &["GET"]), route("/api/", &["POST", "PUT"])]).unwrap();
        assert!(table.find("/api/x", "HEAD").is_ok());
        assert!(table.find("/api/x", "PUT").unwrap().methods.as_ref().unwrap().contains("POST"));
        let refusal = table.find("/api/x", "DELETE").unwrap_err();
        assert_eq!(
            (refusal.reason(), refusal.allowed_methods()),
            (Reason::MethodNotAllowed, Some("GET, HEAD, POST, PUT"))
        );
        assert_eq!(table.find("/", "GET").unwrap_err().reason(), Reason::RouteNotFound);
    }

    #[test]
    fn all_errors_of_a_set_at_once() {
        let errors = RouteTable::new(vec![
            route("/a", &[]),
            route("/a", &["GET"]),
            route("b", &[]),
            route("/x/../y", &[]),
            route("/a%20b", &[]),
            route("/c/", &["GET"]),
            route("/c/", &["HEAD"]),
            route("/a b/", &[]),
        ])
        .unwrap_err();
        let at: Vec<usize> = errors.iter().map(|(index, _)| *index).collect();
        assert_eq!(at, [1, 2, 3, 4, 6]);
        assert!(Methods::new(["get"]).is_err() && Methods::new(["TRACE"]).is_err());
    }
}
