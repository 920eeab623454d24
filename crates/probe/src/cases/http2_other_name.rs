//! This site over a neighbour's connection.
//!
//! Browsers share an HTTP/2 connection between names that one certificate covers. A connection is opened to another site
//! at the same address (`--other-host`), which may ask for no certificate, and this site is asked for over it by
//! `:authority`.

use countersign_audit::{Confidence, Severity};

use super::same_as_holder;
use crate::{
    case::Outcome,
    case::{Case, Class, Needs},
    evidence::Layer,
    forgery::refused,
    http2,
};

pub(super) const CASE: Case = Case {
    id: "http2-other-name",
    class: Class::Site,
    title: "This site over a neighbour's connection",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["RFC 9113 section 9.1.1", "RFC 9110 section 7.4", "GHSA-5r4w-85f3-pw66"],
    proves: "Mutual TLS is skipped by asking over a neighbour's connection, as browsers do by themselves.",
    cannot: "That other neighbours are safe: only the one that was named was tried.",
    fix: "Answer 421 when the connection's name and the request's differ in policy.",
    needs: Needs::Page,
    source: include_str!("http2_other_name.rs"),
    run: |probe| {
        let Some(other) = &probe.site.other_host else {
            return Outcome::not_tested("--other-host NAME, served at the same address");
        };
        let path = &probe.site.whoami;
        let replay = format!("# over an HTTP/2 connection to {other}: GET {}", probe.client.target.url(path));
        match http2::get_over(&probe.client, other, None, path) {
            Ok(None) => Outcome::held(Layer::Proxy("it speaks no HTTP/2 there".into()), replay),
            Ok(Some(answer)) if answer.is_success() && same_as_holder(probe, &answer) => Outcome::vulnerable(
                format!("{} and the page of a holder, without a certificate", answer.status),
                replay,
            ),
            Ok(Some(answer)) => Outcome::held(Layer::behind(&answer), replay),
            Err(failure) => refused(failure.layer(), &failure.to_string(), replay),
        }
    },
};
