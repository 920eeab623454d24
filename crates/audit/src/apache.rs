//! Apache httpd configuration: lines, with the sections that they stand in.
//!
//! Sections are not told apart: a header that some line of the file sets or removes counts as handled, so that
//! what is found is handled nowhere.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{
    Confidence,
    line::{Line, words},
    proxy::{
        Clients, Does, Entrance, Fault, Host, Kind, Passing, Proxy, Revocation, Rule, Topic, faults_of_rules, fold,
        is_identity,
    },
    source::{Source, Span},
};

/// Of rules that places have, in all.
const MAX_RULES: usize = 100_000;

/// Reads a file; `None` if it is no configuration of Apache that passes requests on or verifies clients.
pub(crate) fn parse(source: &Arc<Source>) -> Option<Vec<Line>> {
    let mut lines = Vec::new();
    let mut at = 0;
    let mut open: Option<(usize, String)> = None;
    for whole in source.text.split_inclusive('\n') {
        let start = at + (whole.len() - whole.trim_start().len());
        at += whole.len();
        let text = whole.trim();
        // A comment begins a line; elsewhere the sign is text.
        if open.is_none() && (text.is_empty() || text.starts_with('#')) {
            continue;
        }
        let (start, before) = open.take().unwrap_or((start, String::new()));
        if let Some(part) = text.strip_suffix('\\') {
            open = Some((start, before + part + " "));
            continue;
        }
        let words = words(&(before + text).replace('#', "\\#"));
        let end = (at - whole.len() + whole.trim_end().len()).max(start);
        lines.push(Line { words, span: Span::new(source, start..end) });
    }
    let known = |line: &Line| {
        [
            "<virtualhost",
            "<ifmodule",
            "<location",
            "<directory",
            "proxypass",
            "wsgiscriptalias",
            "sslverifyclient",
            "sslengine",
        ]
        .contains(&line.name().trim_end_matches('>').to_ascii_lowercase().as_str())
    };
    lines.iter().any(known).then_some(lines)
}

/// The lines of that directive.
fn named<'a>(lines: &'a [Line], name: &'a str) -> impl Iterator<Item = &'a Line> {
    lines.iter().filter(move |line| line.name().eq_ignore_ascii_case(name))
}

