//! Apache httpd configuration: lines, with the sections that they stand in.
//!
//! Sections are not told apart: a header that some line of the file sets or removes counts as handled, so that
//! what is found is handled nowhere.

use std::sync::Arc;

use crate::{
    Confidence,
    line::{Line, words},
    proxy::{Clients, Does, Entrance, Fault, Host, Kind, Passing, Proxy, Revocation, Rule, Topic, faults_of_rules},
    source::{Source, Span},
};

/// Reads a file; `None` if it is no configuration of Apache that passes requests on or verifies clients.
pub(crate) fn parse(source: &Arc<Source>) -> Option<Vec<Line>> {
    let mut lines = Vec::new();
    let mut at = 0;
    for whole in source.text.split_inclusive('\n') {
        let start = at + (whole.len() - whole.trim_start().len());
        at += whole.len();
        let text = whole.trim();
        // A comment begins a line; elsewhere the sign is text.
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let words = words(&text.replace('#', "\\#"));
        lines.push(Line { words, span: Span::new(source, start..start + text.len()) });
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
    let (rules, early) = rules(lines);
    let looked_at = lines.iter().any(|line| {
        !line.name().eq_ignore_ascii_case("LogFormat")
            && line.words.iter().any(|word| word.contains("SSL_CLIENT_VERIFY"))
    });
    let refuses = lines.iter().any(|line| {
        ["require", "sslrequire", "rewritecond", "<if"].contains(&line.name().to_ascii_lowercase().as_str())
            && line.words.iter().any(|word| word.contains("SSL_CLIENT_VERIFY"))
    });
    let on = |name: &str, off: &[&str]| named(lines, name).any(|line| !off.iter().any(|word| line.has(word)));
    let revocation = if on("SSLCARevocationCheck", &["none"]) || on("SSLOCSPEnable", &["off"]) {
        Revocation::LookedAt
    } else {
        Revocation::NotLookedAt
    };
    let mode = |line: &Line| line.words.get(1).map_or(String::new(), |mode| mode.to_ascii_lowercase());
    let entrances = named(lines, "SSLVerifyClient")
        .filter(|line| mode(line) != "none")
        .map(|line| {
            let clients = match mode(line).as_str() {
                "optional_no_ca" => Clients::Unverified,
                "optional" => Clients::Optional,
                _ => Clients::Required,
            };
            let revocation = if clients == Clients::Unverified { Revocation::Unknown } else { revocation };
            Entrance { span: line.span.clone(), says: line.words.join(" "), clients, looked_at, refuses, revocation }
        })
        .collect();
    let preserves =
        named(lines, "ProxyPreserveHost").any(|line| !line.words.iter().any(|word| word.eq_ignore_ascii_case("off")));
    let passings: Vec<Passing> = passes(lines)
        .map(|line| {
            let http = line.name().to_ascii_lowercase().starts_with("proxypass");
            let to = line.words.get(2).or(line.words.get(1)).cloned().unwrap_or_default();
            Passing {
                span: line.span.clone(),
                what: "Apache",
                http: http && !to.starts_with("uwsgi:") && !to.starts_with("fcgi:"),
                rules: rules.clone(),
                handles_all: early,
                host: if !http || preserves || to.starts_with("unix:") { Host::Passed } else { Host::Replaced },
                upstreams: if http { vec![(to, line.span.clone())] } else { Vec::new() },
            }
        })
        .collect();
    let mut faults = faults_of_rules(&passings, |value| value.contains("http:x-") || value.contains("req('x-"));
    for line in named(lines, "SSLProtocol") {
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
    let mut all = false;
    for line in named(lines, "RequestHeader") {
        let at = if line.words.get(1).is_some_and(|word| word == "early") { 2 } else { 1 };
        let action = line.words.get(at).map_or("", String::as_str).to_ascii_lowercase();
        let name = line.words.get(at + 1).cloned().unwrap_or_default();
        let value = line.words.get(at + 2).cloned().unwrap_or_default();
        let does = match action.as_str() {
            "set" | "setifempty" => Does::Sets(value),
            "unset" => Does::Removes,
            "add" | "append" | "merge" => Does::Adds,
            _ => continue,
        };
        all |= name.contains('*');
        rules.push(Rule { name, span: Some(line.span.clone()), does });
    }
    (rules, all)
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
        ["proxypass", "proxypassmatch", "wsgiscriptalias"].contains(&line.name().to_ascii_lowercase().as_str())
            && !line.has("!")
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
}
