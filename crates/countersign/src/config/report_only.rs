//! `report_only = { identity, intent }` of a site and of its routes: each key of a route overrides the
//! site's. Whatever is on trial is warned of: it is open.
//!
//! Refused: `identity` where the handshake already refuses (`hard`) or nothing is asked for (`off`),
//! since nothing could be reported.

use countersign_core::{ClientMode, ReportOnly};

use super::section::Section;

/// What a site says for all of its routes.
pub(super) fn of_site(site: &Section<'_>, mode: Option<ClientMode>) -> Option<ReportOnly> {
    read(site, ReportOnly::default(), mode, "all routes of this site that do not say otherwise")
}

/// What holds for a route. `mode` is what the site's handshake does, if that is known.
pub(super) fn of_route(route: &Section<'_>, of_site: ReportOnly, mode: Option<ClientMode>) -> Option<ReportOnly> {
    read(route, of_site, mode, "this route")
}

/// None if an error was reported.
fn read(section: &Section<'_>, or: ReportOnly, mode: Option<ClientMode>, what: &str) -> Option<ReportOnly> {
    if section.is_bad("report_only") {
        return None;
    }
    let Some(table) = section.table("report_only") else { return Some(or) };
    let said = ReportOnly {
        identity: table.flag("identity").unwrap_or(or.identity),
        intent: table.flag("intent").unwrap_or(or.intent),
    };
    let field = table.field("identity").filter(|_| said.identity);
    match (field, mode) {
        (Some(field), Some(ClientMode::Hard)) => {
            field.error(
                "client mode \"hard\" ends the handshake of whom it refuses, so there would be no request to report",
                "write mode = \"soft\" for the site while identity is reported only",
            );
            return None;
        }
        (Some(field), Some(ClientMode::Off)) => {
            field.error(
                "client mode \"off\" asks for no certificate, so there is nothing to report",
                "remove identity, or write client = { trust = \"NAME\" } for the site",
            );
            return None;
        }
        _ => {}
    }
    if !table.is_whole() {
        return None;
    }
    let on = |name: &str| table.flag(name) == Some(true);
    let open = match (on("identity"), on("intent")) {
        (false, false) => return Some(said),
        (true, false) => "requests without a certificate that holds",
        (false, true) => "requests that no page of the site sent, forged ones among them,",
        (true, true) => "requests of anybody, without certificate or intent,",
    };
    if let Some(field) = section.field("report_only") {
        field.warn(
            format!("report-only: {open} get through to the app, for {what}; nothing is refused for it, only logged"),
            "remove report_only once the log shows what is meant; \"countersign suggest LOG\" reads it",
        );
    }
    Some(said)
}
