//! HAProxy configuration: sections of lines.
//!
//! Conditions are not followed: a header that some rule of the file sets or deletes counts as handled, so that
//! what is found is handled nowhere.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{
    Confidence,
    line::{Line, words},
    proxy::{
        Clients, Does, Entrance, Fault, Host, Kind, Passing, Proxy, Revocation, Rule, Topic, alias_of, covers,
        faults_of_rules, fold, is_identity,
    },
    source::{Source, Span},
};

/// `frontend`, `listen`, `backend`, `defaults` or `global`.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) kind: String,
    pub(crate) lines: Vec<Line>,
}

/// All kinds: what stands in one that is not looked at is none of the section before it.
const KINDS: [&str; 20] = [
    "global",
    "defaults",
    "frontend",
    "listen",
    "backend",
    "userlist",
    "peers",
    "resolvers",
    "mailers",
    "cache",
    "program",
    "http-errors",
    "ring",
    "log-forward",
    "log-profile",
    "fcgi-app",
    "crt-store",
    "acme",
    "traces",
    "dynamic-update",
];

/// Reads a file; `None` if it is no HAProxy configuration.
pub(crate) fn parse(source: &Arc<Source>) -> Option<Vec<Section>> {
    let mut sections: Vec<Section> = Vec::new();
    let mut at = 0;
    for whole in source.text.split_inclusive('\n') {
        let start = at + (whole.len() - whole.trim_start().len());
        at += whole.len();
        let words = words(whole);
        let Some(first) = words.first() else { continue };
        let end = start + whole.trim().len();
        let span = Span::new(source, start..end);
        if KINDS.contains(&first.as_str()) {
            sections.push(Section { kind: first.clone(), lines: Vec::new() });
        } else {
            // `.if`, `.notice`: both branches count.
            if first.starts_with('.') {
                continue;
            }
            // Something before any section is another format.
            sections.last_mut()?.lines.push(Line { words, span });
        }
    }
    let serves = |section: &Section| section.kind == "frontend" || section.kind == "listen";
    let binds = sections
        .iter()
        .filter(|section| serves(section))
        .any(|section| section.lines.iter().any(|line| line.name() == "bind"));
    binds.then_some(sections)
}

/// A line of any section, with its section.
pub(crate) fn lines(sections: &[Section]) -> impl Iterator<Item = (&Section, &Line)> {
    sections.iter().flat_map(|section| section.lines.iter().map(move |line| (section, line)))
}

/// Where requests come in over TLS; the page of statistics leads to no app.
fn entrances_of(sections: &[Section]) -> impl Iterator<Item = &Line> {
    let leads = |section: &&Section| {
        let has = |names: &[&str]| section.lines.iter().any(|line| names.contains(&line.name()));
        matches!(section.kind.as_str(), "frontend" | "listen")
            && (has(&["use_backend", "default_backend", "server", "server-template"]) || !has(&["stats"]))
    };
    let lines = sections.iter().filter(leads).flat_map(|section| &section.lines);
    lines.filter(|line| line.name() == "bind" && line.has("ssl"))
}

