//! nginx configuration, in the words of all proxies.
//!
//! Includes are followed within what is audited. `proxy_set_header` is inherited as nginx does it: a level
//! that has one of its own has none of those above.

use std::{collections::HashMap, sync::Arc};

use crate::{
    Confidence,
    directive::{Directive, every},
    proxy::{
        Clients, Does, Entrance, Fault, Host, Kind, Passing, Proxy, Revocation, Rule, Topic, faults_of_rules, fold,
        is_identity,
    },
    source::Span,
};

/// What passes requests on, what sets headers for it, and the files of the distributions that do.
const FAMILIES: [(&str, &str, &[&str]); 5] = [
    ("proxy_pass", "proxy_set_header", &["proxy_params"]),
    ("uwsgi_pass", "uwsgi_param", &["uwsgi_params"]),
    ("fastcgi_pass", "fastcgi_param", &["fastcgi_params", "fastcgi.conf", "fastcgi-php.conf"]),
    ("grpc_pass", "grpc_set_header", &[]),
    ("scgi_pass", "scgi_param", &["scgi_params"]),
];
/// Of rules that places inherit, in all: more are none that people write.
const MAX_RULES: usize = 100_000;

/// What one family of directives does to headers at a level.
#[derive(Clone, Debug, Default)]
struct Headers {
    rules: Arc<Vec<Rule>>,
    /// A file that is not here may set others.
    unread: bool,
}

/// What a level inherits.
#[derive(Clone, Debug, Default)]
struct Level {
    families: [Headers; 5],
    /// Of modules that change headers beside them, and are inherited in any case.
    more: Vec<Rule>,
    /// Code may do anything.
    code: bool,
}

/// A configuration in the words of all proxies, its includes in place.
pub(crate) fn proxy(tree: &[Directive]) -> Proxy {
    let all: Vec<&Directive> = every(tree).collect();
    let mut passings = Vec::new();
    // Of a part that is included by a file that is not here, what is around it is not known.
    let whole = tree.iter().any(|top| matches!(top.name(), "http" | "server" | "events" | "stream"));
    let mut around = Level::default();
    for headers in &mut around.families {
        headers.unread = !whole;
    }
    descend(tree, "", &around, &mut { MAX_RULES }, &mut passings);
    let blocks: HashMap<&str, &Directive> =
        all.iter().filter(|one| one.name() == "upstream").map(|one| (one.argument(1), *one)).collect();
    for passing in &mut passings {
        passing.upstreams = upstreams(&blocks, &passing.span, passing.upstreams.first().map(|(to, _)| to.clone()));
    }
    let code = all.iter().any(|directive| directive.name().contains("_by_lua"));
    let mut entrances = Vec::new();
    entrances_of(tree, false, &Looks::of(&all, code), &mut entrances);
    let copies = made_of(&all, &["$http_x_", "$http_ssl_"], true);
    let mut faults = faults_of_rules(&passings, |value| copies.iter().any(|name| mentions(value, name)));
    for directive in &all {
        faults.extend(fault(directive));
    }
    faults.extend(shared_sessions(&all));
    let origins = made_of(&all, &["$http_origin", "$http_sec_fetch_site", "$http_referer", "$invalid_referer"], false);
    // What only answers a preflight or adds a header to the answer refuses nothing.
    let refuses = |block: &Directive| {
        let harmless = |one: &Directive| {
            matches!(one.name(), "add_header" | "more_set_headers" | "set")
                || one.name() == "return" && one.argument(1).starts_with('2')
        };
        !block.children().iter().all(harmless) || block.children().iter().any(|one| one.name() == "set")
    };
    let looks_at_origin = code
        || all.iter().any(|directive| {
            directive.name() == "if"
                && refuses(directive)
                && directive.words.iter().any(|word| origins.iter().any(|name| mentions(&word.text, name)))
        });
    Proxy { kind: Kind::Nginx, entrances, passings, faults, looks_at_origin }
}

/// Whether a word has a variable in it, `$name` or `${name}`.
fn mentions(word: &str, variable: &str) -> bool {
    word.contains('$')
        && (word.contains(variable) || (word.contains("${") && word.replace("${", "$").contains(variable)))
}

