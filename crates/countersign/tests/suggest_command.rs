//! `countersign suggest` on the log of a real gateway: what honest clients lack is proposed, an attack is
//! shown and not proposed, and with the proposals in it the configuration refuses the attack alone.

use std::{fs, path::Path};

use serde_json::Value;

use crate::support::{
    Config, Gateway, HOST, ORIGIN, Upstream,
    command::output,
    patience::until,
    pki::{self, Credentials},
};

const PARTNER: &str = "https://partner.example.com";

/// A script of a page of this origin.
fn script(path: &str, origin: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {origin}\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: cors\r\n\
         Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
    )
}

fn program(path: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\nAuthorization: SECRET\r\nContent-Length: 2\r\n\r\n{{}}"
    )
}

fn forged(path: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n\
         Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{{}}"
    )
}

fn own(path: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nContent-Length: 0\r\n\r\n")
}

/// Everything that came while the site was on trial.
fn traffic() -> Vec<(Credentials, String)> {
    let (alice, mallory) = (pki::alice(), pki::named("mallory"));
    let mut all = Vec::new();
    for who in [&alice, &mallory] {
        for path in ["/orders", "/invoices"] {
            all.push((who.clone(), script(path, PARTNER)));
            all.push((who.clone(), forged(path)));
            all.push((who.clone(), own(path)));
        }
        all.push((who.clone(), program("/hooks/paid")));
    }
    all
}

fn suggest(config: &Path, log: &Path, format: &str) -> (i32, String, String) {
    let words = ["suggest", "-c", config.to_str().unwrap(), "--format", format, log.to_str().unwrap()];
    let output = output(&words);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn what_a_trial_shows_becomes_a_configuration() {
    let upstream = Upstream::start();
    let config = Config::new(upstream.url()).route("path = \"/\"").site("report_only = { intent = true }");
    let (dir, path) = config.write();
    let folder = dir.path().to_owned();
    let gateway = Gateway::start_in(dir);
    let traffic = traffic();
    for (who, request) in &traffic {
        gateway.connect_as(who.clone()).ask(request).assert_from_app();
    }
    until("the decisions in the log", || (gateway.log().decisions().len() >= traffic.len()).then_some(()));
    let log = folder.join("gateway.log");
    fs::write(&log, format!("Nov 25 host systemd: started\n{}", gateway.log().text())).unwrap();

    let (code, told, _) = suggest(&path, &log, "text");
    assert_eq!(code, 1, "{told}");
    let (_, json, _) = suggest(&path, &log, "json");
    let json: Value = serde_json::from_str(&json).unwrap();
    let kinds: Vec<_> = json["proposals"].as_array().unwrap().iter().map(|p| p["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["trusted-origin", "route"], "{json:#}");
    assert_eq!(json["proposals"][0]["origin"], PARTNER);
    assert_eq!(
        (&json["proposals"][1]["path"], &json["proposals"][1]["audience"]),
        (&"/hooks/paid".into(), &"machine".into())
    );
    let attacks = json["possible_attacks"].as_array().unwrap();
    assert!(attacks.len() == 1 && attacks[0]["text"].as_str().unwrap().contains("https://evil.example"), "{json:#}");
    assert!(
        told.contains("possible attacks") && told.contains("https://evil.example") && !told.contains("SECRET"),
        "{told}"
    );

    // With the proposals, and no longer on trial, honest clients pass and the attack does not.
    let (code, proposed, stderr) = suggest(&path, &log, "toml");
    assert_eq!(code, 1, "{stderr}");
    assert!(!proposed.contains("evil.example"), "{proposed}");
    gateway.replace("countersign.toml", proposed.replace("report_only = { intent = true }\n", ""));
    gateway.reloaded(1);
    for (who, request) in &traffic {
        let answer = gateway.connect_as(who.clone()).ask(request);
        if request.contains("evil.example") {
            answer.assert_refused(403, "origin-mismatch");
        } else {
            answer.assert_from_app();
        }
    }
    // Nothing is left to suggest.
    let quiet = folder.join("quiet.log");
    fs::write(&quiet, "").unwrap();
    assert_eq!(suggest(&folder.join("countersign.toml"), &quiet, "text").0, 0);
    let (code, _, stderr) = suggest(&folder.join("countersign.toml"), &folder.join("nowhere.log"), "text");
    assert!(code == 3 && stderr.contains("nowhere.log"), "{stderr}");
}
