//! Traefik: files in YAML and TOML, labels of containers, and its own kinds in Kubernetes.
//!
//! TLS options, routers and middlewares of all files count together, as Traefik's providers do. Traefik removes the
//! `X-Forwarded-` headers of strangers unless an entry point is insecure.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{
    Confidence,
    proxy::{
        Clients, Does, Entrance, Fault, Host, Kind, Passing, Proxy, Revocation, Rule, Topic, alias_of, faults_of_rules,
        is_identity,
    },
    source::{Source, Span},
    tree::{Data, Node},
};

/// Of rules that routers have, in all: more are none that people write.
const MAX_RULES: usize = 100_000;

/// What is collected, wherever it stands.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    options: Vec<(String, Node)>,
    middlewares: Vec<(String, Node)>,
    routers: Vec<Router>,
    services: Vec<Service>,
    /// Middlewares of entry points: each router may have them.
    everywhere: Vec<String>,
    insecure: Vec<Span>,
    aliases: bool,
}

#[derive(Debug)]
struct Service {
    name: String,
    upstreams: Vec<(String, Span)>,
    replaces_host: bool,
}

#[derive(Debug)]
struct Router {
    span: Span,
    middlewares: Vec<String>,
    service: String,
    upstreams: Vec<(String, Span)>,
}

/// `mtls@file` is `mtls`.
fn local(name: &str) -> String {
    name.split('@').next().unwrap_or(name).to_ascii_lowercase()
}

/// Names with commas between them, or a list of them.
fn names(node: Option<&Node>) -> Vec<String> {
    match node.map(|node| &node.data) {
        Some(Data::Text(text)) => text.split(',').map(|name| local(name.trim())).collect(),
        Some(Data::List(items)) => items.iter().filter_map(Node::text).map(local).collect(),
        _ => Vec::new(),
    }
}

impl Reader {
    /// Takes what a document says; `false` if it is none of Traefik's.
    pub(crate) fn document(&mut self, document: &Node) -> bool {
        let mut ours = false;
        for (name, option) in document.at("tls.options").into_iter().flat_map(Node::entries) {
            self.options.push((local(name.text().unwrap_or_default()), option.clone()));
            ours = true;
        }
        for (name, middleware) in document.at("http.middlewares").into_iter().flat_map(Node::entries) {
            self.middlewares.push((local(name.text().unwrap_or_default()), middleware.clone()));
            ours = true;
        }
        for (name, service) in document.at("http.services").into_iter().flat_map(Node::entries) {
            let servers = service.at("loadBalancer.servers").into_iter().flat_map(Node::items);
            let urls = servers.filter_map(|server| server.get("url"));
            let urls = urls.filter_map(|url| Some((url.text()?.to_owned(), url.span.clone()))).collect();
            let replaces_host = service.at("loadBalancer.passHostHeader").is_some_and(|value| value.is("false"));
            let name = local(name.text().unwrap_or_default());
            self.services.push(Service { name, upstreams: urls, replaces_host });
            ours = true;
        }
        for (name, router) in document.at("http.routers").into_iter().flat_map(Node::entries) {
            let span = router.entry("service").or_else(|| router.entry("rule")).unwrap_or_else(|| name.span.clone());
            // Traefik's own pages are no app.
            if router.get("service").and_then(Node::text).is_some_and(|service| service.ends_with("@internal")) {
                continue;
            }
            let names = names(router.get("middlewares"));
            let service = router.get("service").and_then(Node::text).map(local).unwrap_or_default();
            self.routers.push(Router { span, middlewares: names, service, upstreams: Vec::new() });
            ours = true;
        }
        for (_, point) in document.get("entryPoints").into_iter().flat_map(Node::entries) {
            ours = true;
            self.everywhere.extend(names(point.at("http.middlewares")));
            let trusted = point.at("forwardedHeaders.trustedIPs");
            let all = names(trusted).iter().any(|range| matches!(range.as_str(), "0.0.0.0/0" | "::/0"));
            if all {
                self.insecure.extend(point.get("forwardedHeaders").and_then(|headers| headers.entry("trustedIPs")));
            }
            if point.at("forwardedHeaders.insecure").is_some_and(|value| value.is("true")) {
                self.insecure.extend(point.get("forwardedHeaders").and_then(|headers| headers.entry("insecure")));
            }
            let strategy = ["http.underscoreHeadersStrategy", "http.aliasHeadersStrategy", "underscoreHeadersStrategy"];
            self.aliases |= strategy.iter().any(|path| point.at(path).is_some_and(|value| !value.is("keep")));
        }
        for (_, service) in document.get("services").into_iter().flat_map(Node::entries) {
            ours |= self.labels(service);
        }
        ours
    }

