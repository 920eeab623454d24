//! No Strict-Transport-Security.
//!
//! The page's answer as it came: without `Strict-Transport-Security` a browser tries http first, where anybody
//! can answer. Not asked of IP addresses, for which it means nothing (RFC 6797 section 8.3), nor of localhost.

use crate::{
    case::{Case, Class, Needs, Outcome},
    evidence::Layer,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "hsts-missing",
    class: Class::Response,
    title: "No Strict-Transport-Security",
    severity: Severity::Low,
    confidence: Confidence::High,
    references: &["RFC 6797", "Django: security.W004"],
    proves: "One http request is enough for a page with the site's own name.",
    cannot: "Anything about cookies that the run did not see set.",
    fix: "SECURE_HSTS_SECONDS, or the header at the proxy.",
    needs: Needs::Page,
    source: include_str!("hsts_missing.rs"),
    run: |probe| {
        let host = &probe.client.target.host;
        if host == "localhost" || host.parse::<std::net::IpAddr>().is_ok() {
            return Outcome::not_tested(
                "a name of its own: for an address it means nothing, for localhost it would bind every server there",
            );
        }
        let replay = probe.client.replay(&probe.browse(&probe.site.page));
        match probe.page.field("strict-transport-security") {
            None => Outcome::vulnerable("the page comes without Strict-Transport-Security", replay),
            Some(value) if value.contains("max-age=0") => {
                Outcome::vulnerable(format!("it is switched off: {value}"), replay)
            }
            Some(value) => Outcome::held(Layer::Application(format!("Strict-Transport-Security: {value}")), replay),
        }
    },
};
