//! Envoy's static configuration, YAML or JSON.
//!
//! Listeners, their filter chains, and the routes of each connection manager. What a filter of code does (Lua,
//! `ext_authz`, `ext_proc`, Wasm, header mutation) is not followed: it may handle any header.

use std::collections::HashMap;

use crate::{
    Confidence,
    proxy::{
        Clients, Does, Entrance, Fault, Host, Kind, Passing, Proxy, Revocation, Rule, Topic, alias_of, faults_of_rules,
        is_identity,
    },
    source::Span,
    tree::Node,
};

/// Of rules that routes have, in all: more are none that people write.
const MAX_RULES: usize = 100_000;
/// Filters that leave the headers that apps trust as they are, by type and by name.
const PLAIN: [&str; 25] = [
    "router",
    "cors",
    "corspolicy",
    "csrf",
    "csrfpolicy",
    "rbac",
    "fault",
    "httpfault",
    "buffer",
    "compressor",
    "decompressor",
    "gzip",
    "grpcweb",
    "grpc_web",
    "grpcstats",
    "grpc_stats",
    "healthcheck",
    "health_check",
    "localratelimit",
    "local_ratelimit",
    "ratelimit",
    "tap",
    "statefulsession",
    "bandwidthlimit",
    "admissioncontrol",
];

/// A document that configures listeners; `None` if it does not.
pub(crate) fn proxy(document: &Node) -> Option<Proxy> {
    let mut managers: Vec<(&Node, bool)> = Vec::new();
    let mut contexts: Vec<&Node> = Vec::new();
    document.walk(&mut |node| {
        if node.get("filter_chains").is_none() && node.get("default_filter_chain").is_none() {
            return;
        }
        let chains = node.get("filter_chains").into_iter().flat_map(Node::items);
        for chain in chains.chain(node.get("default_filter_chain")) {
            let config = chain.at("transport_socket.typed_config");
            // QUIC has it one level below.
            let context = config.and_then(|config| config.get("downstream_tls_context")).or(config);
            let context = context.filter(|context| {
                is_type(context, "DownstreamTlsContext") || context.get("common_tls_context").is_some()
            });
            contexts.extend(context);
            for filter in chain.get("filters").into_iter().flat_map(Node::items) {
                let manager = filter.get("typed_config").filter(|config| is_type(config, "HttpConnectionManager"));
                managers.extend(manager.map(|manager| (manager, context.is_some())));
            }
        }
    });
    if managers.is_empty() && contexts.is_empty() {
        return None;
    }
    let rules_by_certificate =
        ["authenticated", "mtls_authenticated", "tls_context"].iter().any(|key| has_key(document, key));
    // An app that gets the certificate's name gets none where there is no certificate.
    let told = managers
        .iter()
        .any(|(manager, _)| manager.get("forward_client_cert_details").is_some_and(|mode| mode.is("SANITIZE_SET")));
    let entrances = contexts.iter().filter_map(|context| entrance(context, rules_by_certificate, told)).collect();
    let clusters = clusters(document);
    let mut left = MAX_RULES;
    let mut faults: Vec<Fault> = contexts.iter().filter_map(|context| old_tls(context)).collect();
    let mut passings = Vec::new();
    let mut looks_at_origin = false;
    for (manager, over_tls) in managers {
        passings_of(&clusters, manager, &mut left, &mut passings);
        faults.extend(xfcc(manager));
        faults.extend(path_rules(manager));
        let (filter, found) = csrf(manager);
        looks_at_origin |= filter;
        faults.extend(found);
        if over_tls {
            faults.extend(aliases(manager, &passings));
        }
    }
    faults.extend(faults_of_rules(&passings, |value| value.contains("%req(x-")));
    Some(Proxy { kind: Kind::Envoy, entrances, passings, faults, looks_at_origin })
}

fn is_type(config: &Node, name: &str) -> bool {
    config.get("@type").and_then(Node::text).is_some_and(|text| text.ends_with(name))
}

fn has_key(document: &Node, key: &str) -> bool {
    let mut found = false;
    document.walk(&mut |node| found |= node.get(key).is_some());
    found
}