    /// Labels and flags of a container: `traefik.http.routers.app.tls.options=mtls@file`.
    fn labels(&mut self, service: &Node) -> bool {
        let mut tree = Node { data: Data::Map(Vec::new()), span: service.span.clone() };
        let mut any = false;
        let labels = service.get("labels").into_iter().chain(service.at("deploy.labels"));
        for labels in labels {
            for (name, value) in labels.entries() {
                any |= insert(&mut tree, name.text().unwrap_or_default(), "traefik.", value, &name.span);
            }
            for item in labels.items() {
                if let Some((name, value)) = item.text().and_then(|text| text.split_once('=')) {
                    let node = Node { data: Data::Text(value.to_owned()), span: item.span.clone() };
                    any |= insert(&mut tree, name.trim(), "traefik.", &node, &item.span);
                }
            }
        }
        // As a list, or as one text with all of them.
        let command = service.get("command");
        for item in command.into_iter().flat_map(Node::items).chain(command) {
            for word in item.text().unwrap_or_default().split_whitespace() {
                // A flag alone is true.
                let (name, value) = word.split_once('=').unwrap_or((word, "true"));
                let node = Node { data: Data::Text(value.to_owned()), span: item.span.clone() };
                any |= insert(&mut tree, name, "--", &node, &item.span);
            }
        }
        any && self.document(&tree)
    }

    /// One of Traefik's kinds in Kubernetes; `false` if it is none.
    pub(crate) fn resource(&mut self, kind: &str, name: &str, spec: &Node) -> bool {
        match kind {
            "TLSOption" => self.options.push((name.to_ascii_lowercase(), spec.clone())),
            "Middleware" => self.middlewares.push((name.to_ascii_lowercase(), spec.clone())),
            "IngressRoute" => {
                for route in spec.get("routes").into_iter().flat_map(Node::items) {
                    let names = route.get("middlewares").into_iter().flat_map(Node::items);
                    let names = names.filter_map(|one| one.get("name")).filter_map(Node::text).map(local).collect();
                    let span = route.entry("match").unwrap_or_else(|| route.span.clone());
                    self.routers.push(Router {
                        span,
                        middlewares: names,
                        service: String::new(),
                        upstreams: Vec::new(),
                    });
                }
            }
            _ => return false,
        }
        true
    }

    /// All of it, in the words of all proxies.
    pub(crate) fn proxy(self) -> Option<Proxy> {
        if self.options.is_empty() && self.routers.is_empty() && self.insecure.is_empty() {
            return None;
        }
        let mut faults = Vec::new();
        let mut entrances = Vec::new();
        for (_, option) in &self.options {
            entrances.extend(entrance(option));
            faults.extend(old_tls(option));
        }
        for span in &self.insecure {
            let message = "every client is a trusted proxy: X-Forwarded-Proto and its kin are the client's";
            let fault =
                Fault::new(Topic::SchemeFromClient, Confidence::High, message, span.clone(), "trusts everybody");
            faults.push(fault.fix("forwardedHeaders.trustedIPs with the addresses of the proxies before it."));
        }
        let base: Vec<Rule> = [
            "X-Forwarded-Proto",
            "X-Forwarded-Host",
            "X-Forwarded-Tls-Client-Cert",
            "X-Forwarded-Tls-Client-Cert-Info",
        ]
        .into_iter()
        .filter(|_| self.insecure.is_empty())
        .map(|name| Rule { name: name.into(), span: None, does: Does::ByDefault })
        .collect();
        let mut middlewares: HashMap<&str, &Node> = HashMap::new();
        for (name, middleware) in &self.middlewares {
            middlewares.entry(name).or_insert(middleware);
        }
        let services: HashMap<&str, &Service> = self.services.iter().map(|one| (one.name.as_str(), one)).collect();
        let mut left = MAX_RULES;
        let mut passings: Vec<Passing> = Vec::new();
        for router in &self.routers {
            let mut follow =
                Follow { middlewares: &middlewares, seen: HashSet::new(), rules: base.clone(), unread: false };
            for name in router.middlewares.iter().chain(&self.everywhere) {
                follow.follow(name, 0);
            }
            let Follow { rules, unread, .. } = follow;
            let Some(rest) = left.checked_sub(rules.len()) else { break };
            left = rest;
            let service = services.get(router.service.as_str());
            let upstreams = service.map(|service| service.upstreams.clone()).unwrap_or_default();
            let host =
                rules.iter().any(|rule| rule.name.eq_ignore_ascii_case("host") && matches!(rule.does, Does::Sets(_)))
                    || service.is_some_and(|service| service.replaces_host);
            passings.push(Passing {
                span: router.span.clone(),
                what: "router",
                http: true,
                rules,
                handles_all: unread,
                host: if host { Host::Replaced } else { Host::Passed },
                upstreams: router.upstreams.iter().cloned().chain(upstreams).collect(),
            });
        }
        faults.extend(self.alias_fault(&passings));
        Some(Proxy { kind: Kind::Traefik, entrances, passings, faults, looks_at_origin: false })
    }

