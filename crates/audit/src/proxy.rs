//! What a proxy does, in the words that all of them share.
//!
//! A reader (`nginx`, `haproxy`, `apache`, `envoy`, `caddy`, `traefik`, `kubernetes`) turns a configuration into this;
//! checks ask it, so that a check means the same for each proxy. What a reader does not follow counts as handled:
//! what is found is found in what was read.

use std::{collections::HashSet, sync::Arc};

use crate::{Confidence, source::Span};

/// Whose configuration it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Nginx,
    HaProxy,
    Apache,
    Envoy,
    Caddy,
    Traefik,
    /// Ingress, Gateway API, Istio and the controllers' own kinds.
    Kubernetes,
}

impl Kind {
    /// All of them.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 7] =
        [Self::Nginx, Self::HaProxy, Self::Apache, Self::Envoy, Self::Caddy, Self::Traefik, Self::Kubernetes];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::HaProxy => "HAProxy",
            Self::Apache => "Apache",
            Self::Envoy => "Envoy",
            Self::Caddy => "Caddy",
            Self::Traefik => "Traefik",
            Self::Kubernetes => "Kubernetes",
        }
    }
}

/// One configuration.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    pub(crate) kind: Kind,
    /// Where clients are asked for certificates.
    pub(crate) entrances: Vec<Entrance>,
    /// Where requests are passed to the app.
    pub(crate) passings: Vec<Passing>,
    /// What its reader knows to be wrong.
    pub(crate) faults: Vec<Fault>,
    /// Something looks at `Origin` or `Sec-Fetch-Site`.
    pub(crate) looks_at_origin: bool,
}

/// What becomes of clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clients {
    /// Who has no certificate that verifies is refused.
    Required,
    /// Who has none is let in; one that does not verify is refused, or told.
    Optional,
    /// Whatever certificate a client has is taken; it is not verified.
    Unverified,
}

/// Whether revoked certificates are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revocation {
    LookedAt,
    NotLookedAt,
    /// The proxy has no way to.
    Impossible,
    /// It stands elsewhere.
    Unknown,
}

/// A place that asks clients for certificates.
#[derive(Clone, Debug)]
pub(crate) struct Entrance {
    pub(crate) span: Span,
    /// What is written there, short.
    pub(crate) says: String,
    pub(crate) clients: Clients,
    /// A rule refuses by the result of the verification, or tells the app.
    pub(crate) looked_at: bool,
    /// A rule refuses by it.
    pub(crate) refuses: bool,
    pub(crate) revocation: Revocation,
}

/// What an app hears as `Host`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Passed,
    /// Another name than the client's.
    Replaced,
    Unknown,
}

/// A place that passes requests to an app.
#[derive(Clone, Debug)]
pub(crate) struct Passing {
    pub(crate) span: Span,
    /// "location", "route": the place's word.
    pub(crate) what: &'static str,
    /// HTTP, and not a protocol that names the variables (uwsgi, FastCGI, `mod_wsgi`).
    pub(crate) http: bool,
    /// The rules on request headers that count here.
    pub(crate) rules: Vec<Rule>,
    /// A rule that is not followed may handle any header.
    pub(crate) handles_all: bool,
    pub(crate) host: Host,
    /// Where the app listens, as it is written.
    pub(crate) upstreams: Vec<(String, Span)>,
}

/// What becomes of a request header.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) span: Option<Span>,
    pub(crate) does: Does,
}

/// To the client's own copy, that is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Does {
    /// Replaced by this.
    Sets(String),
    /// Kept, with another beside it.
    Adds,
    Removes,
    /// The proxy does so unless told otherwise.
    ByDefault,
}

impl Passing {
    /// Whether the client's own copy of a header cannot get past this place.
    pub(crate) fn handles(&self, name: &str) -> bool {
        self.handles_all
            || self.rules.iter().any(|rule| rule.does != Does::Adds && covers(&fold(&rule.name), &fold(name)))
    }

    /// A proxy that sets this header here.
    pub(crate) fn sets(&self, wanted: impl Fn(&str) -> bool) -> Option<&Rule> {
        let sets = |rule: &&Rule| matches!(rule.does, Does::Sets(_) | Does::Adds) && wanted(&fold(&rule.name));
        self.rules.iter().find(sets)
    }
}

/// Which of a proxy's places lead to the app that trusts a header: a proxy often serves others beside it.
#[derive(Debug)]
pub(crate) struct Apps<'a> {
    handled: HashSet<&'a str>,
    one: bool,
}