/// A configuration in the words of all proxies.
pub(crate) fn proxy(lines: &[Line]) -> Proxy {
    let (rules, handles_all) = rules(lines);
    let says = |line: &Line, what: &str| line.words.iter().any(|word| word.contains(what));
    // Who has no certificate, or none that verifies, is no user then.
    let own = lines.iter().any(|line| {
        line.name().eq_ignore_ascii_case("Require") && line.has("ssl-verify-client")
            || line.name().eq_ignore_ascii_case("SSLOptions") && says(line, "FakeBasicAuth")
    });
    // Where bad certificates are refused, whatever is told of one is told of a good one.
    let [result, any] = ["SSL_CLIENT_VERIFY", "SSL_CLIENT_"].map(|name| {
        let hit = |line: &&Line| says(line, name);
        let looks = lines.iter().filter(|line| {
            !["logformat", "customlog", "sslrequiressl"].contains(&line.name().to_ascii_lowercase().as_str())
        });
        let conditions = ["require", "sslrequire", "rewritecond", "<if"];
        let refuses = |line: &&Line| conditions.contains(&line.name().to_ascii_lowercase().as_str());
        [looks.clone().any(|line| hit(&line)) || own, lines.iter().filter(hit).any(|line| refuses(&line)) || own]
    });
    let on = |name: &str, off: &[&str]| named(lines, name).any(|line| !off.iter().any(|word| line.has(word)));
    let revocation = if on("SSLCARevocationCheck", &["none"]) || on("SSLOCSPEnable", &["off"]) {
        Revocation::LookedAt
    } else {
        Revocation::NotLookedAt
    };
    let mode = |line: &Line| line.words.get(1).map_or(String::new(), |mode| mode.to_ascii_lowercase());
    let entrances: Vec<Entrance> = named(lines, "SSLVerifyClient")
        .filter(|line| mode(line) != "none")
        .map(|line| {
            let clients = match mode(line).as_str() {
                "optional_no_ca" => Clients::Unverified,
                "optional" => Clients::Optional,
                _ => Clients::Required,
            };
            let revocation = if clients == Clients::Unverified { Revocation::Unknown } else { revocation };
            let [looked_at, refuses] = if clients == Clients::Optional { any } else { result };
            Entrance { span: line.span.clone(), says: line.words.join(" "), clients, looked_at, refuses, revocation }
        })
        .collect();
    let preserves =
        named(lines, "ProxyPreserveHost").any(|line| !line.words.iter().any(|word| word.eq_ignore_ascii_case("off")));
    // Each place has all rules: more are none that people write.
    let most = MAX_RULES / rules.len().max(1);
    let passings: Vec<Passing> = passes(lines)
        .take(most)
        .map(|line| {
            let http = !line.name().eq_ignore_ascii_case("WSGIScriptAlias");
            // In a `<Location>` the address is the first word, with options behind it.
            let address = |word: &&String| {
                word.contains("://")
                    || ["unix:", "balancer:", "uwsgi:", "fcgi:"].iter().any(|start| word.starts_with(start))
            };
            let to = line.words.iter().skip(1).find(address).cloned().unwrap_or_default();
            Passing {
                span: line.span.clone(),
                what: "Apache",
                http: http && !["uwsgi:", "fcgi:", "ajp:", "scgi:"].iter().any(|start| to.starts_with(start)),
                rules: rules.clone(),
                handles_all,
                host: if !http || preserves || to.starts_with("unix:") { Host::Passed } else { Host::Replaced },
                upstreams: if http { vec![(to, line.span.clone())] } else { Vec::new() },
            }
        })
        .collect();
    let mut faults = faults_of_rules(&passings, |value| value.contains("http:x-") || value.contains("req('x-"));
    faults.extend(conditional(lines, &passings, &entrances));
    for line in named(lines, "SSLProtocol") {
        let has = |word: &str| line.words.iter().any(|own| own.eq_ignore_ascii_case(word));
        let left: Vec<&str> = ["TLSv1", "TLSv1.1"].into_iter().filter(|name| !has(&format!("-{name}"))).collect();
        if (has("all") || has("+all")) && !left.is_empty() {
            let message = format!("SSLProtocol all allows {}, where OpenSSL still has it", left.join(" and "));
            let fault =
                Fault::new(Topic::OldTls, Confidence::Medium, message, line.span.clone(), "withdrawn by RFC 8996");
            faults.push(fault.fix("SSLProtocol -all +TLSv1.2 +TLSv1.3").edit("SSLProtocol -all +TLSv1.2 +TLSv1.3"));
            continue;
        }
        let old = |word: &&String| {
            let word = word.trim_start_matches('+').to_ascii_lowercase();
            matches!(word.as_str(), "sslv2" | "sslv3" | "tlsv1" | "tlsv1.1")
        };
        if let Some(old) = line.words.iter().skip(1).find(old) {
            let message = format!("SSLProtocol allows {}", old.trim_start_matches('+'));
            let fault =
                Fault::new(Topic::OldTls, Confidence::High, message, line.span.clone(), "withdrawn by RFC 8996");
            faults.push(fault.fix("SSLProtocol -all +TLSv1.2 +TLSv1.3").edit("SSLProtocol -all +TLSv1.2 +TLSv1.3"));
        }
    }
    faults.extend(shared_sessions(lines));
    let looks_at_origin = lines.iter().any(|line| {
        !line.name().eq_ignore_ascii_case("LogFormat")
            && !line.name().eq_ignore_ascii_case("Header")
            && line.words.iter().any(|word| {
                let word = word.to_ascii_lowercase();
                ["http:origin", "http:sec-fetch-site", "http_referer"].iter().any(|name| word.contains(name))
            })
    });
    Proxy { kind: Kind::Apache, entrances, passings, faults, looks_at_origin }
}

/// What `RequestHeader` does, wherever it stands; whether one that is not followed may handle any header.
fn rules(lines: &[Line]) -> (Vec<Rule>, bool) {
    let mut rules = Vec::new();
    for line in named(lines, "RequestHeader") {
        let Some((action, name, value, _)) = header(line) else { continue };
        let does = match action.as_str() {
            "set" => Does::Sets(value),
            "unset" => Does::Removes,
            // The client's own stays, if there is one.
            "add" | "append" | "merge" | "setifempty" => Does::Adds,
            _ => continue,
        };
        // A name with a star is that name: there are no patterns here.
        if !name.contains('*') {
            rules.push(Rule { name, span: Some(line.span.clone()), does });
        }
    }
    // Modules that sign in write and clear a header.
    for line in lines.iter().filter(|line| line.name().to_ascii_lowercase().ends_with("authnheader")) {
        let name = line.words.get(1).cloned().unwrap_or_default();
        rules.push(Rule { name, span: None, does: Does::ByDefault });
    }
    let macros: HashSet<String> = named(lines, "<Macro")
        .filter_map(|line| line.words.get(1))
        .map(|name| name.trim_end_matches('>').to_ascii_lowercase())
        .collect();
    const HARMLESS: [&str; 9] =
        ["mods-", "modules", "ports.conf", "ssl", "letsencrypt", "sites-", "conf-enabled", "mpm", "autoindex"];
    let all = lines.iter().any(|line| {
        let word = line.words.get(1).map_or("", String::as_str);
        match line.name().to_ascii_lowercase().as_str() {
            "include" | "includeoptional" => !HARMLESS.iter().any(|part| word.contains(part)),
            "use" => !macros.contains(&word.to_ascii_lowercase()),
            "shibuseheaders" => word.eq_ignore_ascii_case("on"),
            name => name.starts_with("luahook"),
        }
    });
    (rules, all)
}

