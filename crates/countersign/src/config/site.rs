//! `[[site]]`: names, server certificate, client trust, app and routes.

use std::{path::Path, sync::Arc};

use countersign_core::{ClientMode, ProtectedNames, Site, Token, django::Settings};
use countersign_gateway::{CookiePolicy, FORMATS, IdentityFormat, SiteSettings, Upstream};

use super::{
    assertion, certificate, client, cookies, cors, django, hosts, origins, route,
    section::{Field, Section},
    trust::Declared,
};
use crate::key::{ApiKeyFile, KeyFile};

/// Every site that holds together.
pub(super) fn read(
    root: &Section<'_>,
    trusts: &[Declared],
    state: &Path,
    api_keys: Option<&ApiKeyFile>,
    redirects: bool,
) -> (Vec<SiteSettings>, Vec<KeyFile>) {
    const HELP: &str = "write [[site]] with hosts, certificate, key, upstream and client";
    let sections = root.tables("site");
    if sections.is_empty() && !root.is_bad("site") {
        root.missing("site", HELP);
    }
    let names: Vec<_> = sections.iter().map(hosts::read).collect();
    hosts::report_overlaps(root, &names);
    let read: Vec<_> = sections
        .iter()
        .zip(names)
        .filter_map(|(section, names)| {
            one(section, names, trusts, state, api_keys, redirects)
                .map(|(site, file, sealing)| (section, site, file, sealing))
        })
        .collect();
    let shared: Vec<_> = read
        .iter()
        .map(|(section, site, file, _)| {
            let named = section.table("assertion").and_then(|section| section.field("keys").cloned());
            (named, file, site.upstream.to_string())
        })
        .collect();
    assertion::warn_shared(&shared);
    let (mut sites, mut files, mut sealing) = (Vec::new(), Vec::new(), Vec::new());
    for (_, site, file, seals) in read {
        sites.push(site);
        files.push(file);
        sealing.extend(seals);
    }
    files.append(&mut sealing);
    (sites, files)
}

fn one(
    section: &Section<'_>,
    names: Vec<hosts::Named<'_>>,
    trusts: &[Declared],
    state: &Path,
    api_keys: Option<&ApiKeyFile>,
    redirects: bool,
) -> Option<(SiteSettings, KeyFile, Option<KeyFile>)> {
    let hosts: Vec<_> = names.into_iter().map(|named| named.pattern).collect();
    let server = certificate::read(section, &hosts);
    let upstream = upstream(section);
    let mut clients = client::read(section, trusts);
    let api_keys = hosts.first().zip(api_keys).map(|(host, file)| Arc::new(file.of_site(&host.to_string())));
    let routes = route::read(section, clients.as_mut(), trusts, api_keys.as_deref());
    let identity = identity_formats(section);
    let protected = protected_headers(section);
    let trusted_origins = origins::read(section);
    let assertion = assertion::read(section, &hosts, state);
    let app = django::read(section, &trusted_origins);
    let exported = app.as_ref().and_then(|app| app.names.as_ref());
    let cookies = cookies::read(section, &hosts, state, exported);
    let cors = clients.as_ref().map(|clients| cors::read(section, clients.mode, &trusted_origins));
    let client::SiteClients { mode: client, trusts } = clients?;
    let (certificate, key) = server?;
    if client == ClientMode::Off
        && let Some(field) = section.field("identity_headers").filter(|_| !identity.is_empty())
    {
        field.warn(
            "mode \"off\" asks for no certificate, so the app is told of no identity",
            "remove identity_headers, or ask for certificates",
        );
    }
    let (assertion, file) = assertion?;
    let (cookies, sealing) = cookies?;
    let (app, routes) = (django_of(app?, &cookies), routes?);
    if app.use_sessions && routes.iter().any(|route| route.token == Token::Django) {
        section.error(
            "CSRF_USE_SESSIONS keeps the secret in the session, which the gateway cannot see, and a route asks for token = \"django\"",
            "write token = \"off\": Django checks its token itself",
        );
        return None;
    }
    if routes.iter().any(|route| route.token == Token::Django) {
        django::foresee(section, &hosts, &app);
    }
    let settings = SiteSettings {
        policy: Site { hosts, client, trusted_origins, cors: cors??, api_keys: api_keys?, django: app, routes },
        certificate,
        key,
        upstream: upstream?,
        trusts,
        identity,
        protected,
        hsts: hsts(section, redirects),
        assertion,
        cookies: Arc::new(cookies),
    };
    Some((settings, file, sealing))
}