fn entrance(context: &Node, rules_by_certificate: bool, told: bool) -> Option<Entrance> {
    let common = context.get("common_tls_context");
    let validation = common.and_then(|common| {
        common
            .get("validation_context")
            .or_else(|| common.at("combined_validation_context.default_validation_context"))
            .or_else(|| common.get("validation_context_sds_secret_config"))
    });
    let elsewhere = common.is_some_and(|common| common.get("validation_context").is_none());
    let required = context.get("require_client_certificate");
    let require = required.is_some_and(|value| value.is("true"));
    if validation.is_none() && !require {
        return None;
    }
    let untrusted = validation.and_then(|validation| validation.get("trust_chain_verification"));
    let verifies = validation.is_some_and(|validation| {
        ["trusted_ca", "verify_certificate_hash", "verify_certificate_spki", "custom_validator_config"]
            .iter()
            .any(|key| validation.get(key).is_some())
    });
    let (span, says, clients) = if let Some(mode) = untrusted.filter(|mode| mode.is("ACCEPT_UNTRUSTED")) {
        (mode.span.clone(), "trust_chain_verification: ACCEPT_UNTRUSTED".to_owned(), Clients::Unverified)
    } else if require && !verifies && !elsewhere {
        let span = context.entry("require_client_certificate")?;
        (span, "require_client_certificate without trusted_ca".to_owned(), Clients::Unverified)
    } else if require {
        let span = context.entry("require_client_certificate")?;
        (span, "require_client_certificate: true".to_owned(), Clients::Required)
    } else {
        let span = validation
            .and_then(|validation| validation.entry("trusted_ca"))
            .or_else(|| context.entry("common_tls_context"))?;
        (span, "trusted_ca without require_client_certificate".to_owned(), Clients::Optional)
    };
    let crl = validation.is_some_and(|validation| validation.get("crl").is_some());
    let revocation = match (crl, elsewhere, clients) {
        (true, ..) => Revocation::LookedAt,
        (_, true, _) | (.., Clients::Unverified) => Revocation::Unknown,
        _ => Revocation::NotLookedAt,
    };
    let looked_at = rules_by_certificate || told && clients == Clients::Optional;
    Some(Entrance { span, says, clients, looked_at, refuses: rules_by_certificate, revocation })
}

fn old_tls(context: &Node) -> Option<Fault> {
    let params = context.at("common_tls_context.tls_params")?;
    let least = params.get("tls_minimum_protocol_version")?.text()?;
    if !matches!(least, "TLSv1_0" | "TLSv1_1") {
        return None;
    }
    let span = params.entry("tls_minimum_protocol_version")?;
    let message = format!("tls_minimum_protocol_version is {least}");
    let fault = Fault::new(Topic::OldTls, Confidence::High, message, span, "withdrawn by RFC 8996");
    Some(fault.fix("tls_minimum_protocol_version: TLSv1_2").replacing(least, "TLSv1_2"))
}

/// The routes of a connection manager; one passing for each that names a cluster.
fn passings_of(clusters: &Clusters, manager: &Node, left: &mut usize, all: &mut Vec<Passing>) {
    let filters = || manager.get("http_filters").into_iter().flat_map(Node::items);
    let code = filters().any(|filter| {
        let name = filter.at("typed_config.@type").or_else(|| filter.get("name")).and_then(Node::text);
        let name = name.unwrap_or_default().rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        !PLAIN.contains(&name.as_str())
    }) || manager.get("early_header_mutation_extensions").is_some();
    let mut base = Vec::new();
    let mode = manager.get("forward_client_cert_details").and_then(Node::text).unwrap_or("SANITIZE");
    if matches!(mode, "SANITIZE" | "SANITIZE_SET") {
        base.push(Rule { name: "X-Forwarded-Client-Cert".into(), span: None, does: Does::ByDefault });
    }
    let own_scheme = manager.get("use_remote_address").is_some_and(|value| value.is("true"))
        && manager.get("xff_num_trusted_hops").is_none_or(|hops| hops.is("0"));
    if own_scheme {
        base.push(Rule { name: "X-Forwarded-Proto".into(), span: None, does: Does::ByDefault });
    }
    let Some(config) = manager.get("route_config") else { return };
    base.extend(rules(config));
    for site in config.get("virtual_hosts").into_iter().flat_map(Node::items) {
        for entry in site.get("routes").into_iter().flat_map(Node::items) {
            let Some(route) = entry.get("route") else { continue };
            let name = route.get("cluster");
            let Some(span) = name.map_or_else(|| entry.entry("route"), |_| route.entry("cluster")) else { continue };
            let parts = route.at("weighted_clusters.clusters").into_iter().flat_map(Node::items);
            let own = rules(site).into_iter().chain(rules(entry)).chain(parts.flat_map(rules));
            let rules: Vec<Rule> = base.iter().cloned().chain(own).collect();
            let Some(rest) = left.checked_sub(rules.len()) else { return };
            *left = rest;
            let replaced = ["host_rewrite_literal", "host_rewrite_header", "host_rewrite_path_regex"]
                .iter()
                .any(|key| route.get(key).is_some())
                || route.get("auto_host_rewrite").is_some_and(|value| value.is("true"));
            all.push(Passing {
                span,
                what: "route",
                http: true,
                rules,
                handles_all: code,
                host: if replaced { Host::Replaced } else { Host::Passed },
                upstreams: name.and_then(Node::text).and_then(|name| clusters.get(name)).cloned().unwrap_or_default(),
            });
        }
    }
}

