//! A neighbour's TLS session.
//!
//! A TLS session that was made at another site of the same address, without a certificate or with one of
//! nobody, is resumed here. A server that shares its sessions skips the verification of this site.
//! TLS 1.3 and TLS 1.2.

use super::same_as_holder;
use crate::{
    case::{Case, Class, Needs, Outcome},
    client::Client,
    evidence::Layer,
    forgery::refused,
    probe::AGENT,
    request::{Request, Who},
    tls::{self, Hello},
};
use countersign_audit::{Confidence, Severity};
use std::sync::Arc;

pub(super) const CASE: Case = Case {
    id: "resumption-other-host",
    class: Class::Site,
    title: "A neighbour's TLS session",
    severity: Severity::Critical,
    confidence: Confidence::High,
    references: &["CVE-2025-23419", "CVE-2025-23048"],
    proves: "A session of a neighbour stands in for a certificate.",
    cannot: "That a session of this site cannot be resumed after its certificate ended.",
    fix: "Keep sessions of sites with different client policies apart (an `ssl_session_cache` and ticket key for each); keep the server up to date.",
    needs: Needs::Page,
    source: include_str!("resumption_other_host.rs"),
    run: |probe| {
        let Some(other) = &probe.site.other_host else {
            return Outcome::not_tested("--other-host NAME, served at the same address");
        };
        let nobody = probe.certificates.self_signed.as_ref();
        let mut outcomes = Vec::new();
        for tls12_only in [false, true] {
            for who in [None, nobody] {
                let sessions = Client::sessions();
                let hello =
                    Hello { say_name: true, who, sessions: Some(Arc::clone(&sessions)), http2: false, tls12_only };
                let request = probe.bare(&probe.site.whoami).by(Who::Nobody);
                let replay = format!("# a TLS session of {other}, resumed: {}", probe.client.replay(&request));
                let config = match tls::config(probe.client.trust, &hello) {
                    Ok(config) => config,
                    Err(error) => return Outcome::inconclusive(error.to_string(), None),
                };
                let there = probe.client.target.authority_of(other);
                let _ = probe.client.over(&config, other, &Request::new("GET", "/", &there).with("User-Agent", AGENT));
                if sessions.is_empty() {
                    outcomes.push(Outcome::held(Layer::Tls("no session can be had at the neighbour".into()), replay));
                    continue;
                }
                let (result, resumed) = probe.client.over(&config, &probe.client.target.host, &request);
                outcomes.push(match &result {
                    Ok(answer) if resumed && same_as_holder(probe, answer) => Outcome::vulnerable(
                        format!(
                            "the neighbour's session was resumed, and the answer is the holder's: {}",
                            answer.status
                        ),
                        replay,
                    ),
                    Ok(answer) if resumed => Outcome::held(Layer::behind(answer), replay),
                    Ok(_) => Outcome::held(Layer::Tls("the session was not resumed".into()), replay),
                    Err(failure) => refused(failure.layer(), &failure.to_string(), replay),
                });
            }
        }
        Outcome::worst(outcomes)
    },
};
