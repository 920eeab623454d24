//! `client = { trust, mode }` of a site, and of a route that asks for another trust or mode. A site
//! that says nothing about certificates is refused: silence must not open it.

use std::sync::Arc;

use countersign_core::{ClientMode, TrustIndex};
use countersign_gateway::Trust;

use super::{
    section::{Field, Section},
    spelling,
    trust::Declared,
};

/// What a site asks of its clients.
pub(super) struct SiteClients {
    pub(super) mode: ClientMode,
    /// By trust index: the site's own, then those that its routes name.
    pub(super) trusts: Vec<Arc<Trust>>,
}

/// None if an error was reported.
pub(super) fn read(site: &Section<'_>, trusts: &[Declared]) -> Option<SiteClients> {
    site.required(
        "client",
        "write client = { trust = \"NAME\" }, or client = { mode = \"off\" } to ask for no certificate",
    )?;
    let section = site.table("client")?;
    // Looked up first: a wrong name is told beside a wrong mode.
    let field = section.field("trust");
    let trust = field.map(|field| find(field, trusts));
    if section.is_bad("mode") || section.is_bad("trust") {
        return None;
    }
    let mode = section.field("mode").and_then(|field| field.text().parse().ok()).unwrap_or_default();
    match (mode, field, trust) {
        (ClientMode::Off, Some(field), _) => {
            field.error(
                "mode \"off\" asks for no certificate, so a trust contradicts it",
                "remove trust, or write mode = \"optional\"",
            );
            None
        }
        (ClientMode::Off, None, _) => Some(SiteClients { mode, trusts: Vec::new() }),
        (_, _, Some(trust)) => Some(SiteClients { mode, trusts: vec![trust?] }),
        (_, _, None) => {
            let one = trusts.first().map_or("NAME", |trust| &trust.name);
            section.missing("trust", &format!("write trust = {one:?}: without it nobody could be let in"));
            None
        }
    }
}

/// The trust and the mode of a route: those of its site, unless it says otherwise. None if an error
/// was reported.
pub(super) fn of_route(
    route: &Section<'_>,
    site: Option<&mut SiteClients>,
    declared: &[Declared],
) -> Option<(TrustIndex, Option<ClientMode>)> {
    if route.is_bad("client") {
        return None;
    }
    let Some(section) = route.table("client") else { return Some((TrustIndex::default(), None)) };
    let trust = section.field("trust").map(|field| find(field, declared));
    if section.is_bad("mode") || section.is_bad("trust") {
        return None;
    }
    let mode = section.field("mode").and_then(|field| field.text().parse::<ClientMode>().ok());
    // Of a site that has errors of its own nothing more can be said.
    let site = site?;
    if site.mode == ClientMode::Off && (mode.is_some() || trust.is_some()) {
        section.error(
            "the site's client mode \"off\" asks for no certificate, so a route has none to judge",
            "write client = { trust = \"NAME\", mode = \"optional\" } for the site",
        );
        return None;
    }
    if let Some(field) = section.field("mode")
        && site.mode == ClientMode::Hard
    {
        field.error(
            "the site's client mode \"hard\" ends the handshake before a route is known",
            "remove mode, or write mode = \"soft\" for the site",
        );
        return None;
    }
    let index = match trust {
        None => 0,
        Some(trust) => {
            let trust = trust?;
            site.trusts.iter().position(|known| Arc::ptr_eq(known, &trust)).unwrap_or_else(|| {
                site.trusts.push(trust);
                site.trusts.len() - 1
            })
        }
    };
    // As many trusts as routes at most, and routes are lines of a file.
    Some((TrustIndex(u16::try_from(index).ok()?), mode))
}

fn find(field: &Field<'_>, trusts: &[Declared]) -> Option<Arc<Trust>> {
    let name = field.text();
    if let Some(declared) = trusts.iter().find(|trust| trust.name == name) {
        declared.used.set(true);
        return declared.trust.clone();
    }
    let help = match spelling::meant(name, trusts.iter().map(|trust| trust.name.as_str())) {
        Some(meant) => {
            // Not unused: only misspelt here.
            trusts.iter().filter(|trust| trust.name == meant).for_each(|trust| trust.used.set(true));
            format!("did you mean {meant:?}?")
        }
        None => format!("declare it: [trust.{name}] with ca = [\"ca.pem\"]"),
    };
    field.error(format!("there is no trust {name:?}"), help);
    None
}
