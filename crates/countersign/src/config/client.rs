//! `client = { trust, mode }` of a site. A site that says nothing about certificates is refused:
//! silence must not open it.

use std::sync::Arc;

use countersign_core::ClientMode;
use countersign_gateway::Trust;

use super::{
    section::{Field, Section},
    spelling,
    trust::Declared,
};

/// Mode and trust; none if an error was reported.
pub(super) fn read(site: &Section<'_>, trusts: &[Declared]) -> Option<(ClientMode, Option<Arc<Trust>>)> {
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
        (ClientMode::Off, None, _) => Some((mode, None)),
        (_, _, Some(trust)) => Some((mode, Some(trust?))),
        (_, _, None) => {
            let one = trusts.first().map_or("NAME", |trust| &trust.name);
            section.missing("trust", &format!("write trust = {one:?}: without it nobody could be let in"));
            None
        }
    }
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
