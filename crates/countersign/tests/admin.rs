//! The admin address: what it tells, to whom it does not, and that it is there exactly as long as
//! the gateway.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Mutex, mpsc},
};

use rustix::process::Signal;

use crate::support::{
    Admin, Config, Gateway, HOST, Upstream,
    command::output,
    patience::{PATIENCE, until},
};

fn gateway() -> (Gateway, Upstream) {
    let upstream = Upstream::start();
    (Gateway::start(&Config::new(upstream.url()).admin()), upstream)
}

#[test]
fn health_is_told() {
    let (gateway, _upstream) = gateway();
    for (path, text) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let response = gateway.admin().get(path);
        assert_eq!((response.status, response.text().as_str()), (200, text));
        assert_eq!(response.header("cache-control"), Some("no-store"));
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    }
    let index = gateway.admin().get("/").text();
    for path in ["/healthz", "/readyz", "/metrics", "/jwks"] {
        assert!(index.contains(path), "{index}");
    }
    gateway.stop();
}

#[test]
fn ready_says_where_it_is() {
    let (dir, path) = Config::new("http://127.0.0.1:1").admin().write();
    let command = crate::support::command::countersign(&["run", "-c", path.to_str().unwrap()]);
    let mut process = crate::support::command::Process::start(command);
    let line = process.says("ready https://127.0.0.1:");
    let admin = line.split(" admin http://").nth(1).unwrap_or_else(|| panic!("{line}"));
    assert_eq!(Admin(admin.parse().unwrap()).get("/healthz").status, 200);
    drop(dir);
}