/// `RequestHeader [early] action name [value] [condition]`.
fn header(line: &Line) -> Option<(String, String, String, Option<&str>)> {
    let at = if line.has("early") && line.words.get(1).is_some_and(|word| word == "early") { 2 } else { 1 };
    let word = |at: usize| line.words.get(at).map_or("", String::as_str);
    let name = word(at + 1).trim_end_matches(':').to_owned();
    let condition = line.words.iter().skip(at + 3).find(|word| word.starts_with("env=") || word.starts_with("expr="));
    Some((word(at).to_ascii_lowercase(), name, word(at + 2).to_owned(), condition.map(String::as_str)))
}

/// A header that is set for those with a certificate alone, and left to all others.
fn conditional(lines: &[Line], passings: &[Passing], entrances: &[Entrance]) -> Vec<Fault> {
    let Some(passing) = passings.first().filter(|passing| !passing.handles_all) else { return Vec::new() };
    if !entrances.iter().any(|entrance| entrance.clients != Clients::Required && !entrance.refuses) {
        return Vec::new();
    }
    let mut times: HashMap<String, usize> = HashMap::new();
    for rule in &passing.rules {
        *times.entry(fold(&rule.name)).or_default() += 1;
    }
    let mut faults = Vec::new();
    for line in named(lines, "RequestHeader") {
        let Some((action, name, _, Some(condition))) = header(line) else { continue };
        let folded = fold(&name);
        let more = times.get(&folded).is_some_and(|times| *times > 1);
        if action == "set" && condition.contains("SSL_CLIENT_") && is_identity(&folded) && !more {
            let message =
                format!("{name} is set only where there is a certificate: without one the client's own passes");
            let fault =
                Fault::new(Topic::IdentityFromClient, Confidence::High, message, line.span.clone(), "only then");
            faults.push(fault.fix(format!("Before it, without a condition: RequestHeader unset {name}")));
        }
    }
    faults
}

/// Two sites that take certificates of different CAs (CVE-2025-23048).
fn shared_sessions(lines: &[Line]) -> Option<Fault> {
    if named(lines, "SSLStrictSNIVHostCheck").any(|line| line.words.iter().any(|word| word.eq_ignore_ascii_case("on")))
    {
        return None;
    }
    let mut sites: Vec<(&Line, Vec<String>)> = Vec::new();
    let mut inside = false;
    for line in lines {
        let name = line.name().to_ascii_lowercase();
        match name.as_str() {
            "<virtualhost" => {
                sites.push((line, Vec::new()));
                inside = true;
            }
            "</virtualhost>" => inside = false,
            "sslverifyclient" | "sslcacertificatefile" | "sslcacertificatepath" if inside => {
                if let Some((_, asks)) = sites.last_mut() {
                    asks.push(line.words.join(" "));
                }
            }
            _ => {}
        }
    }
    let (strict, asks) = sites.iter().find(|(_, asks)| asks.iter().any(|line| !line.ends_with("none")))?;
    let (other, _) = sites.iter().find(|(_, others)| others != asks && !others.is_empty())?;
    let message = "sites that take certificates of different CAs: before 2.4.64 a session of one opens the other";
    let fault =
        Fault::new(Topic::SharedSessions, Confidence::Low, message, strict.span.clone(), "asks for certificates");
    Some(fault.with(&other.span, "asks otherwise"))
}

