//! Kubernetes' manifests: Ingress with its annotations, the Gateway API, Envoy Gateway, Istio; Traefik's own kinds go
//! to its reader.
//!
//! Read as they are applied: a chart is rendered first (`helm template`). What a controller is told elsewhere (its
//! ConfigMap, its flags) is not seen, so what is found here has medium confidence where that could matter.

use std::collections::HashMap;

use crate::{
    Confidence,
    directive::{self, every},
    nginx,
    proxy::{Clients, Does, Entrance, Fault, Host, Kind, Passing, Proxy, Revocation, Rule, Topic, faults_of_rules},
    source::Source,
    traefik,
    tree::Node,
};

/// Of rules that places have, in all: more are none that people write.
const MAX_RULES: usize = 100_000;

/// All documents together; what belongs to Traefik goes to its reader.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    entrances: Vec<Entrance>,
    passings: Vec<Passing>,
    faults: Vec<Fault>,
    looks_at_origin: bool,
    secrets: Vec<(String, bool)>,
    /// Entrances whose CRL would stand in a secret.
    by_secret: Vec<(usize, String)>,
    /// Rules that are not followed may ask for the result, or for the origin.
    looks_elsewhere: bool,
    /// Filters that are not followed may handle any header.
    handles_elsewhere: bool,
    /// Each Ingress: its name, what its parts do to headers, and its passing.
    ingresses: Vec<Ingress>,
}

/// One Ingress, or a patch of it.
#[derive(Debug)]
struct Ingress {
    name: String,
    rules: Vec<Rule>,
    unread: bool,
    passing: Option<usize>,
}

impl Reader {
    /// Takes a document; `false` if it is no manifest that passes requests on.
    pub(crate) fn document(&mut self, document: &Node, traefik: &mut traefik::Reader) -> bool {
        let Some(kind) = document.get("kind").and_then(Node::text) else { return false };
        let group = document.get("apiVersion").and_then(Node::text).unwrap_or_default();
        if kind == "List" {
            let mut ours = false;
            for item in document.get("items").into_iter().flat_map(Node::items) {
                ours |= self.document(item, traefik);
            }
            return ours;
        }
        let name = document.at("metadata.name").and_then(Node::text).unwrap_or_default();
        let Some(spec) = document.get("spec").or(Some(document)) else { return false };
        match (kind, group.split('/').next().unwrap_or_default()) {
            ("Ingress", "networking.k8s.io" | "extensions") => self.ingress(document, spec, name),
            ("Gateway", "gateway.networking.k8s.io") => self.gateway(spec),
            ("HTTPRoute" | "GRPCRoute", "gateway.networking.k8s.io") => self.route(spec),
            ("ClientTrafficPolicy", "gateway.envoyproxy.io") => self.client_traffic(spec),
            ("Gateway", "networking.istio.io") => self.istio(spec),
            ("VirtualService", "networking.istio.io") => self.virtual_service(spec),
            ("AuthorizationPolicy", _) => {
                self.looks_elsewhere = true;
                return false;
            }
            ("EnvoyFilter" | "EnvoyPatchPolicy" | "EnvoyExtensionPolicy" | "WasmPlugin" | "SecurityPolicy", _)
            | ("RequestAuthentication" | "HTTPRouteFilter" | "TrafficPolicy" | "SnippetsFilter", _) => {
                (self.looks_elsewhere, self.handles_elsewhere) = (true, true);
                return false;
            }
            ("Secret", _) => {
                let keys = document.get("data").into_iter().chain(document.get("stringData")).flat_map(Node::entries);
                self.secrets.push((name.to_owned(), keys.into_iter().any(|(key, _)| key.is("ca.crl"))));
                return false;
            }
            (_, group) if group.starts_with("traefik.") => return traefik.resource(kind, name, spec),
            _ => return false,
        }
        true
    }