#[test]
fn other_methods_and_paths_are_refused() {
    let (gateway, _upstream) = gateway();
    let admin = gateway.admin();
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get", "BREW"] {
        let response = admin.ask(&format!("{method} /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        assert_eq!((response.status, response.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
    let head = admin.ask("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!((head.status, head.header("content-length")), (200, Some("3")));
    for path in ["/x", "/metrics/", "//metrics", "/jwks/app.example.com", "/jwks/../metrics"] {
        assert_eq!(admin.get(path).status, 404, "{path}");
    }
    assert_eq!(admin.get("/metrics?x=1").status, 200);
}

/// A page whose host name was made to mean 127.0.0.1 is not served, nor one that asks across
/// origins.
#[test]
fn web_pages_get_nothing() {
    let (gateway, _upstream) = gateway();
    let admin = gateway.admin();
    let ask = |fields: &str| admin.ask(&format!("GET /metrics HTTP/1.1\r\n{fields}\r\n"));
    for (fields, status) in [
        ("Host: evil.test\r\n", 421),
        ("Host: evil.test:9440\r\n", 421),
        (&*format!("Host: {HOST}\r\n"), 421),
        ("Host: localhost.evil.test\r\n", 421),
        ("Host: 127.0.0.1\r\nHost: evil.test\r\n", 400),
        ("", 400),
        ("Host: localhost\r\nOrigin: https://evil.test\r\n", 403),
        ("Host: localhost\r\nOrigin: null\r\n", 403),
        ("Host: localhost\r\nSec-Fetch-Site: cross-site\r\n", 403),
        ("Host: localhost\r\nSec-Fetch-Site: same-site\r\n", 403),
    ] {
        let response = ask(fields);
        assert_eq!(response.status, status, "{fields}");
        assert!(!response.text().contains("countersign_"), "{fields}: {}", response.text());
        assert_eq!(response.header("access-control-allow-origin"), None);
    }
    for fields in ["Host: localhost\r\n", "Host: [::1]:1\r\nSec-Fetch-Site: none\r\n"] {
        assert_eq!(ask(fields).status, 200, "{fields}");
    }
    assert_eq!(admin.ask("GET /readyz HTTP/1.0\r\n\r\n").status, 200, "a health check without Host");
    assert_eq!(admin.ask("GET http://evil.test/metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").status, 421);
}

/// Apps that verify with ES256 may fetch the keys; those of HS256 are secrets.
#[test]
fn public_keys_are_served_and_secrets_never() {
    let upstream = Upstream::start();
    let config = Config::new(upstream.url()).admin().site("assertion = { alg = \"es256\" }");
    let config = config.another("other.example.com", "mode = \"off\"", upstream.url());
    let gateway = Gateway::start(&config);
    let admin = gateway.admin();
    let index = admin.get("/jwks");
    assert_eq!(index.json(), serde_json::json!({ "sites": { HOST: format!("/jwks/{HOST}") } }));
    let set = admin.get(&format!("/jwks/{HOST}"));
    assert_eq!((set.status, set.header("content-type")), (200, Some("application/jwk-set+json")));
    let file = std::fs::read(gateway.dir().join(format!("state/assertion/{HOST}.jwks"))).unwrap();
    let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
    assert_eq!(set.json(), file, "what the app would read from the file");
    assert_eq!((&file["keys"][0]["kty"], &file["keys"][0]["d"]), (&"EC".into(), &serde_json::Value::Null));
    let secret = admin.get("/jwks/other.example.com");
    assert_eq!(secret.status, 404);
    assert!(secret.text().contains("secrets are never served"), "{}", secret.text());
    let file = std::fs::read(gateway.dir().join("state/assertion/other.example.com.jwks")).unwrap();
    let key = serde_json::from_slice::<serde_json::Value>(&file).unwrap()["keys"][0]["k"].as_str().unwrap().to_owned();
    for path in ["/", "/metrics", "/jwks", "/jwks/other.example.com"] {
        assert!(!admin.get(path).text().contains(&key), "{path}");
    }
    gateway.stop();
}

#[test]
fn readiness_ends_while_it_drains() {
    let (go, wait) = mpsc::channel();
    let wait = Mutex::new(wait);
    let upstream = Upstream::with(move |_, app| {
        wait.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        app.ok("finished")
    });
    let mut gateway = Gateway::start(&Config::new(upstream.url()).admin());
    let admin = gateway.admin();
    let mut connection = gateway.connect();
    connection.send(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).unwrap();
    upstream.first();
    assert_eq!(admin.get("/readyz").status, 200);
    gateway.process.signal(Signal::TERM);
    gateway.log().line("stopping");
    let response = until("readyz to say so", || Some(admin.get("/readyz")).filter(|response| response.status != 200));
    assert_eq!((response.status, response.text().as_str()), (503, "draining\n"));
    assert_eq!(admin.get("/healthz").status, 200, "it is alive");
    assert_eq!(admin.metrics().get("countersign_requests"), 1.0);
    go.send(()).unwrap();
    assert_eq!(connection.response().body, b"finished");
    assert!(gateway.process.wait().success());
    assert!(TcpStream::connect(admin.0).is_err());
}

#[test]
fn an_address_that_others_reach_needs_a_word() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:9440", "[::ffff:192.0.2.1]:9440"] {
        let (_dir, path) = Config::new("http://127.0.0.1:1").admin_at(address, "").write();
        let output = output(&["run", "-c", path.to_str().unwrap()]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("is not loopback") && said.contains("insecure_admin = true"), "{said}");
    }
    for (address, line) in [("[::1]:0", ""), ("[::ffff:127.0.0.1]:0", ""), ("0.0.0.0:0", "insecure_admin = true")] {
        let (_dir, path) = Config::new("http://127.0.0.1:1").admin_at(address, line).write();
        let output = output(&["check", "-c", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn nothing_starts_without_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let admin = taken.local_addr().unwrap().to_string();
    let https = { TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap() };
    let config = Config::new("http://127.0.0.1:1").listen(&https.to_string()).admin_at(&admin, "");
    let (_dir, path) = config.write();
    let output = output(&["run", "-c", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&format!("cannot listen on the admin address {admin}")), "{said}");
    assert_eq!(output.stdout, b"", "it never said ready");
}

/// Connections that say nothing, or too much, cost others nothing.
#[test]
fn it_takes_no_harm() {
    let (mut gateway, _upstream) = gateway();
    let admin = gateway.admin();
    let silent: Vec<TcpStream> = (0..40).map(|_| admin.open()).collect();
    assert_eq!(admin.get("/healthz").status, 200);
    let long = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(100_000));
    let mut stream = admin.open();
    let _ = stream.write_all(long.as_bytes());
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    let fields = "X: y\r\n".repeat(200);
    assert_eq!(admin.ask(&format!("GET / HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n")).status, 431);
    for garbage in ["\r\n\r\n\r\n", "\x16\x03\x01\x02", "GET / HTTP/9.9\r\n\r\n"] {
        let mut stream = admin.open();
        stream.write_all(garbage.as_bytes()).unwrap();
        drop(stream);
    }
    let two =
        admin.ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!((two.text().as_str(), two.header("connection")), ("ok\n", Some("close")));
    assert_eq!(admin.get("/healthz").status, 200);
    drop(silent);
    gateway.assert_unharmed();
    gateway.stop();
}

/// More than it takes at once, all silent: they are cut, and who asks after them is answered.
#[test]
fn who_says_nothing_makes_room() {
    let (gateway, _upstream) = gateway();
    let admin = gateway.admin();
    let mut silent: Vec<TcpStream> = (0..80).map(|_| admin.open()).collect();
    silent[0].write_all(b"GET /metrics HTTP/1.1\r\nHost: local").unwrap();
    assert_eq!(admin.get("/healthz").status, 200);
    let mut answer = Vec::new();
    let _ = silent[0].read_to_end(&mut answer);
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&answer));
    gateway.stop();
}