impl<'a> Apps<'a> {
    pub(crate) fn of(proxy: &'a Proxy, name: &str) -> Self {
        let leads: HashSet<Option<&str>> = proxy.passings.iter().map(Passing::leads_to).collect();
        let one = proxy.passings.len() == 1 || leads.len() == 1 && !leads.contains(&None);
        let handled = proxy.passings.iter().filter(|passing| passing.handles(name)).filter_map(Passing::leads_to);
        Self { handled: handled.collect(), one }
    }

    /// Sure where all places lead to one app, or where another place that leads there handles the header.
    pub(crate) fn confidence(&self, passing: &Passing) -> Confidence {
        let sure = self.one || passing.leads_to().is_some_and(|app| self.handled.contains(app));
        if sure { Confidence::High } else { Confidence::Medium }
    }
}

impl Passing {
    /// The first address of the app, without scheme and path.
    fn leads_to(&self) -> Option<&str> {
        let (to, _) = self.upstreams.first()?;
        let rest = to.split_once("://").map_or(to.as_str(), |(_, rest)| rest);
        // A socket's name is a path.
        if rest.starts_with("unix:") { Some(rest) } else { rest.split('/').next() }
    }
}

/// `X-SSL-*` covers what begins like it.
pub(crate) fn covers(rule: &str, name: &str) -> bool {
    match (rule.strip_suffix('*'), rule.strip_prefix('*')) {
        (Some(start), _) => name.starts_with(start),
        (_, Some(end)) => name.ends_with(end),
        _ => rule == name,
    }
}

/// As CGI and WSGI compare names.
pub(crate) fn fold(name: &str) -> String {
    let upper = name.to_ascii_uppercase().replace('-', "_");
    upper.strip_prefix("HTTP_").unwrap_or(&upper).to_owned()
}

/// As people write it.
pub(crate) fn dashed(folded: &str) -> String {
    folded.replace('_', "-")
}

/// What a reader can know to be wrong: the check that tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    OldTls,
    HeaderAliases,
    SchemeFromClient,
    IdentityFromClient,
    PathAlias,
    CsrfFilter,
    SharedSessions,
}

/// One such thing.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) topic: Topic,
    pub(crate) confidence: Confidence,
    pub(crate) message: String,
    pub(crate) span: Span,
    pub(crate) label: String,
    pub(crate) related: Vec<(Span, String)>,
    /// Hardening only, no attack by itself.
    pub(crate) minor: bool,
    /// What to write instead, if the check's own advice does not say.
    pub(crate) fix: Option<String>,
    /// What to write in place of the span, if nobody can miss what stands there.
    pub(crate) edit: Option<String>,
}

impl Fault {
    pub(crate) fn new(
        topic: Topic,
        confidence: Confidence,
        message: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) -> Self {
        let (message, label) = (message.into(), label.into());
        Self { topic, confidence, message, span, label, related: Vec::new(), minor: false, fix: None, edit: None }
    }

    pub(crate) fn minor(mut self) -> Self {
        self.minor = true;
        self
    }

    pub(crate) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    pub(crate) fn edit(mut self, text: impl Into<String>) -> Self {
        self.edit = Some(text.into());
        self
    }

    /// Replaces a word of what stands there.
    pub(crate) fn replacing(self, word: &str, by: &str) -> Self {
        let text = self.span.text();
        let edited = text.contains(word).then(|| text.replacen(word, by, 1));
        Self { edit: edited, ..self }
    }

    pub(crate) fn with(mut self, span: &Span, label: &str) -> Self {
        self.related.push((span.clone(), label.into()));
        self
    }
}

/// Names of headers in which proxies put a client's certificate, folded.
const CERTIFICATE: &[&str] = &[
    "SSL_CLIENT",
    "CLIENT_CERT",
    "CLIENT_VERIFY",
    "CLIENT_S_DN",
    "CLIENT_DN",
    "CLIENT_SUBJECT",
    "AMZN_MTLS",
    "TLS_CLIENT",
    "SSL_CERT",
    "CLIENT_CN",
];

/// Whether a header, folded, names a client by its certificate.
pub(crate) fn is_certificate(folded: &str) -> bool {
    CERTIFICATE.iter().any(|part| folded.contains(part))
}

/// Whether a header, folded, names who is signed in.
pub(crate) fn is_user(folded: &str) -> bool {
    matches!(
        folded,
        "REMOTE_USER"
            | "X_REMOTE_USER"
            | "X_FORWARDED_USER"
            | "X_AUTH_REQUEST_USER"
            | "X_AUTH_REQUEST_EMAIL"
            | "X_AUTHENTICATED_USER"
            | "X_WEBAUTH_USER"
    )
}

