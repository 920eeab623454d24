//! `countersign probe --browser`: what a victim's own browser does, on broken sites and on sound ones.

use std::collections::BTreeSet;

use countersign_probe::{CASES, Class};
use serde_json::Value;

use crate::support::{
    command::countersign,
    target::{Front, Plan, Server, Target},
};

/// What a browser does to this site, by case.
fn attacked(plan: &Plan, browser: &str) -> Value {
    let target = Target::start(plan);
    let mut words = target.args();
    words.extend(["--class", "browser", "--browser", browser, "--format", "json"].map(Into::into));
    let output = countersign(&words.iter().map(String::as_str).collect::<Vec<_>>()).output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}\n{}", String::from_utf8_lossy(&output.stderr), target.said()))
}

fn with<'a>(report: &'a Value, verdict: &str) -> BTreeSet<&'a str> {
    let cases = report["cases"].as_array().unwrap().iter();
    cases.filter(|case| case["verdict"] == verdict).map(|case| case["id"].as_str().unwrap()).collect()
}

/// The exempt endpoint takes every write, an image changes state, the socket opens for everybody.
fn fires(browser: &str) {
    let mut fired = BTreeSet::new();
    for (case, server) in [
        ("cross-site-form", Server::Gunicorn),
        ("get-changes-state", Server::Gunicorn),
        ("websocket-hijack", Server::Uvicorn),
    ] {
        let report = attacked(&Plan { server, ..Plan::broken(case) }, browser);
        fired.extend(with(&report, "vulnerable").into_iter().map(str::to_owned));
        let unclear = with(&report, "inconclusive");
        assert!(unclear.is_empty(), "{case}: {report:#}");
    }
    let all: BTreeSet<String> =
        CASES.iter().filter(|case| case.class == Class::Browser).map(|case| case.id.to_owned()).collect();
    assert_eq!(fired, all, "{browser}");
}

/// Nothing comes through, and everything was sent.
fn quiet(front: Front, browser: &str) {
    let report = attacked(&Plan { server: Server::Uvicorn, ..Plan::sound(front) }, browser);
    let all = CASES.iter().filter(|case| case.class == Class::Browser).count();
    assert_eq!(with(&report, "held").len(), all, "{report:#}");
    if front == Front::Countersign {
        let form = report["cases"].as_array().unwrap().iter().find(|case| case["id"] == "browser-form").unwrap();
        assert_eq!(form["by"], serde_json::json!({ "layer": "countersign", "says": "origin-mismatch" }));
    }
}

#[test]
fn chromium_forges_on_a_broken_site() {
    fires("chromium");
}

#[test]
fn firefox_forges_on_a_broken_site() {
    fires("firefox");
}

#[test]
fn chromium_gets_nothing_past_nginx_and_django() {
    quiet(Front::Nginx, "chromium");
}

#[test]
fn chromium_gets_nothing_past_the_gateway() {
    quiet(Front::Countersign, "chromium");
}

#[test]
fn firefox_gets_nothing_past_the_gateway() {
    quiet(Front::Countersign, "firefox");
}
