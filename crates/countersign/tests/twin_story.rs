//! The vulnerable twin (`examples/vulnerable`): what audit finds in its files, probe does to it behind its own
//! nginx, and the gateway refuses before the same unchanged app. It is the story of `docs/tutorial.md`.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use crate::support::{twin::Twin, venv::workspace};

/// Planted in the app, and between it and nginx.
const FOUND: &[&str] = &[
    "allowed-hosts-wildcard",
    "api-key-from-environment",
    "cookie-insecure",
    "csrf-exempt",
    "get-changes-state",
    "identity-from-header",
    "key-compared-plainly",
    "nginx-header-inheritance",
    "revocation-not-checked",
    "scheme-from-client",
    "seam-exempt-reachable",
    "seam-header-not-cleared",
    "seam-optional-certificate",
    "seam-scheme-not-set",
    "trusted-origin-insecure",
];

/// What comes through behind nginx, and never behind the gateway.
const VULNERABLE: &[&str] = &[
    "cookie-insecure",
    "cross-site-form",
    "cross-site-multipart",
    "duplicate-cookie",
    "empty-origin",
    "exempt-alias",
    "exempt-path",
    "fetch-site-contradiction",
    "fetch-site-none",
    "fetch-site-same-site",
    "foreign-host",
    "get-changes-state",
    "host-alias",
    "identity-header-anonymous",
    "identity-header-certificate",
    "malformed-origin",
    "method-override-header",
    "method-override-query",
    "method-override-safe",
    "no-certificate",
    "no-origin-no-referer",
    "no-sni",
    "null-origin",
    "port-confusion",
    "prefix-origin",
    "random-token",
    "referer-foreign",
    "referer-insecure",
    "referer-path",
    "referer-suffix",
    "referer-userinfo",
    "revoked-certificate",
    "scheme-downgrade",
    "sibling-origin",
    "suffix-origin",
    "token-swap",
    "token-without-cookie",
    "tossed-pair",
    "trusted-origin-insecure",
    "two-origins",
    "underscore-metadata",
    "userinfo-origin",
];

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn cases<'a>(report: &'a Value, verdict: &str) -> BTreeSet<&'a str> {
    let cases = report["cases"].as_array().unwrap().iter();
    cases.filter(|case| case["verdict"] == verdict).map(|case| case["id"].as_str().unwrap()).collect()
}

fn told(report: &Value, verdict: &str) -> String {
    let cases = report["cases"].as_array().unwrap().iter();
    cases.filter(|case| case["verdict"] == verdict).map(|case| format!("\n{case}")).collect()
}

/// The reason by which the gateway refused it; nothing, where another layer held it.
fn reason<'a>(report: &'a Value, id: &str) -> Option<&'a str> {
    let case = report["cases"].as_array().unwrap().iter().find(|case| case["id"] == id).unwrap();
    (case["by"]["layer"] == "countersign").then(|| case["by"]["says"].as_str().unwrap())
}

/// The audit's findings: their ids, and the lines of nginx.conf at which they point.
fn findings(twin: &Twin) -> (BTreeSet<String>, Vec<String>) {
    let output = twin.audit();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let all = report["findings"].as_array().unwrap();
    let conf = fs::read_to_string(twin.file("deploy/nginx.conf")).unwrap();
    let lines: Vec<&str> = conf.lines().collect();
    let ids = all.iter().map(|finding| finding["id"].as_str().unwrap().to_owned()).collect();
    let marks = all.iter().flat_map(|finding| finding["marks"].as_array().unwrap());
    let at = marks.filter(|mark| mark["path"] == "deploy/nginx.conf").map(|mark| mark["line"].as_u64().unwrap());
    (ids, at.map(|line| lines[usize::try_from(line).unwrap() - 1].trim().to_owned()).collect())
}

#[test]
fn audit_finds_what_was_planted() {
    let twin = Twin::new();
    let (ids, nginx) = findings(&twin);
    for id in FOUND {
        assert!(ids.contains(*id), "{id} is not among {ids:?}");
    }
    for planted in ["ssl_verify_client optional;", "$http_x_forwarded_proto;", "proxy_pass http://app;"] {
        assert!(nginx.iter().any(|line| line.ends_with(planted)), "{planted} is not among {nginx:#?}");
    }
}