/// These variables, and those that `map` and `set` make of them: whatever asks for them, or what is a copy of one.
fn made_of(all: &[&Directive], names: &[&str], copies: bool) -> Vec<String> {
    let mut known: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let makers: Vec<&&Directive> = all.iter().filter(|one| matches!(one.name(), "map" | "set")).collect();
    for _ in 0..3 {
        let before = known.len();
        for maker in &makers {
            let has = |word: &str| known.iter().any(|name| mentions(word, name));
            let (made, hit) = if maker.name() == "set" {
                (maker.argument(1), has(maker.argument(2)))
            } else if copies {
                (maker.argument(2), maker.children().iter().any(|line| has(line.argument(1))))
            } else {
                (maker.argument(2), has(maker.argument(1)))
            };
            if hit && made.starts_with('$') && known.len() < 16 && !known.iter().any(|name| name == made) {
                known.push(made.to_owned());
            }
        }
        if known.len() == before {
            break;
        }
    }
    known
}

/// What the configuration does with the result of the verification.
#[derive(Clone, Copy, Debug)]
struct Looks {
    /// At the result, or at anything of the certificate, which is empty where there is none.
    at: [bool; 2],
    refuses: [bool; 2],
}

impl Looks {
    fn of(all: &[&Directive], code: bool) -> Self {
        let [result, any] = [["$ssl_client_verify"], ["$ssl_client_"]].map(|names| {
            let names = made_of(all, &names, false);
            let hit =
                |one: &&&Directive| one.words.iter().any(|word| names.iter().any(|name| mentions(&word.text, name)));
            let looks = all.iter().filter(|one| one.name() != "log_format").any(|one| hit(&one));
            (looks || code, all.iter().filter(hit).any(|one| one.name() == "if") || code)
        });
        Self { at: [result.0, any.0], refuses: [result.1, any.1] }
    }
}

fn descend(level: &[Directive], inside: &str, above: &Level, left: &mut usize, all: &mut Vec<Passing>) {
    let mut here = above.clone();
    let includes: Vec<&str> = level.iter().filter(|one| one.name() == "include").map(|one| one.argument(1)).collect();
    let unread = includes.iter().any(|path| may_set_headers(path, inside));
    for (headers, (_, sets, files)) in here.families.iter_mut().zip(FAMILIES) {
        let mut own: Vec<Rule> = level.iter().filter(|one| one.name() == sets).map(rule).collect();
        let known = includes.iter().filter(|path| files.contains(&path.rsplit('/').next().unwrap_or_default()));
        for path in known {
            let debian = ["Host", "X-Real-IP", "X-Forwarded-For", "X-Forwarded-Proto"];
            let names = if path.ends_with("proxy_params") { debian.as_slice() } else { &["REMOTE_ADDR"] };
            let by_default = |name: &&str| Rule { name: (*name).into(), span: None, does: Does::ByDefault };
            own.extend(names.iter().map(by_default));
        }
        if unread || !own.is_empty() {
            *headers = Headers { rules: Arc::new(own), unread };
        }
    }
    here.more.extend(level.iter().flat_map(more));
    here.code |= level.iter().any(|one| {
        one.name().contains("_by_lua") || one.name() == "proxy_pass_request_headers" && one.argument(1) == "off"
    });
    // Clients do not get there: the question to a service that signs in, files of an answer.
    let internal = inside == "location" && level.iter().any(|one| one.name() == "internal");
    for directive in level {
        let family = FAMILIES.iter().position(|(pass, ..)| *pass == directive.name());
        // In a server itself it is one of `stream`, which knows no headers.
        let headers = family.filter(|_| !internal && inside != "server").and_then(|at| here.families.get(at));
        if let Some(headers) = headers {
            let http = directive.name() == "proxy_pass";
            let rules: Vec<Rule> = headers.rules.iter().chain(&here.more).cloned().collect();
            let Some(rest) = left.checked_sub(rules.len()) else { return };
            *left = rest;
            let host = match (http, headers.unread || here.code) {
                (true, false) => host(&rules),
                (true, true) => Host::Unknown,
                _ => Host::Passed,
            };
            all.push(Passing {
                span: directive.span.clone(),
                what: "location",
                http,
                host,
                rules,
                handles_all: headers.unread || here.code,
                upstreams: vec![(directive.argument(1).to_owned(), directive.span.clone())],
            });
        }
        if !matches!(directive.name(), "stream" | "mail") && directive.block.is_some() {
            descend(directive.children(), directive.name(), &here, left, all);
        }
    }
}