/// `request_headers_to_add` and `request_headers_to_remove` of one level.
fn rules(level: &Node) -> Vec<Rule> {
    let mut rules = Vec::new();
    for option in level.get("request_headers_to_add").into_iter().flat_map(Node::items) {
        let Some(header) = option.get("header") else { continue };
        let Some(name) = header.get("key").and_then(Node::text) else { continue };
        let value = header.get("value").and_then(Node::text).unwrap_or_default().to_owned();
        let action = option.get("append_action").and_then(Node::text);
        let appends = option.get("append").is_some_and(|append| append.is("true"));
        let overwrites = option.get("append").is_some_and(|append| append.is("false"))
            || matches!(action, Some("OVERWRITE_IF_EXISTS_OR_ADD" | "OVERWRITE_IF_EXISTS"));
        let does = if overwrites && !appends { Does::Sets(value) } else { Does::Adds };
        rules.push(Rule { name: name.to_owned(), span: header.entry("key"), does });
    }
    for name in level.get("request_headers_to_remove").into_iter().flat_map(Node::items) {
        let text = name.text().unwrap_or_default().to_owned();
        rules.push(Rule { name: text, span: Some(name.span.clone()), does: Does::Removes });
    }
    rules
}

/// Where each cluster leads.
type Clusters = HashMap<String, Vec<(String, Span)>>;

fn clusters(document: &Node) -> Clusters {
    let mut all = Clusters::new();
    document.walk(&mut |node| {
        let (Some(endpoints), Some(name)) = (node.get("load_assignment"), node.get("name").and_then(Node::text)) else {
            return;
        };
        let found = all.entry(name.to_owned()).or_default();
        let scheme = if node.get("transport_socket").is_some() { "https://" } else { "" };
        endpoints.walk(&mut |node| {
            if let Some(address) = node.get("socket_address")
                && let Some(host) = address.get("address").and_then(Node::text)
            {
                let port = address.get("port_value").and_then(Node::text).unwrap_or_default();
                let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
                found.push((format!("{scheme}{host}:{port}"), address.span.clone()));
            }
        });
    });
    all
}

fn xfcc(manager: &Node) -> Option<Fault> {
    let mode = manager.get("forward_client_cert_details")?.text()?;
    let (confidence, label) = match mode {
        "ALWAYS_FORWARD_ONLY" => (Confidence::High, "the client's own copy is passed, whoever sent it"),
        "APPEND_FORWARD" | "FORWARD_ONLY" => (Confidence::Medium, "right behind another Envoy alone"),
        _ => return None,
    };
    let message = format!("X-Forwarded-Client-Cert is taken from the client ({mode})");
    let span = manager.entry("forward_client_cert_details")?;
    let fault = Fault::new(Topic::IdentityFromClient, confidence, message, span, label);
    Some(fault.fix("forward_client_cert_details: SANITIZE_SET"))
}