    fn alias_fault(&self, passings: &[Passing]) -> Option<Fault> {
        if self.aliases {
            return None;
        }
        let rule = passings.iter().find_map(|passing| passing.sets(is_identity))?;
        let fix = "In the entry point: http.aliasHeadersStrategy: delete (before 3.7.12, and for underscores alone: http.underscoreHeadersStrategy).";
        alias_of(rule, fix)
    }
}

/// What the middlewares of a router do to headers.
struct Follow<'a> {
    middlewares: &'a HashMap<&'a str, &'a Node>,
    seen: HashSet<String>,
    rules: Vec<Rule>,
    /// One of them is not followed.
    unread: bool,
}

impl Follow<'_> {
    fn follow(&mut self, name: &str, depth: usize) {
        if !self.seen.insert(name.to_owned()) {
            return;
        }
        let Some(middleware) = self.middlewares.get(name).copied().filter(|_| depth <= 4) else {
            self.unread = true;
            return;
        };
        for (name, value) in middleware.at("headers.customRequestHeaders").into_iter().flat_map(Node::entries) {
            let text = value.text().unwrap_or_default();
            let does = if text.is_empty() { Does::Removes } else { Does::Sets(text.to_owned()) };
            let span = Some(name.span.until(&value.span));
            self.rules.push(Rule { name: name.text().unwrap_or_default().to_owned(), span, does });
        }
        if let Some(pass) = middleware.get("passTLSClientCert") {
            for (key, header) in [("pem", "X-Forwarded-Tls-Client-Cert"), ("info", "X-Forwarded-Tls-Client-Cert-Info")]
            {
                if pass.get(key).is_some() {
                    let does = Does::Sets(String::new());
                    self.rules.push(Rule { name: header.into(), span: pass.entry(key), does });
                }
            }
        }
        for auth in ["basicAuth", "digestAuth"] {
            let field = middleware.get(auth).and_then(|auth| auth.get("headerField"));
            let name = field.and_then(Node::text).map(ToOwned::to_owned);
            self.rules.extend(name.map(|name| Rule { name, span: None, does: Does::ByDefault }));
        }
        self.unread |= middleware.get("forwardAuth").is_some() || middleware.get("plugin").is_some();
        let chain = middleware.at("chain.middlewares");
        let chained = chain.into_iter().flat_map(Node::items);
        let named = chained.filter_map(|one| one.get("name")).filter_map(Node::text).map(local);
        for name in named.chain(names(chain)).collect::<Vec<_>>() {
            self.follow(&name, depth + 1);
        }
    }
}

fn insert(tree: &mut Node, name: &str, prefix: &str, value: &Node, span: &Span) -> bool {
    let Some(path) = name
        .get(..prefix.len())
        .filter(|start| start.eq_ignore_ascii_case(prefix))
        .and_then(|_| name.get(prefix.len()..))
    else {
        return false;
    };
    let mut at = tree;
    let parts: Vec<&str> = path.split('.').collect();
    if parts.len() > 12 {
        return false;
    }
    for (depth, part) in parts.iter().enumerate() {
        // `tls=true` and `tls.options=x` stand beside each other.
        if matches!(&at.data, Data::Text(_)) {
            at.data = Data::Map(Vec::new());
        }
        let Data::Map(entries) = &mut at.data else { return false };
        // Searched from its start each time: more labels are none that people write.
        if entries.len() > 1000 {
            return false;
        }
        let position = entries.iter().position(|(key, _)| key.is(part)).unwrap_or_else(|| {
            let key = Node { data: Data::Text((*part).to_owned()), span: span.clone() };
            let node = Node { data: Data::Map(Vec::new()), span: span.clone() };
            entries.push((key, node));
            entries.len() - 1
        });
        let Some((_, next)) = entries.get_mut(position) else { return false };
        if depth + 1 == parts.len() {
            if next.entries().is_empty() {
                *next = value.clone();
            }
            return true;
        }
        at = next;
    }
    false
}