#[test]
fn audit_probe_and_gateway_tell_one_story() {
    let mut twin = Twin::new().with_certificates_and_database();
    let (ids, nginx_lines) = findings(&twin);
    let app = twin.app(&[]);

    let nginx = twin.nginx(app);
    // The test of the guides, which proves nothing.
    let made_up = ["-H", "X-CSRFToken: abc123", "-d", "payee=bob&amount=5"];
    assert_eq!(twin.curl(nginx, "alice", "/transfer", &made_up), "Paid: alice to bob: 5 via form");
    let attacked = twin.probe(nginx);
    let expected: BTreeSet<&str> = VULNERABLE.iter().copied().collect();
    assert_eq!(cases(&attacked, "vulnerable"), expected, "{}", told(&attacked, "vulnerable"));
    assert!(cases(&attacked, "inconclusive").is_empty(), "{}", told(&attacked, "inconclusive"));

    let (gateway, key) = twin.gateway(app);
    let refused = twin.curl(gateway, "alice", "/transfer", &made_up);
    assert!(refused.contains("\"reason\":\"intent-missing\""), "{refused}");
    let defended = twin.probe(gateway);
    assert!(cases(&defended, "vulnerable").is_empty(), "{}", told(&defended, "vulnerable"));
    assert!(cases(&defended, "inconclusive").is_empty(), "{}", told(&defended, "inconclusive"));
    let held = cases(&defended, "held");
    for id in &expected {
        assert!(held.contains(id), "{id} was not tried behind the gateway: {}", told(&defended, "not-tested"));
    }
    // The honest program has not been shut out with the others.
    let with_key = ["-H", &format!("X-API-Key: {key}"), "-d", "payee=bob&amount=5"];
    assert_eq!(twin.curl(gateway, "alice", "/partner/transfer", &with_key), "Paid: alice to bob: 5 via partner");

    // The map of the tutorial: what audit finds → what probe does → what the gateway says.
    let mut named = BTreeSet::new();
    for [found, tried, reasons_said] in table() {
        for id in &found {
            let seen = ids.contains(id) || nginx_lines.iter().any(|line| line.contains(id));
            assert!(seen, "the audit did not find {id}: {ids:?} {nginx_lines:#?}");
        }
        for id in &tried {
            assert!(expected.contains(id.as_str()), "the probe did not get through with {id}");
        }
        let reasons: BTreeSet<String> =
            tried.iter().filter_map(|id| reason(&defended, id)).map(str::to_owned).collect();
        assert_eq!(reasons, reasons_said.into_iter().collect(), "the gateway at {tried:?}");
        eprintln!("{found:?} → {tried:?} → {reasons:?}");
        named.extend(found);
    }
    for id in FOUND {
        assert!(named.contains(*id), "the tutorial's table leaves out {id}");
    }
}

/// What stands as code in each cell of the tutorial's table.
fn table() -> Vec<[Vec<String>; 3]> {
    let page = fs::read_to_string(workspace().join("docs/tutorial.md")).unwrap();
    let codes = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    let start = page.lines().skip_while(|line| !line.starts_with("| the audit finds"));
    let rows: Vec<_> = start
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|row| {
            let cells: Vec<&str> = row.split('|').collect();
            assert_eq!(cells.len(), 5, "{row}");
            [codes(cells[1]), codes(cells[2]), codes(cells[3])]
        })
        .collect();
    assert!(rows.len() > 8, "{rows:?}");
    rows
}

#[test]
fn its_patch_is_enough() {
    let mut twin = Twin::new().with_certificates_and_database();
    twin.patch();
    let clean = twin.audit();
    assert_eq!(clean.status.code(), Some(0), "{}", said(&clean.stdout));
    let app = twin.app(&[("PARTNER_API_KEY", "only-for-tests")]);
    let nginx = twin.nginx(app);
    let report = twin.probe(nginx);
    // Django's pair of cookie and token is bound to nobody, whatever proxy is in front.
    assert_eq!(cases(&report, "vulnerable"), BTreeSet::from(["token-swap"]), "{}", told(&report, "vulnerable"));
    assert!(cases(&report, "inconclusive").is_empty(), "{}", told(&report, "inconclusive"));
    assert!(cases(&report, "held").len() > 55, "{}", told(&report, "not-tested"));
}
