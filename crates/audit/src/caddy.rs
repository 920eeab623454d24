//! Caddy: the Caddyfile and its JSON.
//!
//! Snippets are followed where they are imported; files that are imported are not, and may handle any header.
//! Caddy writes the `X-Forwarded-` headers itself unless every client is a trusted proxy.

use std::{ops::Range, sync::Arc};

use crate::{
    Confidence,
    nginx::{Directive, Word, every},
    proxy::{Clients, Does, Entrance, Fault, Host, Kind, Passing, Proxy, Revocation, Rule, Topic, faults_of_rules},
    source::{Source, Span},
    tree::Node,
};

const DEPTH: usize = 32;
const FORWARDED: [&str; 3] = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"];

/// Reads a Caddyfile; `None` if it is none.
pub(crate) fn caddyfile(source: &Arc<Source>) -> Option<Proxy> {
    let mut lines = lines(source)?.into_iter();
    let tree = block(&mut lines, source, 0)?;
    let snippets: Vec<&Directive> = tree.iter().filter(|top| top.name().starts_with('(')).collect();
    let mut unread = false;
    let sites: Vec<Directive> = tree
        .iter()
        .filter(|top| !top.name().starts_with('('))
        .map(|top| expanded(top, &snippets, 0, &mut unread))
        .collect();
    let all: Vec<&Directive> = every(&sites).collect();
    if !all.iter().any(|directive| matches!(directive.name(), "reverse_proxy" | "client_auth" | "php_fastcgi")) {
        return None;
    }
    let asks_tls = |word: &Word| word.text.contains("tls.client") || word.text.contains("tls_client");
    let looked_at = all.iter().any(|directive| {
        !matches!(directive.name(), "header_up" | "request_header" | "log") && directive.words.iter().any(asks_tls)
    });
    let entrances = all.iter().filter_map(|directive| entrance(directive, looked_at)).collect();
    let trusts_all = all.iter().find(|directive| {
        directive.name() == "trusted_proxies"
            && directive.arguments().any(|range| range == "0.0.0.0/0" || range == "::/0")
    });
    let mut passings = Vec::new();
    for site in &sites {
        descend(site, &base(trusts_all.is_none()), unread, &mut passings);
    }
    let mut faults = faults_of_rules(&passings, from_client);
    faults.extend(trusts_all.map(|directive| trusted_by_all(directive.span.clone())));
    let looks_at_origin = all.iter().any(|directive| {
        let matcher = directive.name().starts_with('@') || matches!(directive.name(), "header" | "expression" | "not");
        matcher
            && directive.words.iter().any(|word| {
                let word = word.text.to_ascii_lowercase();
                ["origin", "sec-fetch-site"]
                    .iter()
                    .any(|name| word == *name || word.contains(&format!("header.{name}")))
            })
    });
    Some(Proxy { kind: Kind::Caddy, entrances, passings, faults, looks_at_origin })
}

/// What Caddy does to headers unless told otherwise.
fn base(own_forwarded: bool) -> Vec<Rule> {
    let names = FORWARDED.into_iter().filter(|_| own_forwarded);
    names.map(|name| Rule { name: name.into(), span: None, does: Does::ByDefault }).collect()
}

fn from_client(value: &str) -> bool {
    ["{header.", "{http.request.header.", "{>"].iter().any(|start| value.contains(start))
}

fn trusted_by_all(span: Span) -> Fault {
    let message = "every client is a trusted proxy: X-Forwarded-Proto and its kin are the client's";
    Fault::new(Topic::SchemeFromClient, Confidence::High, message, span, "trusts everybody")
        .fix("Name the addresses of the proxies before it, or leave it out.")
}

fn clients(mode: &str) -> Clients {
    match mode {
        "require_and_verify" => Clients::Required,
        "verify_if_given" => Clients::Optional,
        _ => Clients::Unverified,
    }
}

