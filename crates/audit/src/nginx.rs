//! nginx configuration, as a tree with its places.
//!
//! Includes are followed within what is audited. `proxy_set_header` is inherited as nginx does it: a level
//! that has one of its own has none of those above.

use std::{ops::Range, sync::Arc};

use crate::{
    Confidence,
    proxy::{
        Clients, Does, Entrance, Fault, Host, Kind, Passing, Proxy, Revocation, Rule, Topic, faults_of_rules, fold,
        is_certificate, is_user,
    },
    source::{Source, Span},
};

/// One directive.
#[derive(Clone, Debug)]
pub(crate) struct Directive {
    pub(crate) words: Vec<Word>,
    pub(crate) block: Option<Vec<Directive>>,
    pub(crate) span: Span,
}

/// A word, without its quotes.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) text: String,
}

impl Directive {
    pub(crate) fn name(&self) -> &str {
        self.words.first().map_or("", |word| word.text.as_str())
    }

    pub(crate) fn argument(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| word.text.as_str())
    }

    pub(crate) fn arguments(&self) -> impl Iterator<Item = &str> {
        self.words.iter().skip(1).map(|word| word.text.as_str())
    }

    pub(crate) fn children(&self) -> &[Directive] {
        self.block.as_deref().unwrap_or_default()
    }

    /// All directives below, however deep.
    pub(crate) fn all(&self) -> Vec<&Directive> {
        let mut all = Vec::new();
        for child in self.children() {
            all.push(child);
            all.extend(child.all());
        }
        all
    }
}

#[derive(Debug)]
enum Token {
    Word(String, Range<usize>),
    Open(usize),
    Close,
    End(usize),
}

/// Reads a file; `None` if it is no nginx configuration.
pub(crate) fn parse(source: &Arc<Source>) -> Option<Vec<Directive>> {
    let tokens = tokens(&source.text)?;
    let mut at = 0;
    let tree = block(source, &tokens, &mut at, 0)?;
    (at == tokens.len()).then_some(tree)
}

fn block(source: &Arc<Source>, tokens: &[Token], at: &mut usize, depth: usize) -> Option<Vec<Directive>> {
    let mut all = Vec::new();
    let mut words: Vec<(String, Range<usize>)> = Vec::new();
    if depth > 32 {
        return None;
    }
    while let Some(token) = tokens.get(*at) {
        *at += 1;
        match token {
            Token::Word(text, range) => words.push((text.clone(), range.clone())),
            Token::End(end) => {
                if words.is_empty() {
                    continue;
                }
                all.push(directive(source, std::mem::take(&mut words), None, end + 1));
            }
            Token::Open(open) => {
                let inner = block(source, tokens, at, depth + 1)?;
                if !matches!(tokens.get(*at - 1), Some(Token::Close)) || words.is_empty() {
                    return None;
                }
                all.push(directive(source, std::mem::take(&mut words), Some(inner), *open));
            }
            Token::Close => return (depth > 0 && words.is_empty()).then_some(all),
        }
    }
    (depth == 0 && words.is_empty()).then_some(all)
}

fn directive(
    source: &Arc<Source>,
    words: Vec<(String, Range<usize>)>,
    block: Option<Vec<Directive>>,
    end: usize,
) -> Directive {
    let start = words.first().map_or(end, |(_, range)| range.start);
    let end = if block.is_some() { words.last().map_or(end, |(_, range)| range.end) } else { end };
    let words = words.into_iter().map(|(text, _)| Word { text }).collect();
    Directive { words, block, span: Span::new(source, start..end) }
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'#' => at = text.get(at..).and_then(|rest| rest.find('\n')).map_or(bytes.len(), |end| at + end),
            b'{' => {
                tokens.push(Token::Open(at));
                at += 1;
            }
            b'}' => {
                tokens.push(Token::Close);
                at += 1;
            }
            b';' => {
                tokens.push(Token::End(at));
                at += 1;
            }
            b'"' | b'\'' => {
                let mut end = at + 1;
                while *bytes.get(end)? != byte {
                    end += if bytes.get(end) == Some(&b'\\') { 2 } else { 1 };
                }
                tokens.push(Token::Word(text.get(at + 1..end)?.to_owned(), at..end + 1));
                at = end + 1;
            }
            _ => {
                let start = at;
                while let Some(&byte) = bytes.get(at) {
                    match byte {
                        b' ' | b'\t' | b'\r' | b'\n' | b';' | b'}' => break,
                        // `${name}` is part of a word.
                        b'{' if at > start && bytes.get(at - 1) == Some(&b'$') => {
                            at += text.get(at..)?.find('}')? + 1;
                        }
                        b'{' => break,
                        b'\\' => at += 2,
                        _ => at += 1,
                    }
                }
                let end = at.min(bytes.len());
                tokens.push(Token::Word(text.get(start..end)?.to_owned(), start..end));
            }
        }
    }
    Some(tokens)
}

const PASSES: [&str; 4] = ["proxy_pass", "uwsgi_pass", "fastcgi_pass", "grpc_pass"];
const SETS: [&str; 4] = ["proxy_set_header", "uwsgi_param", "fastcgi_param", "grpc_set_header"];