    /// All of it, in the words of all proxies.
    pub(crate) fn proxy(mut self) -> Option<Proxy> {
        for (at, secret) in &self.by_secret {
            let own = secret.rsplit('/').next().unwrap_or(secret);
            if let Some((_, crl)) = self.secrets.iter().find(|(name, _)| name == own)
                && let Some(entrance) = self.entrances.get_mut(*at)
            {
                entrance.revocation = if *crl { Revocation::LookedAt } else { Revocation::NotLookedAt };
            }
        }
        if self.passings.is_empty() && self.entrances.is_empty() {
            return None;
        }
        if self.looks_elsewhere {
            for entrance in &mut self.entrances {
                (entrance.looked_at, entrance.refuses) = (true, true);
            }
        }
        // A patch has the name of what it patches.
        let mut rest = MAX_RULES;
        let mut parts: HashMap<String, Vec<&Ingress>> = HashMap::new();
        for part in &self.ingresses {
            parts.entry(part.name.clone()).or_default().push(part);
        }
        for part in &self.ingresses {
            let Some(passing) = part.passing.and_then(|at| self.passings.get_mut(at)) else { continue };
            for other in parts.get(&part.name).into_iter().flatten() {
                passing.handles_all |= other.unread;
                let Some(left) = rest.checked_sub(other.rules.len()) else { break };
                rest = left;
                passing.rules.extend(other.rules.iter().cloned());
            }
        }
        for passing in &mut self.passings {
            passing.handles_all |= self.handles_elsewhere;
        }
        let more = faults_of_rules(&self.passings, |value| value.contains("$http_x_") || value.contains("%req(x-"));
        self.faults.extend(more);
        let Self { entrances, passings, faults, looks_at_origin, .. } = self;
        Some(Proxy { kind: Kind::Kubernetes, entrances, passings, faults, looks_at_origin })
    }

