//! The keys that assertions are signed with: made once, for their owner alone, kept, rotated, and
//! refused if they cannot be trusted.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    time::SystemTime,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use countersign_assertion::{Algorithm, HEADER, KeySet};
use countersign_core::UnixTime;
use serde_json::Value;

use crate::support::{Config, Gateway, HOST, Upstream, command::output};

fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    UnixTime(since.as_secs().try_into().unwrap())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Exit code, standard output, standard error.
fn run(words: &[&str], config: &Path) -> (i32, String, String) {
    let output = output(&[words, &["-c", config.to_str().unwrap()]].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// `countersign key … --format json`: the keys of the first site.
fn keys(words: &[&str], config: &Path) -> Vec<(String, String)> {
    let (code, stdout, stderr) = run(&[&["key"], words, &["--format", "json"]].concat(), config);
    assert_eq!(code, 0, "{stderr}");
    let json: Value = serde_json::from_str(&stdout).unwrap();
    let keys = json["sites"][0]["keys"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    keys.map(|key| (text(&key["state"]), text(&key["kid"]))).collect()
}

/// The `kid` of the assertion on a request.
fn signer(gateway: &Gateway, upstream: &Upstream) -> String {
    gateway.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
    let received = upstream.last();
    let token = received.header(HEADER).unwrap();
    let header = token.split('.').next().unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

#[test]
fn made_at_the_first_start_and_kept() {
    let upstream = Upstream::start();
    let (dir, config) = Config::new(upstream.url()).write();
    let state = dir.path().join("state");
    let file = state.join(format!("assertion/{HOST}.jwks"));

    // Looking makes nothing.
    assert_eq!(run(&["check"], &config).0, 0);
    let (code, stdout, _) = run(&["key", "list"], &config);
    assert!(code == 0 && stdout.contains("no keys yet"), "{stdout}");
    let (code, _, stderr) = run(&["key", "rotate"], &config);
    assert!(code == 2 && stderr.contains("makes them at its first start"), "{stderr}");
    assert!(!fs::exists(&state).unwrap());

    let gateway = Gateway::start_in(dir);
    assert_eq!((mode(&state), mode(file.parent().unwrap()), mode(&file)), (0o700, 0o700, 0o600));
    let names: Vec<_> = fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, [file.file_name().unwrap()], "nothing beside it");
    let text = fs::read_to_string(&file).unwrap();
    let kid = signer(&gateway, &upstream);
    assert!(text.contains(&kid));
    let secret = text.split("\"k\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(secret.len(), 43);

    let log = gateway.log().text();
    let gateway = Gateway::start_in(gateway.stop_and_keep());
    assert_eq!(fs::read_to_string(&file).unwrap(), text, "the same after a restart");
    assert_eq!(signer(&gateway, &upstream), kid);
    assert_eq!(keys(&["list"], &config), [("current".to_owned(), kid)]);
    let (_, listed, _) = run(&["key", "list"], &config);
    assert!(!listed.contains(&secret) && !log.contains(&secret) && !gateway.log().text().contains(&secret));
}

#[test]
fn es256_has_a_public_file_beside_the_private_one() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).site("assertion = { alg = \"es256\" }"));
    let dir = gateway.dir().join("state/assertion");
    let (private, public) = (dir.join(format!("{HOST}.private.jwks")), dir.join(format!("{HOST}.jwks")));
    assert_eq!((mode(&private), mode(&public)), (0o600, 0o644));
    let text = fs::read_to_string(&public).unwrap();
    assert!(!text.contains("\"d\""), "{text}");
    assert!(!KeySet::read(Algorithm::Es256, text.as_bytes()).unwrap().signs());
    assert!(text.contains(&signer(&gateway, &upstream)));

    // A public file that got lost comes back.
    let kept = gateway.stop_and_keep();
    fs::remove_file(&public).unwrap();
    let gateway = Gateway::start_in(kept);
    assert_eq!(fs::read_to_string(&public).unwrap(), text);
    let config = gateway.dir().join("countersign.toml");
    let rotated = keys(&["rotate"], &config);
    let text = fs::read_to_string(&public).unwrap();
    assert!(rotated.len() == 2 && rotated.iter().all(|(_, kid)| text.contains(kid)) && !text.contains("\"d\""));
    assert_eq!((mode(&private), mode(&public)), (0o600, 0o644));
}

#[test]
fn rotation_leaves_time_to_read_and_a_leaked_key_goes_at_once() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let old = signer(&gateway, &upstream);
    let dir = gateway.stop_and_keep();
    let config = dir.path().join("countersign.toml");
    let file = dir.path().join(format!("state/assertion/{HOST}.jwks"));
    // The app's group may read it, and still may after a rotation.
    chmod(&file, 0o640);
    let listed = keys(&["rotate", "--site", HOST], &config);
    let states: Vec<_> = listed.iter().map(|(state, _)| state.as_str()).collect();
    assert_eq!(states, ["current", "next"]);
    assert_eq!(mode(&file), 0o640);
    let set = KeySet::read(Algorithm::Hs256, &fs::read(&file).unwrap()).unwrap();
    let ahead = set.keys()[1].use_from().0 - now().0;
    assert!((590..=600).contains(&ahead), "{ahead} s");

    let gateway = Gateway::start_in(dir);
    assert_eq!(signer(&gateway, &upstream), old, "the new key waits");
    let dir = gateway.stop_and_keep();
    let listed = keys(&["rotate", "--now"], &config);
    assert_eq!(listed.len(), 1);
    assert!(listed[0].0 == "current" && listed[0].1 != old && listed[0].1 != set.keys()[1].kid());
    let gateway = Gateway::start_in(dir);
    assert_eq!(signer(&gateway, &upstream), listed[0].1);

    let (code, _, stderr) = run(&["key", "rotate", "--site", "other.example.com"], &config);
    assert!(code == 2 && stderr.contains(HOST), "{stderr}");
}

