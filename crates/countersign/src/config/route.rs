//! `[[site.route]]`: path, methods, audience, allowed identities.

use countersign_core::{
    AllowRule, ApiKeys, Audience, ClientMode, Methods, ReportOnly, Route, RouteError, RouteTable, Token,
};

use super::{
    api_key,
    client::{self, SiteClients},
    report_only,
    section::{Field, Section},
    trust::Declared,
};

/// The routes; one for everything if the site names none. `clients` is what the site asks for, if it
/// is known; the trusts of its routes are added to it.
pub(super) fn read(
    site: &Section<'_>,
    mut clients: Option<&mut SiteClients>,
    trusts: &[Declared],
    keys: Option<&ApiKeys>,
) -> Option<RouteTable> {
    let reports = report_only::of_site(site, clients.as_ref().map(|clients| clients.mode));
    if site.is_bad("route") {
        return None;
    }
    let sections = site.tables("route");
    if sections.is_empty() {
        return RouteTable::new(vec![Route { report_only: reports?, ..Route::everything() }]).ok();
    }
    let read: Vec<Option<Route>> =
        sections.iter().map(|section| one(section, clients.as_deref_mut(), trusts, keys, reports)).collect();
    let complete = read.iter().all(Option::is_some);
    let (sections, routes): (Vec<_>, Vec<_>) =
        sections.iter().zip(read).filter_map(|(section, route)| Some((section, route?))).unzip();
    match RouteTable::new(routes) {
        Ok(table) => Some(table).filter(|_| complete),
        Err(errors) => {
            for (index, error) in errors {
                if let Some(field) = sections.get(index).and_then(|section| section.field("path")) {
                    field.error(error.to_string(), help(&error));
                }
            }
            None
        }
    }
}

/// None if an error was reported.
fn one(
    section: &Section<'_>,
    clients: Option<&mut SiteClients>,
    trusts: &[Declared],
    keys: Option<&ApiKeys>,
    reports: Option<ReportOnly>,
) -> Option<Route> {
    let path = section.required("path", "write path = \"/\" for everything, \"/api/\" for a prefix");
    if let Some(field) = path.filter(|field| field.text().starts_with("/.well-known/countersign/")) {
        field.error(
            "paths below /.well-known/countersign/ are the gateway's own, and never reach the app",
            "choose another path",
        );
    }
    let methods = methods(section);
    let of_site = clients.as_ref().map(|clients| clients.mode);
    let client = client::of_route(section, clients, trusts);
    let mode = client.and_then(|(_, mode)| mode).or(of_site);
    let allow = allow(section, mode);
    let audience = match section.field("audience") {
        Some(field) => field.text().parse().ok(),
        None => Some(Audience::default()).filter(|_| !section.is_bad("audience")),
    };
    let api_key = api_key::of_route(section, audience, keys);
    let token = token(section, audience);
    let report_only = report_only::of_route(section, reports.unwrap_or_default(), of_site);
    if audience == Some(Audience::Machine)
        && api_key == Some(None)
        && let Some(mode @ (ClientMode::Off | ClientMode::Optional)) = mode
        && let Some(field) = section.field("audience")
    {
        field.warn(
            format!("client mode {:?} lets programs without a certificate call this route", mode.code()),
            "write mode = \"soft\" for the route or the site, or let the app check who calls",
        );
    }
    let (trust, client) = client?;
    Some(Route {
        path: path?.text().into(),
        methods: methods?,
        audience: audience?,
        allow: allow?,
        trust,
        token: token?,
        client,
        api_key: api_key?,
        report_only: reports.and(report_only)?,
    })
}

fn token(section: &Section<'_>, audience: Option<Audience>) -> Option<Token> {
    let Some(field) = section.field("token") else { return (!section.is_bad("token")).then_some(Token::Off) };
    let token = field.text().parse().ok();
    if token == Some(Token::Django) && audience == Some(Audience::Machine) {
        field.error(
            "programs have no cookie that a token could belong to, and audience \"machine\" refuses cookies",
            "remove token, or write audience = \"any\" or \"browser\"",
        );
        return None;
    }
    token
}

fn methods(section: &Section<'_>) -> Option<Option<Methods>> {
    let Some(field) = section.field("methods") else { return (!section.is_bad("methods")).then_some(None) };
    let items = field.items();
    if items.is_empty() {
        field.error(
            "a route without methods serves nothing",
            "write methods = [\"GET\", \"POST\"], or leave it out for all",
        );
        return None;
    }
    let bad: Vec<&Field<'_>> = items.iter().filter(|item| Methods::new([item.text()]).is_err()).collect();
    for item in &bad {
        let upper = item.text().to_ascii_uppercase();
        let help = if Methods::new([upper.as_str()]).is_ok() { format!("write {upper:?}") } else { "remove it".into() };
        item.error(RouteError::Method(item.text().into()).to_string(), help);
    }
    Methods::new(items.iter().map(Field::text)).ok().map(Some)
}

fn allow(section: &Section<'_>, mode: Option<ClientMode>) -> Option<Vec<AllowRule>> {
    if section.is_bad("allow") {
        return None;
    }
    if mode == Some(ClientMode::Off)
        && let Some(field) = section.field("allow").filter(|field| !field.items().is_empty())
    {
        field.error(
            "client mode \"off\" asks for no certificate, so allow would let nobody in",
            "remove allow, or write client = { trust = \"NAME\" } for the site",
        );
        return None;
    }
    section.tables("allow").iter().map(rule).collect::<Vec<_>>().into_iter().collect()
}

fn rule(section: &Section<'_>) -> Option<AllowRule> {
    let fields: Vec<_> = section.fields().collect();
    if fields.is_empty() && section.is_whole() {
        section
            .error("an empty entry allows nobody", "write a type of name and a pattern: { email = \"*@example.com\" }");
    }
    let mut rule = AllowRule::default();
    let mut fits = section.is_whole() && !fields.is_empty();
    for (name, field) in fields {
        match rule.clone().and(name, field.text()) {
            Ok(more) => rule = more,
            Err(error) => {
                field.error(
                    format!("{:?} is no pattern: {error}", field.text()),
                    "write the whole name, or one * for any text",
                );
                fits = false;
            }
        }
    }
    fits.then_some(rule)
}

fn help(error: &RouteError) -> String {
    match error {
        RouteError::Overlap { .. } => {
            "write methods = [\"GET\"] in one and methods = [\"POST\"] in the other, or remove one".into()
        }
        RouteError::Path(path) => {
            let canonical: Vec<&str> = path.split('/').filter(|s| !matches!(*s, "" | "." | "..")).collect();
            let slash = if path.ends_with('/') && !canonical.is_empty() { "/" } else { "" };
            let guess = format!("/{}{slash}", canonical.join("/"));
            let route = Route { path: guess.clone().into(), ..Route::everything() };
            match RouteTable::new(vec![route]) {
                Ok(_) => format!("write {guess:?}"),
                Err(_) => "write the path decoded: \"/caf\u{e9}/\", not \"/caf%C3%A9/\"".into(),
            }
        }
        RouteError::ApiKeyHeaders(_) => "let routes share a header; scopes tell their keys apart".into(),
        _ => String::new(),
    }
}
