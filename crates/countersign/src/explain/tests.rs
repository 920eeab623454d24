//! Command lines and their answers: `testdata/explain/*.txt`, one transcript each.

use std::os::unix::fs::PermissionsExt;

use clap::Parser;
use countersign_core::UnixTime;

use super::{ExplainArgs, run};
use crate::snapshot;

const NOW: UnixTime = UnixTime(1_800_000_000);

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: ExplainArgs,
}

fn transcript(line: &[&str]) -> (String, u8) {
    let args = Cli::parse_from(["explain"].iter().chain(line)).args;
    let report = run(&args, NOW);
    let shown: Vec<String> =
        line.iter().map(|word| if word.contains(' ') { format!("'{word}'") } else { (*word).into() }).collect();
    let text =
        format!("$ countersign explain {}\n{}{}exit {}\n", shown.join(" "), report.stdout, report.stderr, report.code);
    (anstream::adapter::strip_str(&text).to_string(), report.code)
}

const URL: &str = "https://app.example.com/pay/";
const OWN: &str = "Origin: https://app.example.com";
const EVIL: &str = "Origin: https://evil.example";

const WITH_TOKEN: &str = "csrfmiddlewaretoken=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab3Xq9Lw2Vt7Rz1Kp5Nd8Hs4Jc6Gm0FyA";
const COOKIE: &str = "Cookie: csrftoken=b3Xq9Lw2Vt7Rz1Kp5Nd8Hs4Jc6Gm0FyA";

const CURL: &str = "curl 'https://app.example.com/pay/' -X POST -H 'origin: https://evil.example' -b 'sessionid=SECRET; csrftoken=SECRET' --data-raw 'csrfmiddlewaretoken=SECRET&a=1' --compressed";
const LOG: &str = r#"{"verdict":"refuse","reason":"origin-mismatch","status":403,"site":"app.example.com","route":"/","method":"POST","path":"/pay","client":"CN=alice","peer":"127.0.0.1:1","request_id":"0123","target":"countersign::decision"}"#;

#[test]
fn transcripts() {
    for (name, code, line) in [
        ("get", 0, &[URL][..]),
        ("own-page", 0, &[URL, "-d", "a=1", "-H", OWN, "-H", "Sec-Fetch-Site: same-origin"]),
        ("foreign-page", 1, &["--url", URL, "--method", "POST", "-H", EVIL, "--client", "CN=alice"]),
        ("trusted-page", 0, &[URL, "-X", "POST", "-H", EVIL, "--trusted-origin", "https://evil.example"]),
        ("form-with-token", 0, &[URL, "-d", WITH_TOKEN, "-H", OWN, "-H", COOKIE, "--token", "django"]),
        ("form-without-token", 1, &[URL, "-d", "a=1", "-H", OWN, "-H", COOKIE, "--token", "django"]),
        ("bad-token", 2, &[URL, "--token", "mine"]),
        ("script", 1, &[URL, "-d", "a=1"]),
        ("machine", 0, &[URL, "-X", "POST", "-H", "content-type: application/json", "--audience", "machine"]),
        ("form-to-machine", 1, &[URL, "-d", "a=1", "--audience", "machine"]),
        ("no-certificate", 1, &[URL, "--client", "none"]),
        ("other-host", 1, &[URL, "-H", "Host: evil.example"]),
        ("own-port", 0, &["https://app.example.com:8443/", "-X", "POST", "-H", "Origin: https://app.example.com:8443"]),
        ("two-origins", 1, &[URL, "-X", "POST", "-H", OWN, "-H", EVIL]),
        ("dot-segments", 1, &["https://app.example.com/a/..%2fadmin"]),
        ("websocket", 1, &[URL, "-H", "Upgrade: websocket", "-H", EVIL]),
        ("json", 1, &[URL, "-X", "POST", "-H", EVIL, "--format", "json"]),
        ("curl", 1, &["--curl", CURL]),
        ("curl-unknown-option", 2, &["--curl", "curl --upload-file x https://app.example.com/"]),
        ("log", 1, &["--log", LOG]),
        ("not-https", 2, &["http://app.example.com/"]),
        ("bad-header", 2, &[URL, "-H", "Origin"]),
        ("bad-client", 2, &[URL, "--client", "alice"]),
        ("bad-audience", 2, &[URL, "--audience", "robots"]),
        ("bad-time", 2, &[URL, "--at", "tomorrow"]),
        ("bad-origin", 2, &[URL, "--trusted-origin", "https://a/"]),
    ] {
        let (text, found) = transcript(line);
        assert_eq!(found, code, "{text}");
        snapshot::assert_same(&format!("testdata/explain/{name}.txt"), &text);
    }
}

