//! Files that nobody meant as configuration: whatever they hold, the readers answer, and their places are real.

use std::sync::Arc;

use proptest::prelude::*;

use crate::{
    apache, caddy, directive, envoy, haproxy, kubernetes, line, nginx,
    proxy::Proxy,
    source::{Source, Span},
    traefik, tree,
};

/// Pieces that the formats give a meaning to, and anything else.
fn text() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just("server {".to_owned()),
        Just("frontend x\n".to_owned()),
        Just("  bind :443 ssl verify optional\n".to_owned()),
        Just("<VirtualHost *>\n".to_owned()),
        Just("proxy_pass http://x;".to_owned()),
        Just("${".to_owned()),
        Just("\"".to_owned()),
        Just("'".to_owned()),
        Just("\\".to_owned()),
        Just("}\n".to_owned()),
        Just("#".to_owned()),
        Just("bank.test {\n  reverse_proxy x {\n    header_up X-A {http.request.header.X-A}\n".to_owned()),
        Just("filter_chains:\n- filters:\n  - typed_config: {\"@type\": x.HttpConnectionManager}\n".to_owned()),
        Just("kind: Ingress\nmetadata:\n  annotations:\n    a/auth-tls-secret: é\n    a/configuration-snippet: |\n      ".to_owned()),
        Just("http:\n  routers: {a: {service: b, middlewares: c}}\n".to_owned()),
        Just("services: {a: {labels: [traefik.http.routers.a.rule=x]}}\n".to_owned()),
        Just("[tls.options.a]\n".to_owned()),
        Just("---\n".to_owned()),
        Just("respond <<END\n".to_owned()),
        Just("END\n".to_owned()),
        Just("(a) {\n  import a {\n    {block}\n".to_owned()),
        Just("rewrite_by_lua_block {\n".to_owned()),
        Just("map $http_x_a $b { default $http_x_a; } include a.conf;".to_owned()),
        Just("<Location />\nProxyPass \\\n".to_owned()),
        Just("RequestHeader set X-Client-DN é env=SSL_CLIENT_S_DN\n".to_owned()),
        Just("  http-request set-header X-SSL-Client-DN é if { ssl_c_used }\n".to_owned()),
        Just("a: {<<: [{b: c}], b: d}\n".to_owned()),
        Just("é: &a [*a]\n".to_owned()),
        Just(";\n".to_owned()),
        ".{0,12}",
    ];
    proptest::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

/// Every place that a reader names.
fn places(proxy: &Proxy) -> Vec<Span> {
    let entrances = proxy.entrances.iter().map(|entrance| entrance.span.clone());
    let faults = proxy.faults.iter().map(|fault| fault.span.clone());
    let passings = proxy.passings.iter().flat_map(|passing| {
        let upstreams = passing.upstreams.iter().map(|(_, span)| span.clone());
        let rules = passing.rules.iter().filter_map(|rule| rule.span.clone());
        std::iter::once(passing.span.clone()).chain(upstreams).chain(rules)
    });
    entrances.chain(faults).chain(passings).collect()
}

proptest! {
    #[test]
    fn readers_answer(text in text()) {
        let source = Arc::new(Source::new("x".into(), text));
        let mut spans = Vec::new();
        if let Some(tree) = directive::parse(&source) {
            spans.extend(directive::every(&tree).map(|directive| directive.span.clone()));
            spans.extend(places(&nginx::proxy(&tree)));
        }
        if let Some(sections) = haproxy::parse(&source) {
            spans.extend(haproxy::lines(&sections).map(|(_, line)| line.span.clone()));
            spans.extend(places(&haproxy::proxy(&sections)));
        }
        if let Some(lines) = apache::parse(&source) {
            spans.extend(lines.iter().map(|line| line.span.clone()));
            spans.extend(places(&apache::proxy(&lines)));
        }
        spans.extend(caddy::caddyfile(&source).iter().flat_map(places));
        let documents = tree::yaml(&source).unwrap_or_default().into_iter().chain(tree::toml(&source));
        let (mut kubernetes, mut traefik) = (kubernetes::Reader::default(), traefik::Reader::default());
        for document in documents {
            document.walk(&mut |node| spans.push(node.span.clone()));
            spans.extend(envoy::proxy(&document).iter().flat_map(places));
            spans.extend(caddy::json(&document).iter().flat_map(places));
            kubernetes.document(&document, &mut traefik);
            traefik.document(&document);
        }
        spans.extend(kubernetes.proxy().iter().flat_map(places));
        spans.extend(traefik::finish(traefik).iter().flat_map(places));
        for span in spans {
            prop_assert!(span.source.text.get(span.range.clone()).is_some(), "{:?}", span.range);
            let mark = span.mark("");
            prop_assert!(mark.line >= 1 && mark.column >= 1 && mark.range.end <= span.source.text.len());
        }
        line::words(&source.text);
    }
}