fn entrance(directive: &Directive, looked_at: bool) -> Option<Entrance> {
    if directive.name() != "client_auth" {
        return None;
    }
    let mode = directive.children().iter().find(|child| child.name() == "mode");
    let verifies = directive
        .children()
        .iter()
        .any(|child| child.name().starts_with("trusted_") || matches!(child.name(), "trust_pool" | "verifier"));
    // Without a word, Caddy verifies where it has something to verify against.
    let word = mode.map_or(if verifies { "require_and_verify" } else { "require" }, |mode| mode.argument(1));
    let clients = clients(word);
    let revocation = match clients {
        Clients::Unverified => Revocation::Unknown,
        _ if directive.children().iter().any(|child| child.name() == "verifier") => Revocation::Unknown,
        _ => Revocation::Impossible,
    };
    let span = mode.unwrap_or(directive).span.clone();
    Some(Entrance {
        span,
        says: format!("client_auth mode {word}"),
        clients,
        looked_at,
        refuses: looked_at,
        revocation,
    })
}

fn descend(level: &Directive, inherited: &[Rule], unread: bool, all: &mut Vec<Passing>) {
    let mut rules = inherited.to_vec();
    rules.extend(level.children().iter().filter(|child| child.name() == "request_header").filter_map(|child| {
        // A matcher may stand before the name.
        let at = if child.argument(1).starts_with(['@', '/']) || child.argument(1) == "*" { 2 } else { 1 };
        rule(child, at)
    }));
    for child in level.children() {
        if matches!(child.name(), "reverse_proxy" | "php_fastcgi") {
            let up = child.children().iter().filter(|option| option.name() == "header_up");
            let own: Vec<Rule> = rules.iter().cloned().chain(up.filter_map(|option| rule(option, 1))).collect();
            let named = child.children().iter().filter(|option| option.name() == "to");
            let addresses = child.arguments().chain(named.flat_map(Directive::arguments));
            let is_address = |word: &&str| !word.starts_with(['@', '/']) && *word != "*";
            all.push(Passing {
                span: child.span.clone(),
                what: "reverse_proxy",
                http: child.name() == "reverse_proxy",
                host: host(&own),
                rules: own,
                handles_all: unread,
                upstreams: addresses.filter(is_address).map(|to| (to.to_owned(), child.span.clone())).collect(),
            });
        } else {
            descend(child, &rules, unread, all);
        }
    }
}

fn host(rules: &[Rule]) -> Host {
    let replaced = |rule: &Rule| {
        rule.name.eq_ignore_ascii_case("host")
            && matches!(&rule.does, Does::Sets(value) if !value.contains("{host}") && !value.contains("request.host") && !value.contains("hostport}") || value.contains("upstream"))
    };
    if rules.iter().any(replaced) { Host::Replaced } else { Host::Passed }
}

/// `[+|-|?|>]Name [value]`.
fn rule(directive: &Directive, at: usize) -> Option<Rule> {
    let name = directive.argument(at);
    let span = Some(directive.span.clone());
    let value = directive.argument(at + 1).to_owned();
    let rest = name.get(1..).unwrap_or_default().to_owned();
    Some(match name.chars().next()? {
        '-' => Rule { name: rest, span, does: Does::Removes },
        '+' => Rule { name: rest, span, does: Does::Adds },
        // Set only if the client did not.
        '?' => Rule { name: rest, span, does: Does::Adds },
        '>' => Rule { name: rest, span, does: Does::Sets(value) },
        _ => Rule { name: name.to_owned(), span, does: Does::Sets(value) },
    })
}

/// A directive with its snippets in place.
fn expanded(directive: &Directive, snippets: &[&Directive], depth: usize, unread: &mut bool) -> Directive {
    let Some(block) = &directive.block else { return directive.clone() };
    let mut whole = Vec::new();
    for child in block {
        if child.name() == "import" && depth < 8 {
            let name = format!("({})", child.argument(1));
            match snippets.iter().find(|snippet| snippet.name() == name) {
                Some(snippet) => whole.extend(expanded(snippet, snippets, depth + 1, unread).block.unwrap_or_default()),
                None => *unread = true,
            }
        } else {
            whole.push(expanded(child, snippets, depth, unread));
        }
    }
    Directive { block: Some(whole), ..directive.clone() }
}

type Words = Vec<(String, Range<usize>)>;

