//! The file of API keys: made by the first key, for its owner alone, without any secret; taken by a running
//! gateway within a second; kept over restarts; refused as a whole if it cannot be trusted.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    api_keys::{Made, new},
    support::{Config, Connection, Gateway, HOST, Response, Upstream, command::output, patience::until, websocket},
};

fn config(upstream: &Upstream) -> Config {
    Config::new(upstream.url())
        .route("path = \"/\"")
        .route("path = \"/orders/\"\naudience = \"machine\"\napi_key = { scope = \"orders\" }")
}

fn get(key: &Made) -> String {
    format!("GET /orders/ HTTP/1.1\r\nHost: {HOST}\r\nX-API-Key: {}\r\n\r\n", key.text)
}

/// Exit code, standard output, standard error.
fn run(words: &[&str], config: &Path) -> (i32, String, String) {
    let output = output(&[words, &["-c", config.to_str().unwrap()]].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Waits until the key gets this answer ("" is the app's), and says how long that took.
fn becomes(connection: &mut Connection, key: &Made, reason: &str) -> Duration {
    let begun = Instant::now();
    until(reason, || (connection.ask(&get(key)).reason() == reason).then_some(()));
    begun.elapsed()
}

fn state(config: &Path, id: &str) -> String {
    let (code, stdout, stderr) = run(&["key", "list", "--format", "json"], config);
    assert_eq!(code, 0, "{stderr}");
    let json: Value = serde_json::from_str(&stdout).unwrap();
    let mut all = json["api_keys"].as_array().unwrap().iter();
    all.find(|key| key["id"] == id).unwrap()["state"].as_str().unwrap().to_owned()
}

#[test]
fn keys_come_and_go_while_the_gateway_runs() {
    let upstream = Upstream::echoing();
    let gateway = Gateway::start(&config(&upstream));
    let path = gateway.dir().join("countersign.toml");
    let mut connection = gateway.connect();
    let ask = |connection: &mut Connection, key: &Made| -> Response { connection.ask(&get(key)) };

    // The first key makes the file.
    let file = gateway.dir().join("state/api-keys.json");
    assert!(!fs::exists(&file).unwrap());
    let (first, begun) = (new(&path, &["--scope", "orders"]), Instant::now());
    becomes(&mut connection, &first, "");
    // The promise is a second on a machine that is not busy with other tests.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let mode = fs::metadata(&file).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode, 0o600);
    assert!(!fs::read_to_string(&file).unwrap().contains(&first.text[13..]));

    let second = new(&path, &["--scope", "orders", "--name", "second"]);
    becomes(&mut connection, &second, "");
    let mut socket = gateway.connect();
    socket.send(websocket::handshake("/orders/ws", &format!("X-API-Key: {}\r\n", first.text))).unwrap();
    assert_eq!(socket.head().status, 101);
    let mut other = gateway.connect();
    other.send(websocket::handshake("/orders/ws", &format!("X-API-Key: {}\r\n", second.text))).unwrap();
    assert_eq!(other.head().status, 101);

    // Revoked: the next request on the same connection, and the socket that it opened.
    let (code, stdout, stderr) = run(&["key", "revoke", &format!("csk_{}", first.id)], &path);
    assert_eq!((code, stdout.as_str()), (0, format!("revoked {}\n", first.id).as_str()), "{stderr}");
    let took = becomes(&mut connection, &first, "api-key-revoked");
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(socket.websocket_ends());
    assert_eq!(
        gateway.log().event("the end of a socket", |event| event["verdict"] == "ended")["reason"],
        "api-key-revoked"
    );
    ask(&mut connection, &second).assert_from_app();
    other.send("hello").unwrap();
    assert_eq!(other.read(5), b"hello");
    assert_eq!((state(&path, &first.id), state(&path, &second.id)), ("revoked".into(), "active".into()));

    // A restart keeps all of it.
    let gateway = Gateway::start_in(gateway.stop_and_keep());
    let mut connection = gateway.connect();
    ask(&mut connection, &first).assert_refused(401, "api-key-revoked");
    ask(&mut connection, &second).assert_from_app();
}

#[test]
fn a_key_ends_when_it_said() {
    let upstream = Upstream::echoing();
    let (dir, path) = config(&upstream).write();
    let soon = time::OffsetDateTime::now_utc() + Duration::from_secs(4);
    let soon = soon.replace_nanosecond(0).unwrap().format(&time::format_description::well_known::Rfc3339).unwrap();
    let key = new(&path, &["--scope", "orders", "--expires", &soon]);
    let gateway = Gateway::start_in(dir);
    let mut connection = gateway.connect();
    let mut socket = gateway.connect();
    socket.send(websocket::handshake("/orders/ws", &format!("X-API-Key: {}\r\n", key.text))).unwrap();
    if socket.head().status == 101 {
        // Nothing changes but the time.
        assert!(socket.websocket_ends());
    }
    becomes(&mut connection, &key, "api-key-expired");
    let text = connection.ask(&get(&key)).text();
    assert!(text.contains(&format!("key {}, valid until {soon}", key.id)), "{text}");
}

#[test]
fn a_file_that_cannot_be_used_changes_nothing() {
    let upstream = Upstream::start();
    let (dir, path) = config(&upstream).write();
    let key = new(&path, &["--scope", "orders"]);
    let gateway = Gateway::start_in(dir);
    let mut connection = gateway.connect();
    connection.ask(&get(&key)).assert_from_app();
    let good = fs::read_to_string(gateway.dir().join("state/api-keys.json")).unwrap();
    let refused = |gateway: &Gateway| gateway.log().text().matches("reload refused").count();
    for (content, said) in [
        (good[..good.len() / 2].to_owned(), "EOF"),
        (String::new(), "EOF"),
        (good.replace("\"scopes\"", "\"limits\""), "unknown field"),
    ] {
        let before = refused(&gateway);
        gateway.replace("state/api-keys.json", &content);
        until(said, || (refused(&gateway) > before && gateway.log().text().contains(said)).then_some(()));
        connection.ask(&get(&key)).assert_from_app();
        // Nor does a command write over it.
        assert_eq!(run(&["key", "new", "--scope", "orders"], &path).0, 2);
        assert_eq!(fs::read_to_string(gateway.dir().join("state/api-keys.json")).unwrap(), content);
    }
    // Too many may read it: as at a start.
    let before = refused(&gateway);
    gateway.replace("state/api-keys.json", &good);
    fs::set_permissions(gateway.dir().join("state/api-keys.json"), fs::Permissions::from_mode(0o644)).unwrap();
    until("the mode", || (refused(&gateway) > before && gateway.log().text().contains("mode 0644")).then_some(()));
    connection.ask(&get(&key)).assert_from_app();
    let (code, _, stderr) = run(&["check"], &path);
    assert!(code == 2 && stderr.contains("chmod it to 600"), "{stderr}");

    // While the configuration is broken, what shuts out still counts.
    fs::set_permissions(gateway.dir().join("state/api-keys.json"), fs::Permissions::from_mode(0o600)).unwrap();
    gateway.replace("staff.pem", "no CA");
    gateway.replace("countersign.toml", "half a li");
    gateway.replace("state/api-keys.json", good.replace("\"created\"", "\"revoked\": 1, \"created\""));
    becomes(&mut connection, &key, "api-key-revoked");
}

#[test]
fn the_commands_say_what_they_do() {
    let upstream = Upstream::start();
    let (dir, path) = config(&upstream).write();
    let (code, key, told) = run(&["key", "new", "--scope", "orders", "--name", "nightly", "--expires", "90d"], &path);
    assert_eq!(code, 0, "{told}");
    let (key, id) = (key.trim_end(), &key[4..12]);
    assert!(key.len() == 59 && key.starts_with("csk_") && !told.contains(&key[13..]), "{told}");
    for said in [format!("key {id} for orders, until 20"), "send it as X-API-Key: KEY".into(), "api-keys.json".into()] {
        assert!(told.contains(&said), "{said:?} is not in {told}");
    }
    let (_, _, told) = run(&["key", "new", "--scope", "elsewhere"], &path);
    assert!(told.contains("no route asks for a key for \"elsewhere\""), "{told}");
    let (code, made, _) = run(&["key", "new", "--scope", "orders", "--format", "json"], &path);
    let made: Value = serde_json::from_str(&made).unwrap();
    assert_eq!((code, made["key"].as_str().map(str::len), &made["state"]), (0, Some(59), &"active".into()));

    let (code, list, _) = run(&["key", "list"], &path);
    assert_eq!(code, 0);
    let line = list.lines().find(|line| line.starts_with(id)).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!((words[1], words[2], words[3], words[5]), ("nightly", "orders", "active", "all"), "{list}");
    assert!(!list.contains(&key[13..]));

    for (words, said) in [
        (&["key", "new"][..], "--scope"),
        (&["key", "new", "--scope", "or ders"], "no scope"),
        (&["key", "new", "--scope", "orders", "--expires", "2001-01-01"], "would never count"),
        (&["key", "new", "--scope", "orders", "--expires", "soon"], "write 90d"),
        (&["key", "new", "--scope", "orders", "--site", "nobody.example"], "there is no site"),
        (&["key", "new", "--scope", "orders", "--bind-cert", "no.pem"], "there is no file"),
        (&["key", "new", "--scope", "orders", "--bind-identity", "alice"], "names nobody"),
        (&["key", "new", "--scope", "orders", "--bind-identity", "uri:a*b*"], "one * at most"),
        (&["key", "new", "--scope", "orders", "--bind-identity", "CN=a", "--bind-cert", "x"], "cannot be used with"),
        (&["key", "revoke", "00000000"], "there is no key"),
        (&["key", "revoke", key], "between the underscores"),
    ] {
        let before = fs::read(dir.path().join("state/api-keys.json")).unwrap();
        let (code, stdout, stderr) = run(words, &path);
        assert!(code == 2 && stdout.is_empty() && stderr.contains(said), "{words:?}: {code} {stderr}");
        assert!(!stderr.contains(&key[13..]), "a secret is repeated");
        assert_eq!(fs::read(dir.path().join("state/api-keys.json")).unwrap(), before, "{words:?}");
    }
    // Two at once: one is told to wait, none is lost.
    fs::write(dir.path().join("state/api-keys.json.new"), "").unwrap();
    let (code, _, stderr) = run(&["key", "new", "--scope", "orders"], &path);
    assert!(code == 3 && stderr.contains("another process"), "{stderr}");
}