/// With the names that cookies are bound by.
fn django_of(read: django::Read, cookies: &CookiePolicy) -> Settings {
    let header = cookies.csrf_header.as_str().to_ascii_uppercase().replace('-', "_");
    Settings { cookie_name: cookies.csrf_cookie.to_string(), header_name: format!("HTTP_{header}"), ..read.settings }
}

/// A year, where http is redirected at all: elsewhere another server may live on http of the host.
fn hsts(section: &Section<'_>, redirects: bool) -> u32 {
    const YEAR: u32 = 31_536_000;
    let default = if redirects { YEAR } else { 0 };
    section.number("hsts").and_then(|seconds| seconds.try_into().ok()).unwrap_or(default)
}

fn upstream(section: &Section<'_>) -> Option<Upstream> {
    let field = section.required("upstream", "write upstream = \"http://127.0.0.1:8000\"")?;
    let text = field.text();
    match text.parse::<Upstream>() {
        Ok(upstream) => {
            if let Upstream::Tcp { host, .. } = &upstream
                && !is_loopback(host)
            {
                field.warn(
                    format!("requests and identity headers cross the network in clear to {host:?}, and whoever reaches that port can write such headers too"),
                    "put countersign on the host of the app (127.0.0.1 or unix:/PATH), or let nobody else reach that port",
                );
            }
            Some(upstream)
        }
        Err(error) => {
            field.error(format!("{text:?} is no upstream: {error}"), upstream_help(text));
            None
        }
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

fn upstream_help(text: &str) -> String {
    let guess = match text.split_once("://") {
        Some((_, rest)) => format!("http://{}", rest.split(['/', '?', '#']).next().unwrap_or_default()),
        None if text.starts_with('/') => format!("unix:{text}"),
        None if !text.starts_with("unix:") => format!("http://{text}"),
        None => String::new(),
    };
    match guess.parse::<Upstream>() {
        Ok(_) if text.starts_with("https:") => format!("write {guess:?} if nobody can listen in between"),
        Ok(_) => format!("write {guess:?}"),
        Err(_) => "write \"http://127.0.0.1:8000\" or \"unix:/run/app.sock\"".into(),
    }
}

fn identity_formats(section: &Section<'_>) -> Vec<IdentityFormat> {
    let mut formats = Vec::new();
    for item in section.items("identity_headers") {
        match FORMATS.iter().find(|format| format.code() == item.text()) {
            Some(format) if formats.contains(format) => {
                item.error(format!("{:?} is listed twice", item.text()), "remove one of the two");
            }
            Some(format) => formats.push(*format),
            None => item.error(format!("there is no identity format {:?}", item.text()), ""),
        }
    }
    formats
}

fn protected_headers(section: &Section<'_>) -> ProtectedNames {
    let items = section.items("protected_headers");
    for item in &items {
        let name = item.text();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b)) {
            let help = match name.split(':').next().unwrap_or_default().trim() {
                "" => "remove it".into(),
                alone => format!("write the name alone: {alone:?}"),
            };
            item.error(format!("{name:?} is no header name"), help);
        } else if matches!(
            name.to_ascii_lowercase().as_str(),
            "host" | "content-length" | "transfer-encoding" | "connection"
        ) {
            item.error(format!("{name:?} belongs to HTTP itself and cannot be kept out"), "remove it");
        }
    }
    ProtectedNames::new(items.iter().map(Field::text))
}