fn entrance(option: &Node) -> Option<Entrance> {
    let auth = option.get("clientAuth")?;
    let mode = auth.get("clientAuthType").and_then(Node::text);
    let verifies = auth.get("caFiles").or_else(|| auth.get("secretNames")).is_some();
    let mode = mode.unwrap_or(if verifies { "RequireAndVerifyClientCert" } else { "NoClientCert" });
    let clients = match mode {
        "RequireAndVerifyClientCert" => Clients::Required,
        "VerifyClientCertIfGiven" => Clients::Optional,
        "RequireAnyClientCert" | "RequestClientCert" => Clients::Unverified,
        _ => return None,
    };
    let revocation = if clients == Clients::Unverified { Revocation::Unknown } else { Revocation::Impossible };
    let span = auth.entry("clientAuthType").or_else(|| option.entry("clientAuth"))?;
    Some(Entrance {
        span,
        says: format!("clientAuthType {mode}"),
        clients,
        looked_at: false,
        refuses: false,
        revocation,
    })
}

fn old_tls(option: &Node) -> Option<Fault> {
    let least = option.get("minVersion")?.text()?;
    if !matches!(least, "VersionTLS10" | "VersionTLS11") {
        return None;
    }
    let message = format!("minVersion is {least}");
    let fault =
        Fault::new(Topic::OldTls, Confidence::High, message, option.entry("minVersion")?, "withdrawn by RFC 8996");
    Some(fault.fix("minVersion: VersionTLS12").replacing(least, "VersionTLS12"))
}

/// The faults of rules, once everything is collected.
pub(crate) fn finish(reader: Reader) -> Option<Proxy> {
    let mut proxy = reader.proxy()?;
    let more = faults_of_rules(&proxy.passings, |_| false);
    proxy.faults.extend(more);
    Some(proxy)
}

/// Whether a file is worth parsing.
pub(crate) fn looks_like(source: &Arc<Source>) -> bool {
    let text = &source.text;
    ["clientAuth", "middlewares", "entryPoints", "routers", "traefik."].iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> Option<Proxy> {
        let mut reader = Reader::default();
        for text in texts {
            let source = Arc::new(Source::new("x.yaml".into(), (*text).into()));
            for document in crate::tree::yaml(&source).unwrap() {
                reader.document(&document);
            }
        }
        finish(reader)
    }

    const STRIP: &str = "http: {middlewares: {strip: {headers: {customRequestHeaders: {X-Client-DN: ''}}}, all: {chain: {middlewares: [strip@file, all]}}}}";

    #[test]
    fn middlewares_of_entry_points_and_chains_count() {
        let point = "entryPoints: {https: {address: ':443', http: {middlewares: [all@file]}}}";
        let router = "http: {routers: {a: {rule: x, service: b}}}";
        assert!(read(&[point, router, STRIP]).unwrap().passings[0].handles("X-Client-DN"));
        assert!(!read(&[router, STRIP]).unwrap().passings[0].handles("X-Client-DN"));
        let flags = "services: {t: {command: --entrypoints.https.http.middlewares=strip@file --api}}";
        assert!(read(&[flags, router, STRIP]).unwrap().passings[0].handles("X-Client-DN"));
    }

    #[test]
    fn pages_of_traefik_itself_are_no_app() {
        let labels =
            "services: {t: {labels: [traefik.http.routers.d.service=api@internal, traefik.http.routers.d.rule=x]}}";
        assert!(read(&[labels]).is_none());
        assert!(read(&["tcp: {routers: {a: {rule: HostSNI(`*`), service: b}}}"]).is_none());
        assert!(read(&["services: {web: {image: x, labels: [a=b], command: [--workers=2, --bind]}}"]).is_none());
    }

    #[test]
    fn everybody_is_trusted_in_several_ways() {
        for text in [
            "entryPoints: {web: {forwardedHeaders: {insecure: true}}}",
            "entryPoints: {web: {forwardedHeaders: {trustedIPs: [0.0.0.0/0]}}}",
            "services: {t: {command: [--entrypoints.web.forwardedHeaders.insecure]}}",
            "services: {t: {command: ['--entrypoints.web.forwardedHeaders.trustedIPs=10.0.0.0/8,::/0']}}",
        ] {
            assert_eq!(read(&[text]).unwrap().faults.len(), 1, "{text}");
        }
    }

    #[test]
    fn a_service_may_replace_the_host() {
        let text = "http: {routers: {a: {rule: x, service: b}}, services: {b: {loadBalancer: {passHostHeader: false, servers: [{url: 'http://x'}]}}}}";
        assert_eq!(read(&[text]).unwrap().passings[0].host, Host::Replaced);
    }

    #[test]
    fn chains_of_chains_end() {
        let names: Vec<String> = (0..100).map(|at| format!("m{at}")).collect();
        let all = names.join(", ");
        let chains: Vec<String> =
            names.iter().map(|name| format!("{name}: {{chain: {{middlewares: [{all}]}}}}")).collect();
        let text =
            format!("http: {{routers: {{a: {{rule: x, middlewares: [m0]}}}}, middlewares: {{{}}}}}", chains.join(", "));
        assert_eq!(read(&[&text]).unwrap().passings.len(), 1);
    }
}
