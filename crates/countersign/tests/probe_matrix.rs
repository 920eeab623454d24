//! Every case fires on the site that was broken for it, and is quiet on the sound ones.
//!
//! The sound ones are the same app behind nginx, HAProxy, Envoy and Caddy as their guides have them, behind its
//! own servers, and behind the gateway. What even a guide leaves open is listed with its reason.

use std::{collections::BTreeSet, panic, sync::Mutex, thread};

use countersign_probe::{CASES, Class};
use serde_json::Value;

use crate::support::{
    command::countersign,
    target::{Front, Plan, Target},
};

/// Runs the probe; its JSON.
fn probe(target: &Target, more: &[&str]) -> Value {
    let mut words = target.args();
    words.extend(["--format", "json"].iter().chain(more).map(|word| (*word).to_owned()));
    let output = countersign(&words.iter().map(String::as_str).collect::<Vec<_>>()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}\n{}", target.said()))
}

fn with<'a>(report: &'a Value, verdict: &str) -> BTreeSet<&'a str> {
    let cases = report["cases"].as_array().unwrap().iter();
    cases.filter(|case| case["verdict"] == verdict).map(|case| case["id"].as_str().unwrap()).collect()
}

#[test]
fn every_case_fires_on_its_broken_site() {
    let cases = CASES.iter().filter(|case| case.class != Class::Browser);
    fire(cases.map(|case| (case.id, Plan::broken(case.id))).collect());
}

#[test]
fn cases_fire_on_other_products_as_well() {
    fire(Plan::elsewhere());
}

/// Each of these cases fires on its site.
fn fire(sites: Vec<(&str, Plan)>) {
    let queue = Mutex::new(sites);
    let silent = Mutex::new(Vec::new());
    // Two cores, and most of the time is waiting for a server to start.
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let Some((case, plan)) = queue.lock().unwrap().pop() else { break };
                    // One that cannot be tried is told beside the others.
                    let came = panic::catch_unwind(|| {
                        let target = Target::start(&plan);
                        probe(&target, &["--only", case])["cases"][0].clone()
                    });
                    let came = came.unwrap_or_else(|_| "it could not be tried, see above".into());
                    if came["verdict"] != "vulnerable" {
                        silent.lock().unwrap().push(format!("{case} behind {:?}: {came}", plan.front));
                    }
                }
            });
        }
    });
    let silent = silent.into_inner().unwrap();
    assert!(silent.is_empty(), "{} cases do not fire:\n{}", silent.len(), silent.join("\n"));
}

/// Nothing may fire but this.
fn sound(front: Front, but: &[&str]) {
    let target = Target::start(&Plan::sound(front));
    let report = probe(&target, &[]);
    let expected: BTreeSet<&str> = but.iter().copied().collect();
    assert_eq!(with(&report, "vulnerable"), expected, "{front:?}: {}", told(&report, "vulnerable"));
    assert!(with(&report, "inconclusive").is_empty(), "{front:?}: {}", told(&report, "inconclusive"));
    // A defence was met, not a closed door: most cases were really tried.
    assert!(with(&report, "held").len() > 55, "{front:?}: {}", told(&report, "not-tested"));
}

/// What came of these, a line each.
fn told(report: &Value, verdict: &str) -> String {
    let cases = report["cases"].as_array().unwrap().iter();
    cases.filter(|case| case["verdict"] == verdict).map(|case| format!("\n{case}")).collect()
}

/// Django's pair of cookie and token is bound to nobody, whatever proxy is in front.
const DJANGO: &str = "token-swap";
/// Caddy, gunicorn and uvicorn read none.
const NO_CRL: &str = "revoked-certificate";

#[test]
fn nginx_as_its_guides_have_it() {
    sound(Front::Nginx, &[DJANGO]);
}

#[test]
fn haproxy_as_its_guides_have_it() {
    sound(Front::Haproxy, &[DJANGO]);
}

#[test]
fn envoy_as_its_guides_have_it() {
    sound(Front::Envoy, &[DJANGO]);
}

#[test]
fn caddy_as_its_guides_have_it() {
    sound(Front::Caddy, &[DJANGO, NO_CRL]);
}

#[test]
fn gunicorn_alone() {
    sound(Front::Gunicorn, &[DJANGO, NO_CRL]);
}

#[test]
fn uvicorn_alone() {
    sound(Front::Uvicorn, &[DJANGO, NO_CRL]);
}

#[test]
fn the_gateway_leaves_nothing() {
    sound(Front::Countersign, &[]);
}