    fn ingress(&mut self, document: &Node, spec: &Node, ingress: &str) {
        let annotations = document.at("metadata.annotations");
        let find = |end: &str| {
            let entries = annotations.into_iter().flat_map(Node::entries);
            let found = entries.into_iter().find(|(key, _)| key.text().is_some_and(|key| key.ends_with(end)));
            found.map(|(key, value)| (key.span.until(&value.span), value.text().unwrap_or_default().to_owned()))
        };
        let mut rules = Vec::new();
        let mut unread = false;
        // The controllers write these themselves.
        for name in ["X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Scheme", "X-Scheme", "X-Real-IP"] {
            rules.push(Rule { name: name.into(), span: None, does: Does::ByDefault });
        }
        let secret = find("/auth-tls-secret");
        let mode = find("/auth-tls-verify-client");
        let off = mode.as_ref().is_some_and(|(_, mode)| mode == "off");
        if let Some((span, name)) = secret.as_ref().filter(|_| !off) {
            let word = mode.as_ref().map_or("on", |(_, mode)| mode.as_str());
            let clients = match word {
                "optional" => Clients::Optional,
                "optional_no_ca" => Clients::Unverified,
                _ => Clients::Required,
            };
            let span = mode.as_ref().map_or(span, |(span, _)| span).clone();
            self.by_secret.push((self.entrances.len(), name.clone()));
            // The controller passes ssl-client-verify on, so an app can look.
            let says = format!("auth-tls-verify-client {word}");
            let revocation = Revocation::Unknown;
            self.entrances.push(Entrance { span, says, clients, looked_at: true, refuses: false, revocation });
            // The controller that is made of HAProxy has names of its own.
            let haproxy = secret.as_ref().is_some_and(|(span, _)| !span.text().contains("nginx.ingress"));
            let by_default = |name: &str| Rule { name: name.into(), span: None, does: Does::ByDefault };
            rules.extend(haproxy.then(|| by_default("X-SSL-Client-*")));
            for name in ["ssl-client-verify", "ssl-client-subject-dn", "ssl-client-issuer-dn"] {
                rules.push(Rule { name: name.into(), span: None, does: Does::ByDefault });
            }
            if let Some((span, _)) = find("/auth-tls-pass-certificate-to-upstream").filter(|(_, value)| value == "true")
            {
                rules.push(Rule { name: "ssl-client-cert".into(), span: Some(span), does: Does::Sets(String::new()) });
            }
        }
        // What a service that signs in answers is written over the client's own.
        if let Some((span, names)) = find("/auth-response-headers") {
            for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                rules.push(Rule { name: name.into(), span: Some(span.clone()), does: Does::ByDefault });
            }
        }
        for (key, value) in annotations.into_iter().flat_map(Node::entries) {
            let (Some(key), Some(text)) = (key.text(), value.text()) else { continue };
            // Controllers whose rules stand elsewhere, or are not followed.
            const UNREAD: [&str; 8] = [
                "router.middlewares",
                "konghq.com/plugins",
                "config-backend",
                "backend-config-snippet",
                "frontend-config-snippet",
                "request-set-header",
                "/headers",
                "http-request",
            ];
            unread |= UNREAD.iter().any(|part| key.contains(part)) && !text.is_empty();
        }
        let snippets = [
            "/configuration-snippet",
            "/server-snippet",
            "/location-snippet",
            "/server-snippets",
            "/location-snippets",
        ];
        for end in snippets {
            let Some((span, text)) = find(end) else { continue };
            let snippet = std::sync::Arc::new(Source::new(span.source.path.clone(), text));
            let Some(tree) = directive::parse(&snippet) else {
                unread = true;
                continue;
            };
            for directive in every(&tree) {
                // A location has headers of its own, so it inherits none of the server's.
                if directive.name() == "proxy_set_header" && !end.contains("server") {
                    let value = directive.argument(2).to_owned();
                    let does = if value.is_empty() { Does::Removes } else { Does::Sets(value) };
                    rules.push(Rule { name: directive.argument(1).to_owned(), span: Some(span.clone()), does });
                }
                unread |= directive.name() == "include" || directive.name().contains("_by_lua");
                rules.extend(nginx::more(directive).into_iter().map(|rule| Rule { span: Some(span.clone()), ..rule }));
                let words = || directive.words.iter().map(|word| word.text.as_str());
                self.looks_at_origin |= directive.name() == "if"
                    && words().any(|word| word.contains("$http_origin") || word.contains("sec_fetch_site"));
                if directive.name() == "if" && words().any(|word| word.contains("ssl_client_verify")) {
                    for entrance in &mut self.entrances {
                        (entrance.looked_at, entrance.refuses) = (true, true);
                    }
                }
            }
        }
        let host = if find("/upstream-vhost").is_some() { Host::Replaced } else { Host::Passed };
        let mut passing = None;
        // A patch without rules leads nowhere by itself.
        if let Some(span) =
            spec.entry("rules").or_else(|| spec.entry("defaultBackend")).or_else(|| spec.entry("backend"))
        {
            passing = Some(self.passings.len());
            let upstreams = Vec::new();
            self.passings.push(Passing {
                span,
                what: "Ingress",
                http: true,
                rules: Vec::new(),
                handles_all: unread,
                host,
                upstreams,
            });
        }
        self.ingresses.push(Ingress { name: ingress.to_owned(), rules, unread, passing });
    }

    fn gateway(&mut self, spec: &Node) {
        let listeners = spec.get("listeners").into_iter().flat_map(Node::items);
        let old = listeners.filter_map(|listener| listener.at("tls.frontendValidation"));
        let default = spec.at("tls.frontend.default.validation");
        let ports = spec.at("tls.frontend.perPort").into_iter().flat_map(Node::items);
        let ports = ports.filter_map(|port| port.at("tls.validation"));
        for validation in old.chain(default).chain(ports) {
            let mode = validation.get("mode").and_then(Node::text).unwrap_or("AllowValidOnly");
            let clients = if mode == "AllowInsecureFallback" { Clients::Unverified } else { Clients::Required };
            let span = validation.entry("mode").or_else(|| validation.entry("caCertificateRefs"));
            let span = span.unwrap_or_else(|| validation.span.clone());
            let (says, revocation) = (format!("frontend validation {mode}"), Revocation::Unknown);
            self.entrances.push(Entrance { span, says, clients, looked_at: false, refuses: false, revocation });
        }
    }

    fn route(&mut self, spec: &Node) {
        for rule in spec.get("rules").into_iter().flat_map(Node::items) {
            let mut rules = vec![Rule { name: "X-Forwarded-Proto".into(), span: None, does: Does::ByDefault }];
            let mut host = Host::Passed;
            let mut unread = false;
            let backends = rule.get("backendRefs").into_iter().flat_map(Node::items);
            let filters = backends.filter_map(|backend| backend.get("filters")).chain(rule.get("filters"));
            for filter in filters.flat_map(Node::items) {
                unread |= filter.get("extensionRef").is_some();
                if filter.at("urlRewrite.hostname").is_some() {
                    host = Host::Replaced;
                }
                if let Some(modifier) = filter.get("requestHeaderModifier") {
                    rules.extend(modified(modifier));
                }
            }
            let Some(span) = rule.entry("backendRefs") else { continue };
            let upstreams = Vec::new();
            self.passings.push(Passing {
                span,
                what: "route",
                http: true,
                rules,
                handles_all: unread,
                host,
                upstreams,
            });
        }
    }

    /// Envoy Gateway's policy about clients.
    fn client_traffic(&mut self, spec: &Node) {
        let tls = spec.get("tls");
        if let Some(validation) = tls.and_then(|tls| tls.get("clientValidation")) {
            let optional = validation.get("optional").is_some_and(|value| value.is("true"));
            let key = if optional { "optional" } else { "caCertificateRefs" };
            let span = validation.entry(key).unwrap_or_else(|| validation.span.clone());
            let (clients, says) = if optional {
                (Clients::Optional, "clientValidation.optional: true")
            } else {
                (Clients::Required, "clientValidation")
            };
            let revocation =
                if validation.get("crl").is_some() { Revocation::LookedAt } else { Revocation::NotLookedAt };
            self.entrances.push(Entrance {
                span,
                says: says.into(),
                clients,
                looked_at: false,
                refuses: false,
                revocation,
            });
        }
        if let Some(tls) = tls
            && let Some(least) = tls.get("minVersion").and_then(Node::text)
            && matches!(least, "1.0" | "1.1")
            && let Some(span) = tls.entry("minVersion")
        {
            let message = format!("minVersion is {least}");
            let fault = Fault::new(Topic::OldTls, Confidence::High, message, span, "withdrawn by RFC 8996");
            self.faults.push(fault.fix("minVersion: \"1.2\"").replacing(least, "1.2"));
        }
        let headers = spec.get("headers");
        if let Some(xfcc) = headers.and_then(|headers| headers.get("xForwardedClientCert"))
            && let Some(mode) = xfcc.get("mode").and_then(Node::text)
            && matches!(mode, "Forward" | "AppendForward" | "AlwaysForwardOnly")
            && let Some(span) = xfcc.entry("mode")
        {
            let message = format!("X-Forwarded-Client-Cert is taken from the client ({mode})");
            let fault = Fault::new(
                Topic::IdentityFromClient,
                Confidence::Medium,
                message,
                span,
                "right behind another Envoy alone",
            );
            self.faults.push(fault.fix("mode: SanitizeSet"));
        }
        if let Some(headers) =
            headers.filter(|headers| headers.get("withUnderscoresAction").is_some_and(|value| value.is("Allow")))
            && let Some(span) = headers.entry("withUnderscoresAction")
        {
            let message = "names with underscores are passed";
            let label = "aliases of trusted names pass";
            self.faults.push(
                Fault::new(Topic::HeaderAliases, Confidence::High, message, span, label)
                    .fix("withUnderscoresAction: RejectRequest"),
            );
        }
        if let Some(path) = spec.get("path") {
            let unmerged =
                path.get("disableMergeSlashes").is_some_and(|value| value.is("true")).then_some("disableMergeSlashes");
            let kept = path
                .get("escapedSlashesAction")
                .is_some_and(|value| value.is("KeepUnchanged"))
                .then_some("escapedSlashesAction");
            for key in unmerged.into_iter().chain(kept) {
                let Some(span) = path.entry(key) else { continue };
                let message = format!("{key}: paths are matched as clients spell them");
                let fault =
                    Fault::new(Topic::PathAlias, Confidence::Medium, message, span, "two spellings, two routes");
                self.faults.push(fault.fix("Remove it."));
            }
        }
    }

    fn istio(&mut self, spec: &Node) {
        for server in spec.get("servers").into_iter().flat_map(Node::items) {
            let Some(tls) = server.get("tls") else { continue };
            let mode = tls.get("mode").and_then(Node::text).unwrap_or_default();
            let clients = match mode {
                "MUTUAL" => Clients::Required,
                "OPTIONAL_MUTUAL" => Clients::Optional,
                _ => continue,
            };
            let Some(span) = tls.entry("mode") else { continue };
            // The CRL is a key of the secret that holds the certificate.
            let revocation = if tls.get("caCrl").is_some() { Revocation::LookedAt } else { Revocation::Unknown };
            self.entrances.push(Entrance {
                span,
                says: format!("mode {mode}"),
                clients,
                looked_at: false,
                refuses: false,
                revocation,
            });
            if let Some(least) = tls.get("minProtocolVersion").and_then(Node::text)
                && matches!(least, "TLSV1_0" | "TLSV1_1")
                && let Some(span) = tls.entry("minProtocolVersion")
            {
                let message = format!("minProtocolVersion is {least}");
                let fault = Fault::new(Topic::OldTls, Confidence::High, message, span, "withdrawn by RFC 8996");
                self.faults.push(fault.fix("minProtocolVersion: TLSV1_2").replacing(least, "TLSV1_2"));
            }
        }
    }

    fn virtual_service(&mut self, spec: &Node) {
        for http in spec.get("http").into_iter().flat_map(Node::items) {
            let Some(span) = http.entry("route") else { continue };
            let mut rules = vec![Rule { name: "X-Forwarded-Client-Cert".into(), span: None, does: Does::ByDefault }];
            rules.push(Rule { name: "X-Forwarded-Proto".into(), span: None, does: Does::ByDefault });
            if let Some(request) = http.at("headers.request") {
                for (key, adds) in [("set", false), ("add", true)] {
                    for (name, value) in request.get(key).into_iter().flat_map(Node::entries) {
                        let text = value.text().unwrap_or_default().to_owned();
                        let does = if adds { Does::Adds } else { Does::Sets(text) };
                        let span = Some(name.span.until(&value.span));
                        rules.push(Rule { name: name.text().unwrap_or_default().to_owned(), span, does });
                    }
                }
                rules.extend(removed(request));
            }
            // Of each destination.
            for request in
                http.get("route").into_iter().flat_map(Node::items).filter_map(|one| one.at("headers.request"))
            {
                let set = request.get("set").into_iter().flat_map(Node::entries);
                rules.extend(set.filter_map(|(name, value)| {
                    let does = Does::Sets(value.text()?.to_owned());
                    Some(Rule { name: name.text()?.to_owned(), span: Some(name.span.until(&value.span)), does })
                }));
                rules.extend(removed(request));
            }
            let host = if http.at("rewrite.authority").is_some() { Host::Replaced } else { Host::Passed };
            let upstreams = Vec::new();
            self.passings.push(Passing { span, what: "route", http: true, rules, handles_all: false, host, upstreams });
        }
    }
}