/// Routes that differ by path, and paths as clients spell them.
fn path_rules(manager: &Node) -> Option<Fault> {
    let normalizes = manager.get("normalize_path").is_some_and(|value| value.is("true"));
    let merges = manager.get("merge_slashes").is_some_and(|value| value.is("true"));
    let escaped = manager
        .get("path_with_escaped_slashes_action")
        .and_then(Node::text)
        .is_some_and(|action| !matches!(action, "KEEP_UNCHANGED" | "IMPLEMENTATION_SPECIFIC_DEFAULT"));
    if normalizes && merges && escaped {
        return None;
    }
    let mut special = None;
    manager.get("route_config")?.walk(&mut |node| {
        let exact = node.at("match.path").or_else(|| node.at("match.prefix")).and_then(Node::text);
        let own = node.get("typed_per_filter_config").is_some_and(demands) || node.at("match.tls_context").is_some();
        if special.is_none() && own && exact.is_some_and(|path| path != "/") {
            special = node.entry("match");
        }
    });
    let missing: Vec<&str> = [
        (!normalizes).then_some("normalize_path: true"),
        (!merges).then_some("merge_slashes: true"),
        (!escaped).then_some("path_with_escaped_slashes_action: REJECT_REQUEST"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let message = "a path has filters of its own, and paths are matched as clients spell them";
    let fault = Fault::new(Topic::PathAlias, Confidence::High, message, special?, "//path and /%70ath are other paths");
    Some(fault.fix(format!("In the connection manager: {}.", missing.join(", "))))
}

/// Whether filters of a route can ask for more than those of the others: one that is switched off asks for less, and
/// those that compress or limit ask nothing.
fn demands(own: &Node) -> bool {
    own.entries().iter().any(|(name, config)| {
        let asks =
            ["rbac", "ext_authz", "jwt_authn", "csrf", "basic_auth", "oauth2", "lua", "ext_proc", "wasm", "api_key"];
        let off = config.get("disabled").is_some_and(|value| value.is("true"))
            || config.at("filter_enabled.default_value.numerator").is_some_and(|part| part.is("0"));
        !off && name.text().is_some_and(|name| asks.iter().any(|ask| name.contains(ask)))
    })
}

/// Envoy's CSRF filter: whether it refuses anything, and what is wrong with it.
fn csrf(manager: &Node) -> (bool, Vec<Fault>) {
    let filters = manager.get("http_filters").into_iter().flat_map(Node::items);
    let mut filter = filters.filter(|filter| {
        filter.get("typed_config").is_some_and(|config| is_type(config, "CsrfPolicy"))
            || filter.get("name").is_some_and(|name| name.is("envoy.filters.http.csrf"))
    });
    let Some(filter) = filter.next() else { return (false, Vec::new()) };
    let mut faults = Vec::new();
    let empty = |policy: &Node| policy.at("filter_enabled.default_value.numerator").is_some_and(|part| part.is("0"));
    let config = filter.get("typed_config").unwrap_or(filter);
    let disabled = filter.get("disabled").is_some_and(|value| value.is("true"));
    let on = !disabled && !empty(config);
    let at = |node: &Node, key: &str| node.entry(key).unwrap_or_else(|| node.span.clone());
    if !on {
        let (message, span) = if config.get("shadow_enabled").is_some() {
            ("the CSRF filter only counts: shadow_enabled refuses nothing", at(config, "shadow_enabled"))
        } else {
            ("the CSRF filter is switched off", at(filter, if disabled { "disabled" } else { "name" }))
        };
        let fault = Fault::new(Topic::CsrfFilter, Confidence::High, message, span, "refuses nothing");
        faults.push(fault.fix("filter_enabled: { default_value: { numerator: 100 } }"));
    } else {
        let message = "the CSRF filter compares host and port alone: http://site passes for https://site";
        let fault =
            Fault::new(Topic::CsrfFilter, Confidence::High, message, at(filter, "name"), "blind for the scheme");
        faults.push(fault.minor().fix("Keep Django's own check behind it: it compares the scheme."));
    }
    if let Some(config) = manager.get("route_config") {
        config.walk(&mut |node| {
            let own = node.get("typed_per_filter_config").and_then(|own| own.get("envoy.filters.http.csrf"));
            let Some(own) = own else { return };
            if empty(own) || own.get("disabled").is_some_and(|value| value.is("true")) {
                let span = own.span.clone();
                let message = "a route switches the CSRF filter off";
                faults.push(Fault::new(Topic::CsrfFilter, Confidence::High, message, span, "no CSRF check here"));
            }
        });
    }
    (on, faults)
}

/// Envoy passes names with underscores as they come, unless it is told otherwise.
fn aliases(manager: &Node, passings: &[Passing]) -> Option<Fault> {
    let options = manager.get("common_http_protocol_options");
    let action = options.and_then(|options| options.get("headers_with_underscores_action"));
    let fix = "common_http_protocol_options: { headers_with_underscores_action: REJECT_REQUEST }";
    match action.and_then(Node::text) {
        Some("ALLOW") => {
            let span = options?.entry("headers_with_underscores_action")?;
            let message = "names with underscores are passed";
            let fault =
                Fault::new(Topic::HeaderAliases, Confidence::High, message, span, "aliases of trusted names pass");
            Some(fault.fix(fix).replacing("ALLOW", "REJECT_REQUEST"))
        }
        Some(_) => None,
        None => {
            let rule = passings.iter().find_map(|passing| passing.sets(is_identity))?;
            alias_of(rule, fix)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(filters: &str, site: &str, more: &str) -> Proxy {
        let text = format!(
            "resources:\n- filter_chains:\n  - transport_socket: {{typed_config: {{'@type': x.DownstreamTlsContext, common_tls_context: {{validation_context: {{trusted_ca: {{filename: c}}, crl: {{filename: l}}}}}}}}}}\n    filters:\n    - typed_config: {{'@type': x.HttpConnectionManager, use_remote_address: true, {more} http_filters: [{filters}], route_config: {{virtual_hosts: [{site}]}}}}\n"
        );
        let source = std::sync::Arc::new(crate::source::Source::new("x.yaml".into(), text));
        proxy(&crate::tree::yaml(&source).unwrap()[0]).unwrap()
    }

    const ROUTE: &str = "{routes: [{match: {prefix: /}, route: {cluster: a}}]}";

    #[test]
    fn a_filter_that_is_not_known_may_handle_any_header() {
        let handles = |filters: &str| read(filters, ROUTE, "").passings[0].handles("Remote-User");
        for filters in ["{typed_config: {'@type': x.v3.JwtAuthentication}}", "{name: envoy.filters.http.oauth2}"] {
            assert!(handles(filters), "{filters}");
        }
        assert!(!handles(
            "{name: envoy.filters.http.cors}, {typed_config: {'@type': x.v3.RBAC}}, {name: envoy.filters.http.router}"
        ));
    }

    #[test]
    fn weights_redirects_and_what_is_removed_first() {
        let site = "{request_headers_to_remove: [X-Client-DN], routes: [{match: {prefix: /a}, redirect: {}}, {match: {prefix: /}, request_headers_to_add: [{header: {key: X-Client-DN, value: x}}], route: {weighted_clusters: {clusters: [{name: a, request_headers_to_remove: [Remote-User]}]}}}]}";
        let proxy = read("", site, "common_http_protocol_options: {headers_with_underscores_action: REJECT_REQUEST},");
        assert_eq!(proxy.passings.len(), 1);
        assert!(proxy.passings[0].handles("X-Client-DN") && proxy.passings[0].handles("Remote-User"));
        assert!(proxy.faults.is_empty(), "{:?}", proxy.faults);
    }

    #[test]
    fn what_a_route_switches_off_demands_nothing() {
        let faults = |own: &str| {
            let site = format!(
                "{{routes: [{{match: {{prefix: /x}}, typed_per_filter_config: {own}, route: {{cluster: a}}}}]}}"
            );
            read("", &site, "").faults.len()
        };
        assert_eq!(faults("{envoy.filters.http.rbac: {rbac: {}}}"), 1);
        for own in ["{envoy.filters.http.ext_authz: {disabled: true}}", "{envoy.filters.http.cors: {}}"] {
            assert_eq!(faults(own), 0, "{own}");
        }
    }

    #[test]
    fn an_app_that_gets_the_name_is_told() {
        assert!(!read("", ROUTE, "").entrances[0].looked_at);
        assert!(read("", ROUTE, "forward_client_cert_details: SANITIZE_SET,").entrances[0].looked_at);
    }
}