/// A configuration in the words of all proxies.
pub(crate) fn proxy(sections: &[Section]) -> Proxy {
    let (rules, handles_all) = rules(sections);
    let looks = |fetches: &[&str]| {
        lines(sections).any(|(_, line)| {
            line.name() != "log-format"
                && line.words.iter().any(|word| fetches.iter().any(|fetch| word.contains(fetch)))
        })
    };
    let refuses = lines(sections).any(|(_, line)| {
        matches!(line.words.get(1).map(String::as_str), Some("deny" | "reject" | "tarpit"))
            && line.words.iter().any(|word| ["ssl_c_", "ssl_fc_has_crt"].iter().any(|fetch| word.contains(fetch)))
    });
    let upstreams: Vec<(String, Span)> = lines(sections)
        .filter(|(section, line)| matches!(section.kind.as_str(), "backend" | "listen") && line.name() == "server")
        .map(|(_, line)| {
            let scheme = if line.has("ssl") { "https://" } else { "" };
            (format!("{scheme}{}", line.words.get(2).map_or("", String::as_str)), line.span.clone())
        })
        .collect();
    let mut passings = Vec::new();
    let mut entrances = Vec::new();
    let mut faults = Vec::new();
    for bind in entrances_of(sections) {
        if passings.is_empty() {
            passings.push(Passing {
                span: bind.span.clone(),
                what: "HAProxy",
                http: true,
                rules: rules.clone(),
                handles_all,
                host: Host::Passed,
                upstreams: upstreams.clone(),
            });
        }
        let Some(mode) = bind.after("verify").filter(|mode| *mode != "none") else { continue };
        let ignores = ["ca-ignore-err", "crt-ignore-err"].into_iter().find(|word| bind.has(word));
        let says = match ignores {
            Some(word) => format!("{word} {}", bind.after(word).unwrap_or_default()),
            None => format!("verify {mode}"),
        };
        let (clients, looked_at) = match (ignores, mode) {
            (Some(_), _) => (Clients::Unverified, looks(&["ssl_c_verify", "ssl_c_err", "ssl_c_ca_err"])),
            // A bad certificate ends the handshake, so whatever is told of one is told of a good one.
            (None, "optional") => (Clients::Optional, looks(&["ssl_c_", "ssl_fc_has_crt"])),
            _ => (Clients::Required, true),
        };
        // A list of certificates can name CRLs of its own.
        let revocation = match (bind.has("crl-file"), bind.has("crt-list")) {
            (true, _) => Revocation::LookedAt,
            (_, true) => Revocation::Unknown,
            _ => Revocation::NotLookedAt,
        };
        entrances.push(Entrance { span: bind.span.clone(), says, clients, looked_at, refuses, revocation });
    }
    faults.extend(faults_of_rules(&passings, |value| {
        value.contains("req.hdr(x-") || value.contains("req.fhdr(x-") || value.contains("[hdr(x-")
    }));
    faults.extend(old_tls(sections));
    faults.extend(aliases(sections, &rules, handles_all));
    faults.extend(path_rules(sections));
    faults.extend(shared_sessions(sections));
    faults.extend(conditional(sections, &rules, handles_all || refuses, &entrances));
    let looks_at_origin = lines(sections).any(|(_, line)| {
        line.words.iter().any(|word| {
            let word = word.to_ascii_lowercase();
            ["(origin", "(sec-fetch-site", "(referer"].iter().any(|name| word.contains(name))
        })
    });
    Proxy { kind: Kind::HaProxy, entrances, passings, faults, looks_at_origin }
}

/// A header that is set for those with a certificate alone, and left to all others.
fn conditional(sections: &[Section], rules: &[Rule], handled: bool, entrances: &[Entrance]) -> Vec<Fault> {
    if handled || entrances.is_empty() || entrances.iter().all(|entrance| entrance.clients == Clients::Required) {
        return Vec::new();
    }
    let asks = |line: &Line| {
        let condition = line.words.iter().position(|word| word == "if").and_then(|at| line.words.get(at..));
        condition.is_some_and(|words| words.iter().any(|word| word == "ssl_c_used" || word == "ssl_fc_has_crt"))
    };
    let found = lines(sections).filter(|(_, line)| {
        line.name() == "http-request" && line.words.get(1).is_some_and(|action| action == "set-header") && asks(line)
    });
    let mut times: HashMap<String, usize> = HashMap::new();
    for rule in rules {
        *times.entry(fold(&rule.name)).or_default() += 1;
    }
    let patterns: Vec<&String> = times.keys().filter(|name| name.contains('*')).collect();
    let alone = found.filter_map(|(_, line)| {
        let name = line.words.get(2)?;
        let folded = fold(name);
        let more = times.get(&folded).is_some_and(|times| *times > 1)
            || patterns.iter().any(|pattern| covers(pattern, &folded));
        (is_identity(&folded) && !more).then_some((name, line))
    });
    alone
        .map(|(name, line)| {
            let message =
                format!("{name} is set only where there is a certificate: without one the client's own passes");
            let fault =
                Fault::new(Topic::IdentityFromClient, Confidence::High, message, line.span.clone(), "only then");
            fault.fix(format!("Before it, without a condition: http-request del-header {name}"))
        })
        .collect()
}

/// What rules do to request headers; whether one of them may do so to any.
fn rules(sections: &[Section]) -> (Vec<Rule>, bool) {
    let mut rules = Vec::new();
    let mut all = false;
    for (_, line) in lines(sections) {
        if line.name() != "http-request" {
            continue;
        }
        let action = line.words.get(1).map_or("", String::as_str);
        let mut name = line.words.get(2).cloned().unwrap_or_default();
        let value = line.words.get(3).cloned().unwrap_or_default();
        let does = match action {
            "set-header" | "replace-header" => Does::Sets(value),
            "add-header" => Does::Adds,
            "del-header" => Does::Removes,
            _ => continue,
        };
        match line.after("-m") {
            Some("beg") => name.push('*'),
            Some("end") => name.insert(0, '*'),
            // Open on purpose: a pattern is not run here. Whoever deletes by one means names of this kind, and a
            // finding at a file that does so would be wrong more often than right.
            Some("reg" | "sub") => all = true,
            _ => {}
        }
        rules.push(Rule { name, span: Some(line.span.clone()), does });
    }
    (rules, all)
}