/// A configuration in the words of all proxies, its includes in place.
pub(crate) fn proxy(tree: &[Directive]) -> Proxy {
    let all: Vec<&Directive> = every(tree).collect();
    let mut passings = Vec::new();
    descend(tree, &[], &mut passings);
    for passing in &mut passings {
        passing.upstreams = upstreams(&all, &passing.span, passing.upstreams.first().map(|(to, _)| to.clone()));
    }
    let looked_at = all.iter().any(|directive| {
        !matches!(directive.name(), "ssl_verify_client" | "log_format")
            && directive.words.iter().any(|word| word.text.contains("ssl_client_verify"))
    });
    let mut entrances = Vec::new();
    let refuses = all.iter().any(|directive| {
        directive.name() == "if" && directive.words.iter().any(|word| word.text.contains("ssl_client_verify"))
    });
    entrances_of(tree, false, (looked_at, refuses), &mut entrances);
    let mut faults = faults_of_rules(&passings, |value| value.contains("$http_x_") || value.contains("$http_ssl_"));
    for directive in &all {
        faults.extend(fault(directive));
    }
    faults.extend(shared_sessions(&all));
    let looks_at_origin = all.iter().any(|directive| {
        matches!(directive.name(), "if" | "map")
            && directive.words.iter().any(|word| {
                ["$http_origin", "$http_sec_fetch_site", "$http_referer"].iter().any(|name| word.text.contains(name))
            })
    });
    Proxy { kind: Kind::Nginx, entrances, passings, faults, looks_at_origin }
}

/// All directives, however deep.
pub(crate) fn every(tree: &[Directive]) -> impl Iterator<Item = &Directive> {
    tree.iter().flat_map(|top| std::iter::once(top).chain(top.all()))
}

fn descend(level: &[Directive], inherited: &[Rule], all: &mut Vec<Passing>) {
    let own: Vec<Rule> = level.iter().filter(|directive| SETS.contains(&directive.name())).map(rule).collect();
    let rules = if own.is_empty() { inherited } else { &own };
    for directive in level {
        if PASSES.contains(&directive.name()) {
            let http = directive.name() == "proxy_pass";
            all.push(Passing {
                span: directive.span.clone(),
                what: "location",
                http,
                rules: rules.to_vec(),
                handles_all: false,
                host: if http { host(rules) } else { Host::Passed },
                upstreams: vec![(directive.argument(1).to_owned(), directive.span.clone())],
            });
        }
        descend(directive.children(), rules, all);
    }
}

fn rule(directive: &Directive) -> Rule {
    let value = directive.argument(2).to_owned();
    let does = if value.is_empty() { Does::Removes } else { Does::Sets(value) };
    Rule { name: directive.argument(1).to_owned(), span: Some(directive.span.clone()), does }
}

fn host(rules: &[Rule]) -> Host {
    // A name that a template left empty can be this one.
    if rules.iter().any(|rule| rule.name.is_empty()) {
        return Host::Unknown;
    }
    match rules.iter().find(|rule| fold(&rule.name) == "HOST") {
        Some(Rule { does: Does::Sets(value), .. }) if value.contains("$proxy_host") => Host::Replaced,
        Some(_) => Host::Passed,
        None => Host::Replaced,
    }
}

/// Where a `proxy_pass` leads: its own address, or the servers of the `upstream` that it names.
fn upstreams(all: &[&Directive], span: &Span, to: Option<String>) -> Vec<(String, Span)> {
    let Some(to) = to else { return Vec::new() };
    let name = to.split_once("://").map_or(to.as_str(), |(_, rest)| rest);
    let name = name.split('/').next().unwrap_or(name);
    let block = all.iter().find(|directive| directive.name() == "upstream" && directive.argument(1) == name);
    match block {
        Some(block) => {
            let servers = block.children().iter().filter(|server| server.name() == "server");
            let scheme = if to.starts_with("https://") { "https://" } else { "" };
            servers.map(|server| (format!("{scheme}{}", server.argument(1)), server.span.clone())).collect()
        }
        None => vec![(to.clone(), span.clone())],
    }
}

fn entrances_of(level: &[Directive], above: bool, (looked_at, refuses): (bool, bool), all: &mut Vec<Entrance>) {
    let here = above || level.iter().any(|directive| matches!(directive.name(), "ssl_crl" | "ssl_ocsp"));
    for directive in level {
        let mode = directive.argument(1);
        if directive.name() == "ssl_verify_client" && mode != "off" {
            let clients = match mode {
                "optional_no_ca" => Clients::Unverified,
                "optional" => Clients::Optional,
                _ => Clients::Required,
            };
            let revocation = match (here, clients) {
                (true, _) => Revocation::LookedAt,
                (_, Clients::Unverified) => Revocation::Unknown,
                _ => Revocation::NotLookedAt,
            };
            let says = format!("ssl_verify_client {mode}");
            all.push(Entrance { span: directive.span.clone(), says, clients, looked_at, refuses, revocation });
        }
        entrances_of(directive.children(), here, (looked_at, refuses), all);
    }
}

