//! Caddy: the Caddyfile and its JSON.
//!
//! Snippets are followed where they are imported; files that are imported are not, and may handle any header.
//! Caddy writes the `X-Forwarded-` headers itself unless every client is a trusted proxy.

use std::{ops::Range, sync::Arc};

use crate::{
    Confidence,
    directive::{Directive, Word, every},
    proxy::{Clients, Does, Entrance, Fault, Host, Kind, Passing, Proxy, Revocation, Rule, Topic, faults_of_rules},
    source::{Source, Span},
    tree::Node,
};

const DEPTH: usize = 32;
/// Of directives and rules, with those that imports repeat: more are none that people write.
const MOST: usize = 50_000;
/// What may stand in a site or a route; another name is a plugin's, which may handle any header.
const KNOWN: &str = " abort acme_server basic_auth basicauth bind encode error file_server forward_auth fs handle \
    handle_errors handle_path header import intercept invoke log log_append log_name log_skip skip_log map method metrics \
    php_fastcgi push redir request_body request_header respond reverse_proxy rewrite root route templates tls tracing \
    try_files uri vars copy_response copy_response_headers precompress rate_limit cache ";
const FORWARDED: [&str; 3] = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"];

/// Reads a Caddyfile; `None` if it is none.
pub(crate) fn caddyfile(source: &Arc<Source>) -> Option<Proxy> {
    let mut lines = lines(source)?.into_iter();
    let tree = block(&mut lines, source, 0)?;
    let snippets: Vec<&Directive> = tree.iter().filter(|top| top.name().starts_with('(')).collect();
    let mut imports = Imports { snippets, unread: false, left: MOST };
    let sites: Vec<Directive> =
        tree.iter().filter(|top| !top.name().starts_with('(')).map(|top| imports.expanded(top, &[], 0)).collect();
    let unread = imports.unread;
    let all: Vec<&Directive> = every(&sites).collect();
    if !all.iter().any(|directive| matches!(directive.name(), "reverse_proxy" | "client_auth" | "php_fastcgi")) {
        return None;
    }
    let asks_tls = |word: &Word| word.text.contains("tls.client") || word.text.contains("tls_client");
    let asks = |passes_on: bool| {
        let skipped =
            |name: &str| matches!(name, "header_up" | "request_header") != passes_on || name.starts_with("log");
        all.iter().any(|directive| !skipped(directive.name()) && directive.words.iter().any(asks_tls))
    };
    let (refuses, told) = (asks(false), asks(true));
    let entrances = all.iter().filter_map(|directive| entrance(directive, refuses, told)).collect();
    let trusts_all = all.iter().find(|directive| {
        directive.name() == "trusted_proxies"
            && directive.arguments().any(|range| range == "0.0.0.0/0" || range == "::/0")
    });
    let mut passings = Vec::new();
    for site in &sites {
        // A named route runs where it is invoked.
        let named = site.name().starts_with("&(");
        descend(site, &base(trusts_all.is_none()), unread || named, &mut { MOST }, &mut passings);
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

fn entrance(directive: &Directive, refuses: bool, told: bool) -> Option<Entrance> {
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
    // A verifier of its own is asked in every mode, and refuses who has no certificate.
    let leaf =
        directive.children().iter().any(|child| child.name() == "verifier" || child.name().starts_with("trusted_leaf"));
    let clients = match clients(word) {
        Clients::Unverified if leaf => Clients::Required,
        clients => clients,
    };
    let looked_at = refuses || told && clients == Clients::Optional;
    let revocation = match clients {
        Clients::Unverified => Revocation::Unknown,
        _ if directive.children().iter().any(|child| child.name() == "verifier") => Revocation::Unknown,
        _ => Revocation::Impossible,
    };
    let span = mode.unwrap_or(directive).span.clone();
    Some(Entrance { span, says: format!("client_auth mode {word}"), clients, looked_at, refuses, revocation })
}

fn descend(level: &Directive, inherited: &[Rule], unread: bool, left: &mut usize, all: &mut Vec<Passing>) {
    let mut rules = inherited.to_vec();
    let mut unread = unread;
    for child in level.children() {
        match child.name() {
            "request_header" => {
                // A matcher may stand before the name.
                let at = if child.argument(1).starts_with(['@', '/']) || child.argument(1) == "*" { 2 } else { 1 };
                rules.extend(rule(child, at));
            }
            // It asks another server who this is, and takes its word.
            "forward_auth" => {
                let copied = child.children().iter().filter(|option| option.name() == "copy_headers");
                let names = copied.flat_map(|option| {
                    option.arguments().map(ToOwned::to_owned).chain(
                        option
                            .children()
                            .iter()
                            .map(|one| one.words.last().map_or_else(String::new, |word| word.text.clone())),
                    )
                });
                rules.extend(names.map(|name| {
                    let name = name.rsplit('>').next().unwrap_or_default().to_owned();
                    Rule { name, span: None, does: Does::ByDefault }
                }));
            }
            name => unread |= !name.starts_with('@') && !name.is_empty() && !KNOWN.contains(&format!(" {name} ")),
        }
    }
    for child in level.children() {
        if matches!(child.name(), "reverse_proxy" | "php_fastcgi") {
            let up = child.children().iter().filter(|option| option.name() == "header_up");
            let own: Vec<Rule> = rules.iter().cloned().chain(up.filter_map(|option| rule(option, 1))).collect();
            let Some(rest) = left.checked_sub(own.len()) else { return };
            *left = rest;
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
        } else if matches!(child.name(), "handle" | "handle_path" | "route" | "handle_errors") {
            descend(child, &rules, unread, left, all);
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

/// Puts snippets in place.
struct Imports<'a> {
    snippets: Vec<&'a Directive>,
    /// Something is imported that is not here.
    unread: bool,
    /// How many more directives may be put in place.
    left: usize,
}

impl Imports<'_> {
    /// A directive with its snippets in place; `{block}` is what the import that brings it has in its own.
    fn expanded(&mut self, directive: &Directive, given: &[Directive], depth: usize) -> Directive {
        let Directive { words, block, span } = directive;
        let mut whole = Vec::new();
        for child in block.iter().flatten() {
            let Some(left) = self.left.checked_sub(1) else {
                self.unread = true;
                break;
            };
            self.left = left;
            if child.name() == "{block}" {
                whole.extend(given.iter().cloned());
            } else if child.name() == "import" && depth < 8 {
                let name = format!("({})", child.argument(1));
                match self.snippets.iter().copied().find(|snippet| snippet.name() == name) {
                    Some(snippet) => {
                        let inner = self.expanded(child, given, depth + 1).block.unwrap_or_default();
                        whole.extend(self.expanded(snippet, &inner, depth + 1).block.unwrap_or_default());
                    }
                    None => self.unread = true,
                }
            } else {
                whole.push(self.expanded(child, given, depth));
            }
        }
        Directive { words: words.clone(), block: block.as_ref().map(|_| whole), span: span.clone() }
    }
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
                // A text of several lines, up to one that begins with its mark.
                let mark = word.strip_prefix("<<").filter(|mark| {
                    !mark.is_empty() && mark.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
                });
                if let Some(mark) = mark.filter(|_| text.get(end..).is_some_and(|rest| rest.starts_with(['\n', '\r'])))
                {
                    let mut whole = text.get(end..)?.split_inclusive('\n');
                    let mut close = end + whole.next()?.len();
                    for line in whole {
                        if line.trim_start().starts_with(mark) {
                            close += line.len() - line.trim_start().len() + mark.len();
                            break;
                        }
                        close += line.len();
                    }
                    word = text.get(end..close)?.to_owned();
                    while rest.next_if(|(at, _)| *at < close).is_some() {}
                    end = close;
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
    // Global options and snippets may stand before it.
    let before = |one: &Directive| one.block.is_some() && (one.words.is_empty() || one.name().starts_with('('));
    let head = all.iter().take_while(|one| before(one)).count();
    let bare = all.get(head).is_some_and(|first| {
        first.block.is_none()
            && first.name() != "import"
            && !first.words.last().is_some_and(|word| word.text.ends_with(','))
    });
    if bare {
        let rest = all.split_off(head + 1);
        if let Some(first) = all.last_mut() {
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
        json_routes(server.get("routes"), base(everybody.is_none()), &mut { MOST }, &mut passings);
    }
    faults.extend(faults_of_rules(&passings, from_client));
    // In a matcher: a header of an answer may be named after it as well.
    let mut looks_at_origin = false;
    document.walk(&mut |node| {
        let keys = node.get("header").into_iter().chain(node.get("header_regexp")).flat_map(Node::entries);
        looks_at_origin |= keys.into_iter().any(|(key, _)| key.is("Origin") || key.is("Sec-Fetch-Site"));
        let text = node.text().map(str::to_ascii_lowercase).unwrap_or_default();
        looks_at_origin |= ["header.origin", "header.sec-fetch-site"].iter().any(|name| text.contains(name));
    });
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
    let leaf = auth.get("verifiers").or_else(|| auth.get("trusted_leaf_certs")).is_some();
    let clients = match clients(word) {
        Clients::Unverified if leaf => Clients::Required,
        clients => clients,
    };
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

/// Routes run one after the other: what one does to headers counts for those behind it.
fn json_routes(routes: Option<&Node>, mut rules: Vec<Rule>, left: &mut usize, all: &mut Vec<Passing>) -> Vec<Rule> {
    for route in routes.into_iter().flat_map(Node::items) {
        for handler in route.get("handle").into_iter().flat_map(Node::items) {
            match handler.get("handler").and_then(Node::text) {
                Some("headers") => rules.extend(handler.get("request").map(json_rules).unwrap_or_default()),
                Some("subroute") => rules = json_routes(handler.get("routes"), rules, left, all),
                // It asks another server who this is, and takes its word.
                Some("reverse_proxy")
                    if handler.at("rewrite.uri").is_some() && handler.get("handle_response").is_some() =>
                {
                    handler.walk(&mut |node| {
                        let request =
                            node.get("request").filter(|_| node.get("handler").is_some_and(|name| name.is("headers")));
                        rules.extend(request.map(json_rules).unwrap_or_default());
                    });
                }
                Some("reverse_proxy") => {
                    let own = handler.at("headers.request").map(json_rules).unwrap_or_default();
                    let own: Vec<Rule> = rules.iter().cloned().chain(own).collect();
                    let Some(rest) = left.checked_sub(own.len()) else { return rules };
                    *left = rest;
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
    rules
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
    fn texts_of_several_lines_and_options_before_a_bare_site() {
        let text =
            "{\n  admin off\n}\na.test\nrespond /x <<END\n  }\n  reverse_proxy no {\n  END 200\nreverse_proxy yes\n";
        let passings = read(text).unwrap().passings;
        assert_eq!(passings.len(), 1);
        assert_eq!(passings[0].upstreams[0].0, "yes");
        assert!(read("a.test {\n respond <<END\n é").is_none());
    }

    #[test]
    fn imports_take_blocks_and_end() {
        let text = "(wrap) {\n handle {\n {block}\n }\n}\na.test {\n import wrap x {\n reverse_proxy y\n }\n}\n";
        assert_eq!(read(text).unwrap().passings.len(), 1);
        let many = "import a\n".repeat(200);
        assert!(read(&format!("(a) {{\n{many}}}\na.test {{\nreverse_proxy y\n{many}}}\n")).is_some());
    }

    #[test]
    fn who_signs_in_writes_headers() {
        let handles = |inner: &str| {
            read(&format!("a.test {{\n{inner}\n reverse_proxy y\n}}\n")).unwrap().passings[0].handles("Remote-User")
        };
        for inner in [
            "forward_auth auth:9091 {\n uri /verify\n copy_headers Remote-User Remote-Groups\n}",
            "forward_auth auth:9091 {\n copy_headers {\n X-User>Remote-User\n }\n}",
            "authorize with policy",
            "import headers.caddy",
        ] {
            assert!(handles(inner), "{inner}");
        }
        assert!(!handles("encode zstd gzip\n@x path /x\nforward_auth auth:9091 {\n uri /verify\n}"));
    }

    #[test]
    fn a_leaf_that_is_named_is_verified() {
        let site =
            "a {\n tls {\n client_auth {\n mode require\n trusted_leaf_cert_file x.pem\n }\n }\n reverse_proxy x\n}\n";
        assert_eq!(read(site).unwrap().entrances[0].clients, Clients::Required);
    }

    #[test]
    fn routes_of_json_run_one_after_the_other() {
        let text = r#"{"apps": {"http": {"servers": {"a": {"routes": [
            {"handle": [{"handler": "headers", "response": {"set": {"Access-Control-Allow-Origin": ["*"]}}, "request": {"delete": ["X-SSL-*"]}}]},
            {"group": "g", "handle": [{"handler": "subroute", "routes": [{"handle": [{"handler": "reverse_proxy", "upstreams": [{"dial": "x:1"}]}]}]}]}
        ]}}}}}"#;
        let source = Arc::new(Source::new("caddy.json".into(), text.into()));
        let proxy = json(&crate::tree::yaml(&source).unwrap()[0]).unwrap();
        assert!(proxy.passings[0].handles("X-SSL-Client-DN") && !proxy.looks_at_origin);
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
