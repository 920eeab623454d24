//! The vector files, as `testdata/csrf/README.md` describes them.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use countersign_core::{
    AllowRule, ApiKey, ApiKeyRule, ApiKeyText, ClientMode, Cors, CorsOrigins, HostPattern, Identity, KeyBinding,
    Methods, Reason, Refusal, ReportOnly, Route, RouteTable, Site, Target, UnixTime,
};
use serde::Deserialize;

use crate::fixture;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    vector: Vec<Vector>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) row: Option<OneOrMore<u8>>,
    #[serde(rename = "case")]
    _case: Option<OneOrMore<String>>,
    #[serde(rename = "note")]
    _note: String,
    #[serde(default)]
    site: SiteOverrides,
    #[serde(default)]
    client: ClientText,
    now: Option<i64>,
    pub(crate) request: Request,
    pub(crate) expect: Expect,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteOverrides {
    hosts: Option<Vec<String>>,
    client: Option<String>,
    #[serde(default)]
    trusted_origins: Vec<String>,
    routes: Option<Vec<RouteText>>,
    cors: Option<CorsText>,
    #[serde(default)]
    api_keys: Vec<ApiKeyEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApiKeyEntry {
    key: String,
    scopes: Vec<String>,
    expires: Option<i64>,
    #[serde(default)]
    revoked: bool,
    certificate: Option<String>,
    identity: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApiKeyAsked {
    header: String,
    scope: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CorsText {
    origins: Vec<String>,
    methods: Vec<String>,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    private_network: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteText {
    path: String,
    methods: Option<Vec<String>>,
    audience: String,
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    allow: Vec<BTreeMap<String, String>>,
    api_key: Option<ApiKeyAsked>,
    #[serde(default)]
    report_only: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum ClientText {
    Named(String),
    Rejected { rejected: String },
    Valid { not_before: Option<i64>, not_after: Option<i64> },
}

impl Default for ClientText {
    fn default() -> Self {
        Self::Named("alice".into())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) authority: Option<String>,
    protocol: Option<String>,
    headers: Vec<(String, String)>,
    pub(crate) body: Option<String>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(tag = "verdict", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Expect {
    Permit {
        basis: String,
        route: Option<String>,
        #[serde(default)]
        reported: Vec<String>,
    },
    Refuse {
        reason: String,
        status: u16,
        route: Option<String>,
        allow: Option<String>,
    },
}

/// What is known of the client, owned.
pub(crate) enum Known {
    Anonymous,
    Verified(Box<Identity>),
    Rejected(Refusal),
}

/// Every vector, with the name of its file.
pub(crate) fn load() -> Vec<(String, Vector)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/csrf");
    let mut files: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "toml"));
    files.sort();
    let mut vectors = Vec::new();
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let file: File =
            toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap_or_else(|e| panic!("{name}: {e}"));
        vectors.extend(file.vector.into_iter().map(|vector| (name.clone(), vector)));
    }
    vectors
}

impl<T: Copy> OneOrMore<T> {
    pub(crate) fn to_vec(&self) -> Vec<T> {
        match self {
            Self::One(one) => vec![*one],
            Self::More(more) => more.clone(),
        }
    }
}

impl Vector {
    /// Whether a route of it reports only.
    pub(crate) fn is_on_trial(&self) -> bool {
        self.site.routes.iter().flatten().any(|route| !route.report_only.is_empty())
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.now.map_or(fixture::NOW, UnixTime)
    }

    pub(crate) fn client(&self) -> Known {
        match &self.client {
            ClientText::Named(name) if name == "alice" => Known::Verified(fixture::alice().into()),
            ClientText::Named(name) if name == "anonymous" => Known::Anonymous,
            ClientText::Named(name) => panic!("{}: no client is called {name}", self.name),
            ClientText::Rejected { rejected } => {
                let reason =
                    Reason::from_code(rejected).unwrap_or_else(|| panic!("{}: no reason {rejected}", self.name));
                Known::Rejected(Refusal::new(reason))
            }
            ClientText::Valid { not_before, not_after } => {
                let mut identity = fixture::alice();
                identity.not_before = not_before.map_or(identity.not_before, UnixTime);
                identity.not_after = not_after.map_or(identity.not_after, UnixTime);
                Known::Verified(identity.into())
            }
        }
    }

    pub(crate) fn trusted_origins(&self) -> &[String] {
        &self.site.trusted_origins
    }

    pub(crate) fn site(&self) -> Site {
        let routes =
            self.site.routes.as_ref().map_or_else(|| vec![Route::everything()], |r| r.iter().map(route).collect());
        let trusted: Vec<&str> = self.site.trusted_origins.iter().map(String::as_str).collect();
        let mut site = fixture::site(Vec::new(), &trusted);
        site.routes = RouteTable::new(routes).unwrap();
        if let Some(hosts) = &self.site.hosts {
            site.hosts = hosts.iter().map(|host| HostPattern::parse(host).unwrap()).collect();
        }
        if let Some(mode) = &self.site.client {
            site.client = mode.parse::<ClientMode>().unwrap();
        }
        site.cors = self.site.cors.as_ref().map(|text| Cors {
            origins: CorsOrigins::parse(&text.origins.iter().map(String::as_str).collect::<Vec<_>>()).unwrap(),
            methods: text.methods.iter().map(|method| method.as_str().into()).collect(),
            headers: text.headers.iter().map(|header| header.as_str().into()).collect(),
            expose: Vec::new(),
            credentials: true,
            max_age: 600,
            private_network: text.private_network,
        });
        site.api_keys = Arc::new(self.site.api_keys.iter().map(api_key).collect());
        site
    }
}

fn route(text: &RouteText) -> Route {
    let methods = text.methods.as_ref().map(|m| Methods::new(m.iter().map(String::as_str)).unwrap());
    let allow = text.allow.iter().map(names);
    let api_key = text.api_key.as_ref().map(|asked| ApiKeyRule::new(&asked.header, &asked.scope, false).unwrap());
    Route {
        path: text.path.as_str().into(),
        methods,
        audience: text.audience.parse().unwrap(),
        allow: allow.collect(),
        report_only: ReportOnly {
            identity: text.report_only.iter().any(|proof| proof == "identity"),
            intent: text.report_only.iter().any(|proof| proof == "intent"),
        },
        token: text.token.as_deref().map(|token| token.parse().unwrap()).unwrap_or_default(),
        api_key,
        ..Route::everything()
    }
}

fn names(rule: &BTreeMap<String, String>) -> AllowRule {
    rule.iter().fold(AllowRule::default(), |all, (name_type, pattern)| all.and(name_type, pattern).unwrap())
}

fn api_key(entry: &ApiKeyEntry) -> ApiKey {
    let text = ApiKeyText::parse(entry.key.as_bytes()).unwrap();
    let bound = match (&entry.certificate, &entry.identity) {
        (Some(hex), None) => {
            let byte = |n: usize| u8::from_str_radix(hex.get(2 * n..2 * n + 2).unwrap(), 16).unwrap();
            Some(KeyBinding::Certificate(std::array::from_fn(byte)))
        }
        (None, Some(rule)) => Some(KeyBinding::Identity(names(rule))),
        (None, None) => None,
        _ => panic!("{}: bound to one or the other", entry.key),
    };
    ApiKey {
        id: text.id(),
        name: "a test's".into(),
        hash: text.hash(),
        scopes: entry.scopes.iter().map(|scope| scope.as_str().into()).collect(),
        expires: entry.expires.map(UnixTime),
        revoked: entry.revoked,
        bound,
    }
}

impl Request {
    /// The target, split as a server does.
    pub(crate) fn target(&self) -> Target<'_> {
        let absolute = self.target.split_once("://").filter(|_| !self.target.starts_with('/'));
        let (authority, rest) = match absolute {
            Some((_, rest)) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                (Some(authority), path)
            }
            None => (self.authority.as_deref(), self.target.as_str()),
        };
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        Target { authority, path, query, protocol: self.protocol.as_deref() }
    }

    /// Names as they are sent and values as bytes.
    pub(crate) fn raw_fields(&self) -> Vec<(&str, Vec<u8>)> {
        let latin1 = |text: &str| text.chars().map(|c| u8::try_from(c).unwrap()).collect();
        self.headers.iter().map(|(name, value)| (name.as_str(), latin1(value))).collect()
    }

    /// Names in lower case and values as bytes, as a server hands them on.
    pub(crate) fn fields(&self) -> Vec<(String, Vec<u8>)> {
        self.raw_fields().into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
    }
}