/// A line's words; a block opens where the last one is `{`, and closes where the only one is `}`.
fn lines(source: &Arc<Source>) -> Option<Vec<Words>> {
    let text = source.text.as_str();
    let mut all = Vec::new();
    let mut line: Words = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        match c {
            '\n' => {
                if !line.is_empty() {
                    all.push(std::mem::take(&mut line));
                }
            }
            c if c.is_whitespace() => {}
            '#' => while rest.next_if(|(_, c)| *c != '\n').is_some() {},
            '\\' if rest.next_if(|(_, c)| *c == '\n').is_some() => {}
            '"' | '`' => {
                let mut word = String::new();
                loop {
                    let (end, next) = rest.next()?;
                    if next == c {
                        line.push((word, at..end + 1));
                        break;
                    }
                    if next == '\\' && c == '"' {
                        word.extend(rest.next_if(|(_, c)| *c == '"').map(|(_, c)| c).or(Some('\\')));
                    } else {
                        word.push(next);
                    }
                }
            }
            _ => {
                let mut word = String::from(c);
                let mut end = at + c.len_utf8();
                while let Some((at, c)) = rest.next_if(|(_, c)| !c.is_whitespace()) {
                    word.push(c);
                    end = at + c.len_utf8();
                }
                line.push((word, at..end));
            }
        }
    }
    if !line.is_empty() {
        all.push(line);
    }
    Some(all)
}

fn block(lines: &mut std::vec::IntoIter<Words>, source: &Arc<Source>, depth: usize) -> Option<Vec<Directive>> {
    let mut all = Vec::new();
    while let Some(mut line) = lines.next() {
        if line.len() == 1 && line.first().is_some_and(|(word, _)| word == "}") {
            return (depth > 0).then_some(all);
        }
        let start = line.first().map_or(0, |(_, range)| range.start);
        let opens = line.last().is_some_and(|(word, _)| word == "{");
        if opens {
            line.pop();
        }
        let end = line.last().map_or(start, |(_, range)| range.end);
        let block = if opens && depth < DEPTH {
            Some(self::block(lines, source, depth + 1)?)
        } else if opens {
            return None;
        } else {
            None
        };
        let words = line.into_iter().map(|(text, _)| Word { text }).collect();
        all.push(Directive { words, block, span: Span::new(source, start..end) });
    }
    if depth > 0 {
        return None;
    }
    // A file of one site needs no block: its first line is the address.
    let bare = all.first().is_some_and(|first| first.block.is_none() && first.name() != "import");
    if bare {
        let rest = all.split_off(1);
        if let Some(first) = all.first_mut() {
            first.block = Some(rest);
        }
    }
    Some(all)
}

/// A document of Caddy's JSON; `None` if it is none.
pub(crate) fn json(document: &Node) -> Option<Proxy> {
    let servers = document.at("apps.http.servers")?;
    let mut entrances = Vec::new();
    let mut passings = Vec::new();
    let mut faults = Vec::new();
    let looked_at = document.mentions("http.request.tls.client") && has_expression(document);
    for (_, server) in servers.entries() {
        let ranges = server.at("trusted_proxies.ranges");
        let everybody =
            ranges.and_then(|ranges| ranges.items().iter().find(|range| range.is("0.0.0.0/0") || range.is("::/0")));
        faults.extend(everybody.map(|range| trusted_by_all(range.span.clone())));
        for policy in server.get("tls_connection_policies").into_iter().flat_map(Node::items) {
            entrances.extend(policy.get("client_authentication").and_then(|auth| json_entrance(auth, looked_at)));
        }
        for route in server.get("routes").into_iter().flat_map(Node::items) {
            json_route(route, &base(everybody.is_none()), &mut passings);
        }
    }
    faults.extend(faults_of_rules(&passings, from_client));
    let looks_at_origin = document.mentions("Sec-Fetch-Site") || document.mentions("Origin");
    Some(Proxy { kind: Kind::Caddy, entrances, passings, faults, looks_at_origin })
}

fn has_expression(document: &Node) -> bool {
    let mut found = false;
    document.walk(&mut |node| found |= node.get("expression").is_some() || node.get("vars").is_some());
    found
}