/// Whether a file that is not here may set headers: those of the distributions do not, nor do sites in `http`.
pub(crate) fn may_set_headers(path: &str, inside: &str) -> bool {
    const HARMLESS: [&str; 9] =
        ["mime.types", "ssl", "letsencrypt", "modules", "gzip", "default.d", "cache", "acme", "error"];
    let name = path.rsplit('/').next().unwrap_or_default();
    let known = FAMILIES.iter().any(|(.., files)| files.contains(&name));
    let sites = name.contains('*') && !matches!(inside, "server" | "location");
    !known && !sites && !HARMLESS.iter().any(|part| path.contains(part))
}

/// `more_set_input_headers` and `more_clear_input_headers`.
pub(crate) fn more(directive: &Directive) -> Vec<Rule> {
    let clears = match directive.name() {
        "more_set_input_headers" => false,
        "more_clear_input_headers" => true,
        _ => return Vec::new(),
    };
    let mut words = directive.arguments();
    let mut rules = Vec::new();
    while let Some(word) = words.next() {
        if word == "-t" {
            words.next();
        } else if !word.starts_with('-') {
            let (name, value) = word.split_once(':').unwrap_or((word, ""));
            let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
            let does = if clears || value.is_empty() { Does::Removes } else { Does::Sets(value) };
            rules.push(Rule { name, span: Some(directive.span.clone()), does });
        }
    }
    rules
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
fn upstreams(blocks: &HashMap<&str, &Directive>, span: &Span, to: Option<String>) -> Vec<(String, Span)> {
    let Some(to) = to else { return Vec::new() };
    let name = to.split_once("://").map_or(to.as_str(), |(_, rest)| rest);
    let name = name.split('/').next().unwrap_or(name);
    match blocks.get(name) {
        Some(block) => {
            let servers = block.children().iter().filter(|server| server.name() == "server");
            let scheme = if to.starts_with("https://") { "https://" } else { "" };
            servers.map(|server| (format!("{scheme}{}", server.argument(1)), server.span.clone())).collect()
        }
        None => vec![(to.clone(), span.clone())],
    }
}

fn entrances_of(level: &[Directive], above: bool, looks: &Looks, all: &mut Vec<Entrance>) {
    let here = above
        || level
            .iter()
            .any(|directive| matches!(directive.name(), "ssl_crl" | "ssl_ocsp") && directive.argument(1) != "off");
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
            // Where bad certificates are refused, whatever is told of one is told of a good one.
            let of = usize::from(clients == Clients::Optional);
            let [looked_at, refuses] = [looks.at, looks.refuses].map(|all| all.get(of).is_some_and(|one| *one));
            all.push(Entrance { span: directive.span.clone(), says, clients, looked_at, refuses, revocation });
        }
        entrances_of(directive.children(), here, looks, all);
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
    let http: Vec<&Directive> =
        all.iter().filter(|one| one.name() == "http").flat_map(|http| http.children()).collect();
    let around = |name: &str| http.iter().copied().find(|directive| directive.name() == name);
    let modes = ["ssl_verify_client", "ssl_client_certificate"].map(around);
    let asks = |server: &Directive| {
        let own = |name: &str| {
            let found = server.children().iter().find(|directive| directive.name() == name);
            let above = modes.iter().flatten().copied().find(|directive| directive.name() == name);
            found.or(above).map(|directive| directive.argument(1).to_owned())
        };
        (own("ssl_verify_client").filter(|mode| mode != "off"), own("ssl_client_certificate"))
    };
    let tls = |server: &&&Directive| {
        server.name() == "server"
            && server.children().iter().any(|child| child.name() == "listen" && child.arguments().any(|w| w == "ssl"))
            // No session begins there.
            && !server.children().iter().any(|child| child.name() == "ssl_reject_handshake" && child.argument(1) == "on")
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
    is_identity(&name) || name.starts_with("X_FORWARDED_") || name == "X_REAL_IP"
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::{directive::parse, source::Source};

    fn tree(text: &str) -> Option<Vec<Directive>> {
        parse(&Arc::new(Source::new("nginx.conf".into(), text.into())))
    }

    fn passings(text: &str) -> Vec<Passing> {
        proxy(&tree(text).unwrap()).passings
    }

    #[test]
    fn what_no_client_reaches_and_what_knows_no_headers_is_no_passing() {
        for text in [
            "stream { upstream a { server 10.0.0.1:443; } server { listen 443; proxy_pass a; } }",
            "server { listen 443; proxy_pass 10.0.0.1:443; }",
            "server { location = /auth { internal; proxy_pass http://auth; } }",
        ] {
            assert!(passings(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn what_an_unread_file_may_set_counts_as_set() {
        let handles = |text: &str| passings(text)[0].handles("X-SSL-Client-S-DN");
        for text in [
            "server { location / { include snippets/headers.conf; proxy_pass http://x; } }",
            "server { include headers.conf; location / { proxy_pass http://x; } }",
            "location / { proxy_pass http://x; }",
            "server { location / { more_clear_input_headers A 'X-SSL-*'; proxy_pass http://x; } }",
            "server { rewrite_by_lua_block { if a then b = '}' end -- {\n } location / { proxy_pass http://x; } }",
        ] {
            assert!(handles(text), "{text}");
        }
        for text in [
            "server { location / { include proxy_params; proxy_pass http://x; } }",
            "server { include headers.conf; location / { proxy_set_header A b; proxy_pass http://x; } }",
            "http { include conf.d/*.conf; server { include snippets/ssl-params.conf; location / { proxy_pass http://x; } } }",
            "location / { proxy_set_header A b; proxy_pass http://x; }",
        ] {
            assert!(!handles(text), "{text}");
        }
        assert_eq!(
            passings("server { location / { include proxy_params; proxy_pass http://x; } }")[0].host,
            Host::Passed
        );
    }

    #[test]
    fn each_protocol_has_headers_of_its_own() {
        let text = "server { proxy_set_header X-SSL-Client-S-DN a; uwsgi_param HTTP_X_REMOTE_USER b; location / { uwsgi_pass x; } location /b { include uwsgi_params; uwsgi_pass x; } }";
        let passings = passings(text);
        assert!(!passings[0].handles("X-SSL-Client-S-DN") && passings[0].handles("X-Remote-User"));
        assert!(!passings[1].handles("X-Remote-User"));
    }

    #[test]
    fn variables_are_followed_through_maps() {
        let entrance = |text: &str| proxy(&tree(text).unwrap()).entrances[0].clone();
        let map = "map $ssl_client_verify $ok { default 0; SUCCESS 1; }";
        let known =
            entrance(&format!("{map} server {{ ssl_verify_client optional_no_ca; if ($ok = 0) {{ return 403; }} }}"));
        assert!(known.looked_at && known.refuses);
        let log = entrance("log_format a '$ssl_client_verify'; server { ssl_verify_client optional; ssl_ocsp off; }");
        assert!(!log.looked_at && !log.refuses && log.revocation == Revocation::NotLookedAt);
        let name =
            entrance("server { ssl_verify_client optional; location / { proxy_set_header A $ssl_client_s_dn; } }");
        assert!(name.looked_at && !name.refuses);
        let origin = |text: &str| proxy(&tree(text).unwrap()).looks_at_origin;
        assert!(!origin(
            "map $http_origin $cors { default ''; } server { add_header A $cors; if ($cors) { add_header B c; } }"
        ));
        assert!(origin("map $http_origin $bad { default 1; } server { if ($bad) { return 403; } }"));
        let copied = "map $http_x_forwarded_proto $p { default $http_x_forwarded_proto; '' $scheme; } server { location / { proxy_set_header X-Forwarded-Proto $p; proxy_pass http://x; } }";
        assert_eq!(proxy(&tree(copied).unwrap()).faults[0].topic, Topic::SchemeFromClient);
    }

    #[test]
    fn a_server_that_refuses_handshakes_shares_no_session() {
        let text = "server { listen 443 ssl default_server; ssl_reject_handshake on; } server { listen 443 ssl; ssl_verify_client on; ssl_crl x; }";
        assert!(proxy(&tree(text).unwrap()).faults.is_empty());
    }

    #[test]
    fn headers_are_inherited_in_whole_or_not_at_all() {
        let text = "server { proxy_set_header A 1; location / { proxy_pass http://x; } location /b { proxy_set_header B 2; proxy_pass http://x; } }";
        let passings = proxy(&tree(text).unwrap()).passings;
        assert!(passings[0].handles("a") && !passings[0].handles("B"));
        assert!(passings[1].handles("HTTP_B") && !passings[1].handles("A"));
    }
}