fn old_tls(sections: &[Section]) -> Vec<Fault> {
    let old = |line: &Line| {
        let by = |word: &str| line.after(word).filter(|version| matches!(*version, "SSLv3" | "TLSv1.0" | "TLSv1.1"));
        let forced = ["force-sslv3", "force-tlsv10", "force-tlsv11"].into_iter().find(|word| line.has(word));
        by("ssl-min-ver").or(forced).map(ToOwned::to_owned)
    };
    let serves = |line: &Line| line.name() == "bind" || line.name() == "ssl-default-bind-options";
    let found = lines(sections).filter(|(_, line)| serves(line)).filter_map(|(_, line)| Some((line, old(line)?)));
    found
        .map(|(line, version)| {
            let message = format!("{version} is allowed");
            Fault::new(Topic::OldTls, Confidence::High, message, line.span.clone(), "withdrawn by RFC 8996")
                .fix("ssl-min-ver TLSv1.2")
                .replacing(&format!("ssl-min-ver {version}"), "ssl-min-ver TLSv1.2")
        })
        .collect()
}

/// HAProxy passes names with underscores as they come, unless an option says otherwise.
fn aliases(sections: &[Section], rules: &[Rule], handles_all: bool) -> Option<Fault> {
    let option = lines(sections).find(|(_, line)| line.has("http-restrict-req-hdr-names"));
    let fix = "option http-restrict-req-hdr-names delete";
    let label = "its alias is the client's";
    match option {
        Some((_, line)) if line.has("preserve") => {
            let message = "names with underscores are passed";
            let fault = Fault::new(Topic::HeaderAliases, Confidence::High, message, line.span.clone(), label);
            Some(fault.fix(fix).replacing("preserve", "delete"))
        }
        Some(_) => None,
        None => {
            let trusted = |rule: &&Rule| matches!(rule.does, Does::Sets(_)) && is_identity(&fold(&rule.name));
            // Deleted by its alias, or by a pattern.
            let alias = |rule: &&Rule| {
                let deleted = |other: &Rule| {
                    other.does == Does::Removes
                        && other.name.contains('_')
                        && covers(&fold(&other.name), &fold(&rule.name))
                };
                handles_all || rules.iter().any(deleted)
            };
            let rule = rules.iter().filter(trusted).find(|rule| !alias(rule))?;
            alias_of(rule, fix)
        }
    }
}

/// A rule about certificates that asks for the path as the client spelt it.
fn path_rules(sections: &[Section]) -> Vec<Fault> {
    if lines(sections).any(|(_, line)| line.has("normalize-uri")) {
        return Vec::new();
    }
    let is_path = |word: &str| word == "path" || word.starts_with("path_") || word == "url" || word.starts_with("url_");
    let is_certificate = |word: &str| word.contains("ssl_c_") || word.contains("ssl_fc_has_crt");
    let named = |wanted: &dyn Fn(&str) -> bool| -> HashSet<String> {
        let acls = lines(sections).filter(|(_, line)| line.name() == "acl");
        acls.filter(|(_, line)| line.words.iter().skip(2).any(|word| wanted(word)))
            .filter_map(|(_, line)| line.words.get(1).cloned())
            .collect()
    };
    let (paths, certificates) = (named(&is_path), named(&is_certificate));
    let bare = |word: &str| word.trim_start_matches('!').to_owned();
    lines(sections)
        .filter(|(_, line)| line.name() == "http-request" || line.name() == "use_backend")
        .filter(|(_, line)| {
            let has = |wanted: &dyn Fn(&str) -> bool, acls: &HashSet<String>| {
                line.words.iter().any(|word| wanted(word) || acls.contains(&bare(word)))
            };
            // What is refused unless its path is a public one is refused under other spellings as well.
            let unless = line.has("unless");
            let public = line.words.windows(2).any(|pair| {
                let [before, word] = pair else { return false };
                let negated = before == "!{" || (word.starts_with('!') && paths.contains(&bare(word)));
                (is_path(word.trim_start_matches('!')) || paths.contains(&bare(word))) && (negated != unless)
            });
            if public && line.name() == "http-request" {
                return false;
            }
            let refuses = line.words.get(1).is_some_and(|action| matches!(action.as_str(), "deny" | "reject" | "tarpit"));
            (refuses || line.name() == "use_backend") && has(&is_path, &paths) && has(&is_certificate, &certificates)
        })
        .map(|(_, line)| {
            let message = "certificates are demanded by path, and the path is not normalized first";
            Fault::new(Topic::PathAlias, Confidence::High, message, line.span.clone(), "//path and /%70ath are other paths")
                .fix("Demand the certificate everywhere; or before it http-request normalize-uri path-merge-slashes, then percent-decode-unreserved, then path-strip-dotdot full, which need expose-experimental-directives in global.")
        })
        .collect()
}