/// Where requests go to the app.
fn passes(lines: &[Line]) -> impl Iterator<Item = &Line> {
    lines.iter().filter(|line| {
        let name = line.name().to_ascii_lowercase();
        let proxied = name == "rewriterule"
            && line.words.get(3).is_some_and(|flags| {
                flags.trim_matches(['[', ']']).split(',').any(|flag| flag == "P" || flag.eq_ignore_ascii_case("proxy"))
            });
        proxied || ["proxypass", "proxypassmatch", "wsgiscriptalias"].contains(&name.as_str()) && !line.has("!")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<Line>> {
        parse(&Arc::new(Source::new("site.conf".into(), text.into())))
    }

    #[test]
    fn headers_and_passes() {
        let text = "<VirtualHost *:443>\n  # no\n  ProxyPass /static !\n  ProxyPass / http://127.0.0.1:8000/\n  RequestHeader unset X-Client-DN\n</VirtualHost>\n";
        let lines = read(text).unwrap();
        let passings = proxy(&lines).passings;
        assert_eq!(passings.len(), 1);
        assert!(passings[0].handles("HTTP_X_CLIENT_DN") && !passings[0].handles("X-Other"));
        assert!(read("d /run/x 0755 root root\n").is_none());
    }

    fn site(text: &str) -> Proxy {
        proxy(
            &read(&format!("<VirtualHost *:443>\n{text}\nProxyPass / http://127.0.0.1:8000/\n</VirtualHost>\n"))
                .unwrap(),
        )
    }

    #[test]
    fn lines_go_on_and_addresses_have_options() {
        let proxy = site(
            "RequestHeader set X-Client-DN \\\n  \"%{SSL_CLIENT_S_DN}s\"\n<Location /a>\nProxyPass http://10.0.0.1:80/ retry=0 timeout=5\n</Location>\nRewriteRule ^/ws(.*) ws://10.0.0.2$1 [P,L]",
        );
        assert!(proxy.passings[0].handles("X-Client-DN"));
        let to: Vec<&str> = proxy.passings.iter().map(|passing| passing.upstreams[0].0.as_str()).collect();
        assert_eq!(to, ["http://10.0.0.1:80/", "ws://10.0.0.2$1", "http://127.0.0.1:8000/"]);
    }

    #[test]
    fn what_is_not_read_may_set_any_header() {
        let handles = |text: &str| site(text).passings[0].handles("X-Client-DN");
        for text in [
            "Include conf/headers.conf",
            "Use Headers bank.test",
            "OIDCAuthNHeader X-Client-DN",
            "RequestHeader unset X-Client-DN:",
        ] {
            assert!(handles(text), "{text}");
        }
        for text in [
            "IncludeOptional mods-enabled/*.conf",
            "<Macro Headers $a>\n</Macro>\nUse Headers b",
            "RequestHeader unset X-*",
            "RequestHeader setifempty X-Client-DN a",
        ] {
            assert!(!handles(text), "{text}");
        }
    }

    #[test]
    fn rules_about_certificates_in_their_ways() {
        for (text, refuses) in [
            ("Require ssl-verify-client", true),
            ("SSLOptions +FakeBasicAuth", true),
            ("Require expr %{SSL_CLIENT_S_DN_O} == 'Bank'", true),
            ("RequestHeader set X-Client-DN \"%{SSL_CLIENT_S_DN}s\"", false),
        ] {
            let entrance = &site(&format!("SSLVerifyClient optional\n{text}")).entrances[0];
            assert!(entrance.looked_at && entrance.refuses == refuses, "{text}");
        }
        let log = &site("SSLVerifyClient optional\nLogFormat \"%{SSL_CLIENT_VERIFY}x\" a").entrances[0];
        assert!(!log.looked_at);
    }

    #[test]
    fn a_header_that_is_set_for_some_is_the_others() {
        let faults = |mode: &str, more: &str| {
            let set = "RequestHeader set X-Client-DN \"%{SSL_CLIENT_S_DN}s\" env=SSL_CLIENT_S_DN";
            site(&format!("SSLVerifyClient {mode}\n{more}\n{set}")).faults.len()
        };
        assert_eq!(faults("optional", ""), 1);
        assert_eq!(faults("require", ""), 0);
        assert_eq!(faults("optional", "RequestHeader unset X-Client-DN"), 0);
    }

    #[test]
    fn all_protocols_are_old_ones_too() {
        let faults = |text: &str| site(text).faults.len();
        assert_eq!(faults("SSLProtocol all -SSLv3"), 1);
        assert_eq!(faults("SSLProtocol all -SSLv3 -TLSv1"), 1);
        assert_eq!(faults("SSLProtocol all -SSLv3 -TLSv1 -TLSv1.1"), 0);
        assert_eq!(faults("SSLProtocol -all +TLSv1.2"), 0);
    }
}