#[test]
fn what_superseded_long_ago_is_removed() {
    let upstream = Upstream::start();
    let (dir, config) = Config::new(upstream.url()).site("assertion = { keys = \"app.jwks\" }").write();
    let file = dir.path().join("app.jwks");
    let ago = |seconds: i64| UnixTime(now().0 - seconds);
    let old = KeySet::generate(Algorithm::Hs256, ago(5_000)).unwrap();
    // Signs since 200 s.
    let set = old.rotated(ago(800)).unwrap();
    fs::write(&file, set.reveal()).unwrap();
    chmod(&file, 0o600);
    let states = |listed: &[(String, String)]| listed.iter().map(|(state, _)| state.clone()).collect::<Vec<_>>();
    assert_eq!(states(&keys(&["list"], &config)), ["old", "current"]);
    let listed = keys(&["rotate"], &config);
    assert_eq!(states(&listed), ["current", "next"]);
    assert_eq!(listed[0].1, set.keys()[1].kid());
    assert_eq!(signer(&Gateway::start_in(dir), &upstream), set.keys()[1].kid());
}

#[test]
fn a_supplied_file_is_used_and_has_to_be_there() {
    let upstream = Upstream::start();
    let (dir, config) = Config::new(upstream.url()).site("assertion = { keys = \"mine.jwks\" }").write();
    for command in ["check", "run"] {
        let (code, _, stderr) = run(&[command], &config);
        assert!(code == 2 && stderr.contains("there is no file") && stderr.contains("mine.jwks"), "{stderr}");
    }
    assert!(!fs::exists(dir.path().join("mine.jwks")).unwrap());
    let set = KeySet::generate(Algorithm::Hs256, now()).unwrap();
    let elsewhere = dir.path().join("elsewhere.jwks");
    fs::write(&elsewhere, set.reveal()).unwrap();
    chmod(&elsewhere, 0o600);
    // As deployments mount secrets.
    symlink(&elsewhere, dir.path().join("mine.jwks")).unwrap();
    let gateway = Gateway::start_in(dir);
    assert_eq!(signer(&gateway, &upstream), set.keys()[0].kid());
    assert!(!fs::exists(gateway.dir().join("state/assertion")).unwrap());
    // What is replaced is the file that the app reads, not the link to it.
    let rotated = keys(&["rotate"], &config);
    assert!(fs::read_to_string(&elsewhere).unwrap().contains(&rotated[1].1));
    assert!(fs::symlink_metadata(gateway.dir().join("mine.jwks")).unwrap().is_symlink());
}