fn json_entrance(auth: &Node, looked_at: bool) -> Option<Entrance> {
    let verifies = auth
        .entries()
        .iter()
        .any(|(key, _)| key.text().is_some_and(|key| key == "ca" || key.starts_with("trusted_") || key == "verifiers"));
    let mode = auth.get("mode").and_then(Node::text);
    let word = mode.unwrap_or(if verifies { "require_and_verify" } else { "require" });
    let clients = clients(word);
    let revocation = if clients == Clients::Unverified || auth.get("verifiers").is_some() {
        Revocation::Unknown
    } else {
        Revocation::Impossible
    };
    let span = auth.entry("mode").unwrap_or_else(|| auth.span.clone());
    Some(Entrance {
        span,
        says: format!("client_authentication mode {word}"),
        clients,
        looked_at,
        refuses: looked_at,
        revocation,
    })
}

fn json_route(route: &Node, inherited: &[Rule], all: &mut Vec<Passing>) {
    if all.len() > 1000 {
        return;
    }
    let mut rules = inherited.to_vec();
    for handler in route.get("handle").into_iter().flat_map(Node::items) {
        match handler.get("handler").and_then(Node::text) {
            Some("headers") => rules.extend(handler.get("request").map(json_rules).unwrap_or_default()),
            Some("subroute") => {
                for route in handler.get("routes").into_iter().flat_map(Node::items) {
                    json_route(route, &rules, all);
                }
            }
            Some("reverse_proxy") => {
                let own = handler.at("headers.request").map(json_rules).unwrap_or_default();
                let own: Vec<Rule> = rules.iter().cloned().chain(own).collect();
                let upstreams = handler.get("upstreams").into_iter().flat_map(Node::items);
                let span = handler.entry("handler").unwrap_or_else(|| handler.span.clone());
                all.push(Passing {
                    span,
                    what: "reverse_proxy",
                    http: true,
                    host: host(&own),
                    rules: own,
                    handles_all: false,
                    upstreams: upstreams
                        .filter_map(|one| one.get("dial"))
                        .filter_map(|dial| Some((dial.text()?.to_owned(), dial.span.clone())))
                        .collect(),
                });
            }
            _ => {}
        }
    }
}

fn json_rules(request: &Node) -> Vec<Rule> {
    let mut rules = Vec::new();
    for (key, does) in [("set", true), ("add", false)] {
        for (name, values) in request.get(key).into_iter().flat_map(Node::entries) {
            let value = values.items().first().and_then(Node::text).unwrap_or_default().to_owned();
            let does = if does { Does::Sets(value) } else { Does::Adds };
            let span = Some(name.span.clone());
            rules.push(Rule { name: name.text().unwrap_or_default().to_owned(), span, does });
        }
    }
    for name in request.get("delete").into_iter().flat_map(Node::items) {
        let span = Some(name.span.clone());
        rules.push(Rule { name: name.text().unwrap_or_default().to_owned(), span, does: Does::Removes });
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Proxy> {
        caddyfile(&Arc::new(Source::new("Caddyfile".into(), text.into())))
    }

    #[test]
    fn sites_snippets_and_bare_files() {
        let text = "{\n  admin off\n}\n(id) {\n  request_header -X-SSL-*\n}\nbank.test {\n  import id\n  tls {\n    client_auth {\n      mode verify_if_given # x\n    }\n  }\n  reverse_proxy /a* 10.0.0.1:80 {\n    header_up X-A \"b c\"\n  }\n}\n";
        let proxy = read(text).unwrap();
        assert_eq!(proxy.entrances[0].clients, Clients::Optional);
        let passing = &proxy.passings[0];
        assert!(passing.handles("X-SSL-Client") && passing.handles("X-A") && !passing.handles("X-B"));
        assert_eq!(passing.upstreams[0].0, "10.0.0.1:80");
        assert_eq!(read("bank.test\n\nreverse_proxy localhost:8000\n").unwrap().passings.len(), 1);
    }

    #[test]
    fn other_files_are_none() {
        for text in ["a {\n", "}\n", "\"open", "FROM caddy\nRUN x\n", "reverse_proxy\n}\n"] {
            assert!(read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_mode_that_is_not_said_follows_what_there_is() {
        let site = |inner: &str| format!("a {{\n tls {{\n client_auth {{\n {inner}\n }}\n }}\n reverse_proxy x\n}}\n");
        assert_eq!(read(&site("trust_pool file ca.pem")).unwrap().entrances[0].clients, Clients::Required);
        assert_eq!(read(&site("")).unwrap().entrances[0].clients, Clients::Unverified);
    }
}
