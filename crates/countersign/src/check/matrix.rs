//! Host → route → policy, for people and for programs.

use std::fmt::Write;

use countersign_core::{ClientMode, Route, Token};
use countersign_gateway::SiteSettings;
use serde_json::{Value, json};

use super::table;
use crate::config::Config;

/// One row for each host and route, then what holds for a site as a whole.
pub(super) fn text(config: &Config) -> String {
    let mut rows = Vec::new();
    for site in &config.settings.sites {
        for host in &site.policy.hosts {
            for route in site.policy.routes.iter() {
                rows.push(vec![
                    host.to_string(),
                    route.path.to_string(),
                    route.methods.as_ref().map_or_else(|| "all".into(), ToString::to_string),
                    audience(route),
                    client(site, route),
                    allow(site, route),
                    api_key(route),
                    on_trial(route),
                ]);
            }
        }
    }
    let mut head = vec!["HOST", "PATH", "METHODS", "AUDIENCE", "CLIENT", "ALLOW", "API KEY", "REPORT-ONLY"];
    // A column of its own only where it says something: a matrix is read across.
    for column in [7, 6] {
        if rows.iter().all(|row| row.get(column).is_none_or(String::is_empty)) {
            head.remove(column);
            rows.iter_mut().for_each(|row| drop(row.remove(column)));
        }
    }
    let mut text = table::render(&head, &rows);
    text.push('\n');
    let rows: Vec<_> = config
        .settings
        .sites
        .iter()
        .map(|site| {
            vec![
                site.policy.name(),
                site.upstream.to_string(),
                or_none(formats(site).join(", ")),
                or_none(site.policy.trusted_origins.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
                cookies(site),
            ]
        })
        .collect();
    text.push_str(&table::render(&["SITE", "UPSTREAM", "IDENTITY HEADERS", "TRUSTED ORIGINS", "BOUND COOKIES"], &rows));
    let listen: Vec<_> = config.settings.https.iter().map(ToString::to_string).collect();
    // Writing to a String does not fail.
    let _ = writeln!(text, "\nlistens on {}", listen.join(", "));
    if !config.settings.http.is_empty() {
        let redirects: Vec<_> = config.settings.http.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "redirects to https on {}", redirects.join(", "));
    }
    if let Some(admin) = config.settings.admin {
        let _ = writeln!(text, "admin on http://{admin}");
    }
    text
}

fn mode(site: &SiteSettings, route: &Route) -> ClientMode {
    match site.policy.client {
        ClientMode::Off => ClientMode::Off,
        of_site => route.client.unwrap_or(of_site),
    }
}

fn trust<'s>(site: &'s SiteSettings, route: &Route) -> Option<&'s str> {
    site.trusts.get(usize::from(route.trust.0)).map(|trust| trust.name())
}

fn client(site: &SiteSettings, route: &Route) -> String {
    let mode = mode(site, route).code();
    trust(site, route).map_or_else(|| mode.into(), |trust| format!("{mode} by {trust}"))
}

/// Who may call, and what it takes beside the proof of intent.
fn audience(route: &Route) -> String {
    match route.token {
        Token::Off => route.audience.code().into(),
        Token::Django => format!("{} with Django's token", route.audience.code()),
    }
}

fn allow(site: &SiteSettings, route: &Route) -> String {
    if !route.allow.is_empty() {
        return route.allow.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    }
    match mode(site, route) {
        ClientMode::Off => "everyone".into(),
        ClientMode::Optional => "everyone, known or anonymous".into(),
        _ => "every verified client".into(),
    }
}

/// `orders in X-API-Key`
fn api_key(route: &Route) -> String {
    route.api_key.as_ref().map_or_else(String::new, |rule| {
        let forward = if rule.forward() { ", forwarded" } else { "" };
        format!("{} in {}{forward}", rule.scope(), rule.shown())
    })
}

/// What its route lets through and only reports.
fn on_trial(route: &Route) -> String {
    if route.report_only.is_off() { String::new() } else { format!("{} OPEN", route.report_only.code()) }
}

fn formats(site: &SiteSettings) -> Vec<&'static str> {
    site.identity.iter().map(|format| format.code()).collect()
}

fn cookies(site: &SiteSettings) -> String {
    let cookies = &site.cookies;
    let mut text = or_none(cookies.names.join(", "));
    if !cookies.names.is_empty() {
        text += &format!(" to {}", cookies.bind_to.code());
    }
    if let Some(until) = cookies.accept_unbound_until {
        text += &format!("; unbound until {until}");
    }
    text
}

fn or_none(text: String) -> String {
    if text.is_empty() { "none".into() } else { text }
}

pub(super) fn json(config: &Config) -> Value {
    let strings = |list: &mut dyn Iterator<Item = String>| list.collect::<Vec<_>>();
    let sites: Vec<Value> = config.settings.sites.iter().map(|site| {
        let routes: Vec<Value> = site.policy.routes.iter().map(|route| {
            json!({
                "path": route.path,
                "methods": route.methods.as_ref().map(|m| m.to_string().split(", ").map(str::to_owned).collect::<Vec<_>>()),
                "audience": route.audience.code(),
                "token": route.token.code(),
                "report_only": { "identity": route.report_only.identity, "intent": route.report_only.intent },
                "client": { "mode": mode(site, route).code(), "trust": trust(site, route) },
                "allow": strings(&mut route.allow.iter().map(ToString::to_string)),
                "api_key": route.api_key.as_ref().map(|rule| json!({
                    "header": rule.shown(), "scope": rule.scope(), "forward": rule.forward(),
                })),
            })
        }).collect();
        json!({
            "hosts": strings(&mut site.policy.hosts.iter().map(ToString::to_string)),
            "client": { "mode": site.policy.client.code(), "trust": site.trusts.first().map(|trust| trust.name()) },
            "upstream": site.upstream.to_string(),
            "identity_headers": formats(site),
            "trusted_origins": strings(&mut site.policy.trusted_origins.iter().map(ToString::to_string)),
            "bound_cookies": {
                "names": site.cookies.names,
                "to": site.cookies.bind_to.code(),
                "accept_unbound_until": site.cookies.accept_unbound_until.map(|until| until.to_string()),
            },
            "routes": routes,
        })
    }).collect();
    json!({
        "listen": {
            "https": strings(&mut config.settings.https.iter().map(ToString::to_string)),
            "http": strings(&mut config.settings.http.iter().map(ToString::to_string)),
            "admin": config.settings.admin,
        },
        "state_dir": config.state_dir,
        "sites": sites,
    })
}
