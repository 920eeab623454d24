//! A preflight that allows everybody.
//!
//! `OPTIONS` from another site that asks for a PUT with `Content-Type: application/json`. If the answer allows
//! the origin and credentials, the browser sends the real request, certificate and all.

use super::cors;
use crate::{
    case::{Case, Class, Needs, Outcome},
    forgery::ATTACKER_ORIGIN,
    request::{Request, Who},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "preflight-permissive",
    class: Class::Forgery,
    title: "A preflight that allows everybody",
    severity: Severity::High,
    confidence: Confidence::High,
    references: &["Fetch: CORS protocol and credentials", "CWE-942"],
    proves: "Any page may send any request, with any method and media type, as the victim.",
    cannot: "That the real request passes: its own checks follow.",
    fix: "Allow the origins that need it one by one; never reflect `Origin` together with `Access-Control-Allow-Credentials: true`.",
    needs: Needs::Page,
    source: include_str!("preflight_permissive.rs"),
    run: |probe| {
        let preflight = |request: Request| {
            request
                .bodiless("OPTIONS")
                .with("Origin", ATTACKER_ORIGIN)
                .with("Access-Control-Request-Method", "PUT")
                .with("Access-Control-Request-Headers", "content-type")
                .with("Sec-Fetch-Site", "cross-site")
                .with("Sec-Fetch-Mode", "cors")
        };
        // Chromium sends the certificate with it, Firefox does not.
        Outcome::worst([Who::Own, Who::Nobody].map(|who| {
            let exchange = probe.client.send(preflight(probe.bare(&probe.endpoint)).by(who));
            cors(probe, &exchange, ATTACKER_ORIGIN)
        }))
    },
};