fn fault(directive: &Directive) -> Option<Fault> {
    let span = directive.span.clone();
    let high = Confidence::High;
    let value = directive.argument(1);
    match directive.name() {
        "ssl_protocols" => {
            let old: Vec<&str> =
                directive.arguments().filter(|name| matches!(*name, "TLSv1" | "TLSv1.1" | "SSLv2" | "SSLv3")).collect();
            let message = format!("ssl_protocols allows {}", old.join(", "));
            (!old.is_empty()).then(|| {
                let fault = Fault::new(Topic::OldTls, high, message, span, "withdrawn by RFC 8996");
                fault.fix("ssl_protocols TLSv1.2 TLSv1.3;").edit("ssl_protocols TLSv1.2 TLSv1.3;")
            })
        }
        "underscores_in_headers" if value == "on" => Some(
            Fault::new(Topic::HeaderAliases, high, "underscores_in_headers on", span, "aliases of trusted names pass")
                .edit("underscores_in_headers off;"),
        ),
        "ignore_invalid_headers" if value == "off" => Some(
            Fault::new(Topic::HeaderAliases, high, "ignore_invalid_headers off", span, "aliases of trusted names pass")
                .edit("ignore_invalid_headers on;"),
        ),
        "merge_slashes" if value == "off" => Some(
            Fault::new(
                Topic::PathAlias,
                Confidence::Medium,
                "merge_slashes off: //path is not the location of /path",
                span,
                "two spellings, two locations",
            )
            .fix("Remove the directive: nginx merges slashes unless it is told not to.")
            .edit("merge_slashes on;"),
        ),
        _ => None,
    }
}

/// Two servers that ask different things of clients and share TLS sessions (CVE-2025-23419).
fn shared_sessions(all: &[&Directive]) -> Option<Fault> {
    let tickets_off =
        all.iter().any(|directive| directive.name() == "ssl_session_tickets" && directive.argument(1) == "off");
    let shared = all.iter().find(|directive| {
        directive.name() == "ssl_session_cache" && directive.arguments().any(|word| word.starts_with("shared:"))
    });
    let asks = |server: &Directive| {
        let own = |name: &str| {
            let found = server.children().iter().find(|directive| directive.name() == name);
            found.map(|directive| directive.argument(1).to_owned())
        };
        (own("ssl_verify_client").filter(|mode| mode != "off"), own("ssl_client_certificate"))
    };
    let tls = |server: &&&Directive| {
        server.name() == "server"
            && server.children().iter().any(|child| child.name() == "listen" && child.arguments().any(|w| w == "ssl"))
    };
    let servers: Vec<&&Directive> = all.iter().filter(tls).collect();
    let strict = servers.iter().find(|server| asks(server).0.is_some())?;
    let other = servers.iter().find(|server| asks(server) != asks(strict))?;
    let how = match (shared, tickets_off) {
        (Some(_), _) => "a shared session cache",
        (None, false) => "session tickets",
        (None, true) => return None,
    };
    let message = format!(
        "servers that ask different things of clients, and {how}: before 1.26.3 and 1.27.4 a session of one opens the other"
    );
    let fault =
        Fault::new(Topic::SharedSessions, Confidence::Low, message, strict.span.clone(), "asks for certificates");
    Some(fault.with(&other.span, "asks otherwise"))
}

/// A name that an app trusts.
pub(crate) fn trusted(name: &str) -> bool {
    let name = fold(name);
    is_certificate(&name) || is_user(&name) || name.starts_with("X_FORWARDED_") || name == "X_REAL_IP"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Option<Vec<Directive>> {
        parse(&Arc::new(Source::new("nginx.conf".into(), text.into())))
    }

    #[test]
    fn a_tree_with_its_words() {
        let tree =
            tree("# a\nhttp { server { listen 443 ssl; if ($a = \"b c\") { return 403; } add_header X ${a}b; } }")
                .unwrap();
        let all: Vec<String> = tree[0].all().iter().map(|directive| directive.name().to_owned()).collect();
        assert_eq!(all, ["server", "listen", "if", "return", "add_header"]);
        assert_eq!(tree[0].all()[4].argument(2), "${a}b");
        assert_eq!(tree[0].all()[2].argument(3), "b c)".trim_end_matches(')'));
    }

    #[test]
    fn what_is_no_configuration_is_none() {
        for text in ["server {", "}", "listen 80", "a { b; } }", "{% if x %} server { } {% endif %}", "\"open"] {
            assert!(tree(text).is_none(), "{text}");
        }
    }

    #[test]
    fn headers_are_inherited_in_whole_or_not_at_all() {
        let text = "server { proxy_set_header A 1; location / { proxy_pass http://x; } location /b { proxy_set_header B 2; proxy_pass http://x; } }";
        let passings = proxy(&tree(text).unwrap()).passings;
        assert!(passings[0].handles("a") && !passings[0].handles("B"));
        assert!(passings[1].handles("HTTP_B") && !passings[1].handles("A"));
    }
}