#[test]
fn what_cannot_be_trusted_is_refused_and_left_alone() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let dir = gateway.stop_and_keep();
    let config = dir.path().join("countersign.toml");
    let file = dir.path().join(format!("state/assertion/{HOST}.jwks"));
    let good = fs::read_to_string(&file).unwrap();
    let secret = good.split("\"k\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let curve = KeySet::generate(Algorithm::Es256, now()).unwrap().reveal();
    let half = &good[..good.len() / 2];
    for (text, why) in [
        ("", "ends in the middle"),
        (half, "ends in the middle"),
        ("hello\n", "no JSON"),
        ("{\"keys\":[]}", "no key in it"),
        (curve.as_str(), "expected \"oct\""),
        (&good.replace("HS256", "none"), "alg is \"none\""),
    ] {
        fs::write(&file, text).unwrap();
        for words in [&["run"][..], &["check"], &["key", "list"], &["key", "rotate", "--now"]] {
            let (code, stdout, stderr) = run(words, &config);
            assert_eq!(code, 2, "{words:?} {text:?}");
            let said = stdout + &stderr;
            assert!(said.contains(why) && said.contains(&format!("{HOST}.jwks")), "{said}");
            assert!(!said.contains(&secret[..20]), "a secret is shown: {said}");
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), text, "left alone");
    }
    fs::write(&file, &good).unwrap();
    for bits in [0o644, 0o604, 0o660, 0o602, 0o666] {
        chmod(&file, bits);
        let (code, _, stderr) = run(&["run"], &config);
        assert!(code == 2 && stderr.contains(&format!("(mode 0{bits:o})")) && stderr.contains("chmod"), "{stderr}");
    }
    chmod(&file, 0o600);
    // What an interrupted rotation leaves.
    let new = dir.path().join(format!("state/assertion/{HOST}.jwks.new"));
    fs::write(&new, "half").unwrap();
    let (code, _, stderr) = run(&["key", "rotate"], &config);
    assert!(code == 3 && stderr.contains("jwks.new"), "{stderr}");
    assert_eq!((fs::read_to_string(&file).unwrap(), fs::read_to_string(&new).unwrap()), (good, "half".to_owned()));
    Gateway::start_in(dir).stop();
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    for (line, why) in [
        ("assertion = { mode = \"session\" }", "it would only loosen"),
        ("assertion = { audience = \"\" }", "is no name"),
        ("assertion = { issuer = \"a\\u0000b\" }", "is no name"),
        ("assertion = { keys = \"\" }", "is empty"),
        ("assertion = { alg = \"none\" }", "expected \"hs256\" or \"es256\""),
        ("assertion = { alg = \"rs256\" }", "expected \"hs256\" or \"es256\""),
        ("assertion = { session = true }", "\"session\" is no key"),
        ("assertion = \"off\"", "expected a table"),
    ] {
        let (_dir, config) = Config::new("http://127.0.0.1:1").site(line).write();
        let (code, _, stderr) = run(&["check"], &config);
        assert!(code == 2 && stderr.contains(why), "{line}: {stderr}");
    }
}

#[test]
fn apps_that_share_a_secret_are_told_of() {
    let config = Config::new("http://127.0.0.1:1").site("assertion = { keys = \"both.jwks\" }");
    let client = "mode = \"off\" }\nassertion = { keys = \"both.jwks\"";
    let config = config.another("other.example.com", client, "http://127.0.0.1:2");
    let (dir, config) = config.write();
    let file = dir.path().join("both.jwks");
    fs::write(&file, KeySet::generate(Algorithm::Hs256, now()).unwrap().reveal()).unwrap();
    chmod(&file, 0o600);
    let (code, _, stderr) = run(&["check"], &config);
    assert!(code == 0 && stderr.contains("has the same keys"), "{stderr}");
}