/// A configuration, a CA and a client's chain on disk: everything is judged as the gateway would.
#[test]
fn by_a_configuration() {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    for (path, bytes) in crate::config::material() {
        put(path.to_str().unwrap(), bytes);
    }
    let config = put("c.toml", include_str!("../../testdata/config/everything.toml").as_bytes());
    let (alice, ca) =
        (put("alice.pem", &crate::config::material()[std::path::Path::new("alice.pem")]), dir.path().join("ca.pem"));
    let ca = ca.to_str().unwrap();
    let api = "https://app.example.com/api/x";
    // Its hash is in the configuration's file, and it opens nothing else.
    let key = "X-API-Key: csk_58xp5d9x_fnfr83gkn7m1vjrtnxsweq4mzgkqhr0krrd6ksfcsc1c6w";
    let json = "content-type: application/json";
    for (code, says, line) in [
        (1, "client-cert-missing", &[URL, "-c", &config][..]),
        (0, "permitted: safe-method", &[URL, "-c", &config, "--cert", &alice]),
        (1, "client-cert-expired", &[URL, "-c", &config, "--cert", &alice, "--at", "2032-01-01T00:00:00Z"]),
        (1, "method-not-allowed", &[api, "-c", &config, "--cert", &alice, "-X", "DELETE"]),
        (1, "api-key-missing", &[api, "-c", &config, "--cert", &alice, "-X", "POST", "-H", json]),
        (1, "api-key-unknown", &[api, "-c", &config, "--cert", &alice, "-X", "POST", "-H", "X-API-Key: csk_58xp5d9x"]),
        (0, "permitted: api-key", &[api, "-c", &config, "--cert", &alice, "-X", "POST", "-H", key]),
        (1, "client-not-allowed", &[api, "-c", &config, "--client", "CN=bob"]),
        (
            0,
            "permitted",
            &[api, "-c", &config, "--client", "CN=bob", "--san", "uri:spiffe://example.com/bob", "-H", key],
        ),
        (0, "site app.example.com", &["https://a.apps.example.com/", "-c", &config, "--client", "verified"]),
        (1, "no site of", &["https://nobody.example/", "-c", &config]),
        (1, "misdirected-request", &[URL, "-c", &config, "-H", "Host: other.example"]),
        (0, "permitted", &[URL, "--cert", &alice, "--ca", ca]),
        (2, "name what judges", &[URL, "--cert", &alice]),
        (2, "there is no file", &[URL, "-c", "no.toml"]),
    ] {
        let (text, found) = transcript(line);
        assert!(found == code && text.contains(says), "wanted {code} and {says:?}\n{text}");
        let answer = text.split_once('\n').map_or("", |(_, answer)| answer);
        assert!(!answer.contains("fnfr83gkn7m1vjrtnxsweq4mzgkqhr0krrd6ksf"), "a key is repeated: {text}");
    }
}

/// Rows of the attack matrix, as Django, Go and Envoy were measured: A accepts, R refuses.
#[test]
fn others_answer_as_measured() {
    const SECRET: &str = "b3Xq9Lw2Vt7Rz1Kp5Nd8Hs4Jc6Gm0FyA";
    let (cookie, token) = (format!("Cookie: csrftoken={SECRET}"), format!("X-CSRFToken: {SECRET}"));
    for (row, method, fields, expected) in [
        ("good", "POST", &[OWN][..], "AAA"),
        ("1", "POST", &[EVIL, "Sec-Fetch-Site: cross-site"], "RRR"),
        ("9", "POST", &["Origin: null", "Sec-Fetch-Site: cross-site"], "RRR"),
        ("10", "POST", &["Origin:"], "RAR"),
        ("11", "POST", &["Origin: https://app.example.com.evil"], "RRR"),
        ("12", "POST", &["Origin: http://app.example.com"], "RAA"),
        ("12 with metadata", "POST", &["Origin: http://app.example.com", "Sec-Fetch-Site: cross-site"], "RRA"),
        ("13", "POST", &["Origin: https://app.example.com:8443"], "RRR"),
        ("15 B11", "POST", &["Origin: https://evil@app.example.com"], "RAR"),
        ("15 B19", "POST", &["Origin: app.example.com"], "RRA"),
        ("19", "POST", &[], "RAR"),
        ("20", "POST", &["Referer: https://evil.example/"], "RAR"),
        ("21", "POST", &["Referer: http://app.example.com/"], "RAA"),
        ("23", "POST", &["Origin: null", "Referer: https://app.example.com/"], "RRR"),
        ("24", "POST", &["Origin: https://blog.example.com", "Sec-Fetch-Site: same-site"], "RRR"),
        ("26", "POST", &[EVIL, "Sec-Fetch-Site: same-origin"], "RAR"),
        ("31", "TRACE", &[EVIL], "ARA"),
        ("32", "PROPFIND", &[EVIL], "RRA"),
        ("41", "GET", &[EVIL, "Upgrade: websocket"], "AAA"),
    ] {
        let mut line = vec![URL, "-X", method, "-H", &cookie, "-H", &token, "--format", "json"];
        fields.iter().for_each(|field| line.extend(["-H", field]));
        let args = Cli::parse_from(["explain"].iter().chain(&line)).args;
        let report = run(&args, NOW);
        assert!(!report.stdout.contains(SECRET), "{}", report.stdout);
        let answer: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
        let beside = answer["beside"].as_array().unwrap();
        let said: String = beside.iter().map(|one| if one["permits"] == true { 'A' } else { 'R' }).collect();
        assert_eq!(said, expected, "row {row}: {beside:#?}");
        for one in beside {
            let same = (one["permits"] == true) == (answer["verdict"] == "permit");
            assert_eq!(one["differs"].is_null(), same, "row {row}: {one}");
        }
    }
}