/// Whether a header, folded, says under which origin a site is served.
pub(crate) fn is_origin(folded: &str) -> bool {
    matches!(folded, "X_FORWARDED_PROTO" | "X_FORWARDED_SCHEME" | "X_SCHEME" | "X_FORWARDED_SSL" | "X_FORWARDED_HOST")
}

/// A proxy that passes names with underscores sets this one: its alias is the client's.
pub(crate) fn alias_of(rule: &Rule, fix: &str) -> Option<Fault> {
    let name = dashed(&fold(&rule.name));
    let message = format!("{} passes beside {name}: one variable to WSGI", name.replace('-', "_"));
    let span = rule.span.clone()?;
    let fault = Fault::new(Topic::HeaderAliases, Confidence::Medium, message, span, "its alias is the client's");
    Some(fault.minor().fix(fix))
}

/// Whether a header, folded, says who somebody is.
pub(crate) fn is_identity(folded: &str) -> bool {
    is_certificate(folded) || is_user(folded)
}

/// Faults that can be seen in rules alone, whatever the proxy: a header that is set to what the client sent, or
/// added beside it.
pub(crate) fn faults_of_rules(passings: &[Passing], client: impl Fn(&str) -> bool) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    // Rules are inherited: one place, one fault.
    let mut seen = HashSet::new();
    for (passing, rule) in passings.iter().flat_map(|passing| passing.rules.iter().map(move |rule| (passing, rule))) {
        let Some(span) = &rule.span else { continue };
        if !seen.insert((Arc::as_ptr(&span.source), span.range.start, &rule.name, &rule.does)) {
            continue;
        }
        let name = fold(&rule.name);
        // Removed first and then added is set.
        let removed = |other: &Rule| other.does == Does::Removes && covers(&fold(&other.name), &name);
        let who = is_identity(&name);
        let fault = match &rule.does {
            Does::Sets(value) if client(&value.to_ascii_lowercase()) && is_origin(&name) => Fault::new(
                Topic::SchemeFromClient,
                Confidence::Medium,
                format!("{} is set to what the client sent", rule.name),
                span.clone(),
                "the client's own word",
            ),
            Does::Sets(value) if client(&value.to_ascii_lowercase()) && who => Fault::new(
                Topic::IdentityFromClient,
                Confidence::High,
                format!("{} is set to what the client sent", rule.name),
                span.clone(),
                "the client's own word",
            ),
            Does::Adds if who && !passing.rules.iter().any(removed) => {
                let fault = Fault::new(
                    Topic::IdentityFromClient,
                    Confidence::High,
                    format!("{} is added beside what the client sent", rule.name),
                    span.clone(),
                    "the client's own copy stays",
                );
                let plus = format!("+{}", rule.name);
                let words =
                    [("add-header ", "set-header "), (" append ", " set "), (" add ", " set "), (" merge ", " set ")];
                let text = span.text();
                match words.into_iter().find(|(word, _)| text.contains(word)) {
                    Some((word, by)) if text.starts_with("http-request") || text.starts_with("RequestHeader") => {
                        fault.replacing(word, by)
                    }
                    _ => fault.replacing(&plus, &rule.name),
                }
            }
            _ => continue,
        };
        faults.push(fault);
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_cover_names_in_any_spelling() {
        let rule = |name: &str, does| Rule { name: name.into(), span: None, does };
        let passing = Passing {
            span: Span::new(&std::sync::Arc::new(crate::source::Source::new("x".into(), String::new())), 0..0),
            what: "route",
            http: true,
            rules: vec![
                rule("X-SSL-*", Does::Removes),
                rule("Remote-User", Does::Sets("x".into())),
                rule("X-Client-DN", Does::Adds),
            ],
            handles_all: false,
            host: Host::Passed,
            upstreams: Vec::new(),
        };
        assert!(passing.handles("HTTP_X_SSL_CLIENT_VERIFY") && passing.handles("REMOTE_USER"));
        assert!(!passing.handles("X-Client-DN") && !passing.handles("X-Other"));
    }

    #[test]
    fn another_app_is_less_sure() {
        let source = std::sync::Arc::new(crate::source::Source::new("nginx.conf".into(), "server { location / { proxy_set_header A b; proxy_pass http://app; } location /b { proxy_pass http://app/b; } location /c { proxy_pass http://grafana; } }".into()));
        let proxy = crate::nginx::proxy(&crate::directive::parse(&source).unwrap());
        let apps = Apps::of(&proxy, "A");
        let sure: Vec<Confidence> = proxy.passings.iter().map(|passing| apps.confidence(passing)).collect();
        assert_eq!(sure, [Confidence::High, Confidence::High, Confidence::Medium]);
    }

    #[test]
    fn each_has_a_name() {
        let names: std::collections::HashSet<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
    }
}