/// A `RequestHeaderModifier` of the Gateway API.
fn modified(modifier: &Node) -> Vec<Rule> {
    let mut rules = Vec::new();
    for (key, adds) in [("set", false), ("add", true)] {
        for header in modifier.get(key).into_iter().flat_map(Node::items) {
            let text = |key: &str| header.get(key).and_then(Node::text).unwrap_or_default().to_owned();
            let does = if adds { Does::Adds } else { Does::Sets(text("value")) };
            rules.push(Rule { name: text("name"), span: header.entry("name"), does });
        }
    }
    rules.extend(removed(modifier));
    rules
}

fn removed(level: &Node) -> Vec<Rule> {
    let names = level.get("remove").into_iter().flat_map(Node::items);
    names
        .map(|name| Rule {
            name: name.text().unwrap_or_default().to_owned(),
            span: Some(name.span.clone()),
            does: Does::Removes,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Proxy> {
        let source = std::sync::Arc::new(Source::new("x.yaml".into(), text.into()));
        let (mut reader, mut traefik) = (Reader::default(), traefik::Reader::default());
        for document in crate::tree::yaml(&source).unwrap() {
            reader.document(&document, &mut traefik);
        }
        reader.proxy()
    }

    fn ingress(name: &str, annotations: &str, spec: &str) -> String {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: {name}, annotations: {{{annotations}}}}}\nspec: {{{spec}}}\n---\n"
        )
    }

    const RULES: &str = "rules: [{host: a.test}]";

    #[test]
    fn kinds_of_other_groups_are_none() {
        for text in [
            "apiVersion: config.openshift.io/v1\nkind: Ingress\nspec: {domain: a}",
            "apiVersion: gateway.solo.io/v1\nkind: VirtualService\nspec: {http: [{route: []}]}",
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {names: {kind: Ingress}}",
            "apiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nspec: {validation: {hostname: a}}",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
        assert!(read(&ingress("a", "", "ingressClassName: x")).is_none());
    }

    #[test]
    fn parts_of_an_ingress_count_together() {
        let base = ingress("a", "", RULES);
        let handles = |text: &str| read(&format!("{base}{text}")).unwrap().passings[0].handles("Remote-User");
        let patch = |annotation: &str| ingress("a", annotation, "");
        for annotation in [
            "nginx.ingress.kubernetes.io/auth-response-headers: 'Remote-User, Remote-Email'",
            "traefik.ingress.kubernetes.io/router.middlewares: x@kubernetescrd",
            "nginx.ingress.kubernetes.io/configuration-snippet: 'more_clear_input_headers A Remote-User;'",
            "nginx.org/location-snippets: 'proxy_set_header Remote-User x;'",
            "haproxy-ingress.github.io/config-backend: 'http-request del-header Remote-User'",
        ] {
            assert!(handles(&patch(annotation)), "{annotation}");
        }
        // Of the server, and locations have their own.
        assert!(!handles(&patch("nginx.ingress.kubernetes.io/server-snippet: 'proxy_set_header Remote-User x;'")));
        assert!(!handles(&ingress("b", "nginx.ingress.kubernetes.io/auth-response-headers: Remote-User", "")));
    }

    #[test]
    fn each_controller_has_names_of_its_own() {
        let handles = |prefix: &str, name: &str| {
            let text = ingress("a", &format!("{prefix}/auth-tls-secret: x"), RULES);
            read(&text).unwrap().passings[0].handles(name)
        };
        assert!(handles("nginx.ingress.kubernetes.io", "ssl-client-subject-dn"));
        assert!(!handles("nginx.ingress.kubernetes.io", "X-SSL-Client-DN"));
        assert!(handles("haproxy-ingress.github.io", "X-SSL-Client-DN"));
    }

    #[test]
    fn rules_elsewhere_count_wherever_they_stand() {
        let gateway = "apiVersion: networking.istio.io/v1\nkind: Gateway\nspec: {servers: [{tls: {mode: OPTIONAL_MUTUAL}}]}\n---\n";
        let policy = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nspec: {}\n---\n";
        assert!(!read(gateway).unwrap().entrances[0].looked_at);
        for text in [format!("{gateway}{policy}"), format!("{policy}{gateway}")] {
            assert!(read(&text).unwrap().entrances[0].looked_at);
        }
        let filter = "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nspec: {}\n---\n";
        let route = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nspec: {http: [{route: [{destination: {host: a}}]}]}\n---\n";
        assert!(read(&format!("{filter}{route}")).unwrap().passings[0].handles("Remote-User"));
    }

    #[test]
    fn backends_have_filters_of_their_own() {
        let text = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nspec: {rules: [{backendRefs: [{name: a, filters: [{requestHeaderModifier: {remove: [Remote-User]}}]}]}]}";
        assert!(read(text).unwrap().passings[0].handles("Remote-User"));
    }
}
