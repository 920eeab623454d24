//! A Host that is not the site's.
//!
//! `Host: attacker.example` and an `Origin` that fits it, with the certificate. After DNS rebinding a browser
//! sends that: the attacker's page becomes same-origin with the site, certificate included. Go and Envoy compare
//! `Origin` with `Host`, and they agree.

use crate::{
    case::{Case, Class, Needs, Outcome},
    evidence::{Layer, alike},
    forgery::{ATTACKER, ATTACKER_ORIGIN, refused},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "foreign-host",
    class: Class::Site,
    title: "A Host that is not the site's",
    severity: Severity::Medium,
    confidence: Confidence::High,
    references: &["CWE-350", "Django: ALLOWED_HOSTS"],
    proves: "A page whose name is rebound to the site's address is same-origin with it, and reads what the certificate opens.",
    cannot: "That a browser offers the certificate for the name: it asks its user again.",
    fix: "Serve the names that are yours and answer 421 or 400 to all others (`server_name` with a default server, ALLOWED_HOSTS).",
    needs: Needs::Page,
    source: include_str!("foreign_host.rs"),
    run: |probe| {
        let mut request = probe.browse(&probe.site.whoami).with("Origin", ATTACKER_ORIGIN);
        request.host = ATTACKER.into();
        let exchange = probe.client.send(request);
        let replay = probe.client.replay(&exchange.request);
        match &exchange.result {
            Err(failure) => refused(failure.layer(), &failure.to_string(), replay),
            Ok(answer) if alike(answer, &probe.whoami) => {
                Outcome::vulnerable(format!("{} and the page of the site, for {ATTACKER}", answer.status), replay)
            }
            Ok(answer) if answer.status >= 400 || answer.is_redirect() => Outcome::held(Layer::behind(answer), replay),
            Ok(answer) => {
                Outcome::inconclusive(format!("another page: {} {}", answer.status, answer.excerpt()), Some(replay))
            }
        }
    },
};