/// Two binds with one certificate that ask different things of clients.
fn shared_sessions(sections: &[Section]) -> Option<Fault> {
    let asks = |bind: &Line| ["verify", "ca-file", "crl-file"].map(|word| bind.after(word).map(ToOwned::to_owned));
    let binds: Vec<&Line> = entrances_of(sections).filter(|bind| bind.has("crt")).collect();
    let strict = binds.iter().find(|bind| bind.after("verify").is_some_and(|mode| mode != "none"))?;
    let other = binds.iter().find(|bind| bind.after("crt") == strict.after("crt") && asks(bind) != asks(strict))?;
    let message = "two binds with one certificate ask different things of clients: before August 2026 a session of one opens the other";
    let fault =
        Fault::new(Topic::SharedSessions, Confidence::Low, message, strict.span.clone(), "asks for certificates");
    Some(fault.with(&other.span, "asks otherwise"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<Section>> {
        parse(&Arc::new(Source::new("haproxy.cfg".into(), text.into())))
    }

    #[test]
    fn sections_and_words() {
        let text = "global\n  log x # y\nfrontend a\n  bind :443 ssl crt x.pem\n  http-request set-header X-A \"b c\" if { x }\n";
        let sections = read(text).unwrap();
        assert_eq!(sections.len(), 2);
        assert_eq!(sections[0].lines[0].words, ["log", "x"]);
        assert_eq!(sections[1].lines[1].words[3], "b c");
        let proxy = proxy(&sections);
        assert!(proxy.passings[0].handles("HTTP_X_A") && !proxy.passings[0].handles("X-B"));
    }

    fn site(lines: &str) -> Proxy {
        let text = format!("frontend a\n  bind :443 ssl crt x.pem ca-file c.pem crl-file l.pem {lines}\n");
        proxy(&read(&text).unwrap())
    }

    #[test]
    fn other_sections_are_their_own() {
        let text = "crt-store\n  load crt x\n.if defined(X)\nglobal\n.endif\nlisten stats\n  bind :8404 ssl crt x verify optional\n  stats enable\nbackend b\n  server s 127.0.0.1:80\npeers p\n  bind :1 ssl verify none\n  server q 10.0.0.1:1024\nfrontend f\n  bind :443 ssl crt y\n  default_backend b\n";
        let proxy = proxy(&read(text).unwrap());
        assert!(proxy.entrances.is_empty());
        assert_eq!(proxy.passings[0].upstreams.len(), 1);
        assert!(proxy.passings[0].span.text().contains(":443"));
    }

    #[test]
    fn a_header_that_is_set_for_some_is_the_others() {
        let set = "http-request set-header X-SSL-Client-DN %[ssl_c_s_dn] if { ssl_c_used }";
        let faults = |text: &str| {
            let faults = site(text).faults;
            faults.iter().filter(|fault| fault.topic == Topic::IdentityFromClient).count()
        };
        assert_eq!(faults(&format!("verify optional\n  {set}")), 1);
        for text in [
            format!("verify required\n  {set}"),
            format!("verify optional\n  http-request del-header X-SSL-Client-DN\n  {set}"),
            format!("verify optional\n  http-request del-header x-ssl -m beg\n  {set}"),
            format!("verify optional\n  http-request deny unless {{ ssl_c_used }}\n  {set}"),
            "verify optional\n  http-request del-header X-SSL-Client-DN\n  http-request add-header X-SSL-Client-DN %[ssl_c_s_dn]".into(),
        ] {
            assert_eq!(faults(&text), 0, "{text}");
        }
    }

    #[test]
    fn paths_that_are_let_through_are_no_paths_that_demand() {
        let faults = |text: &str| {
            site(&format!("verify optional\n  acl public path_beg /public\n  acl admin path_beg /admin\n  acl cert ssl_c_used\n  {text}"))
                .faults
                .iter()
                .filter(|fault| fault.topic == Topic::PathAlias)
                .count()
        };
        for text in ["http-request deny if admin !cert", "http-request deny if { path_beg /admin } !{ ssl_c_used }"] {
            assert_eq!(faults(text), 1, "{text}");
        }
        for text in [
            "http-request deny if !public !cert",
            "http-request deny unless public or cert",
            "http-request deny if !{ path_beg /public } !{ ssl_c_used }",
        ] {
            assert_eq!(faults(text), 0, "{text}");
        }
    }

    #[test]
    fn aliases_that_are_deleted_are_none() {
        let faults = |text: &str| site(&format!("verify required\n  {text}")).faults.len();
        let set = "http-request set-header X-SSL-Client-DN %[ssl_c_s_dn]";
        assert_eq!(faults(set), 1);
        assert_eq!(faults(&format!("http-request del-header X_SSL_Client_DN\n  {set}")), 0);
        assert_eq!(faults(&format!("http-request del-header _ -m sub\n  {set}")), 0);
    }

    #[test]
    fn other_files_are_none() {
        assert!(read("[metadata]\nname = x\n").is_none());
        assert!(read("global\n  daemon\n").is_none());
    }
}
