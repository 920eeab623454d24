//! A configuration with an error starts nothing, and all of its errors are told at once.

use std::{fs, net::TcpListener, path::Path};

use serde_json::Value;

use crate::support::{
    Config,
    command::{Process, countersign, output},
    pki,
};

fn config() -> Config {
    Config::new("http://127.0.0.1:1")
}

/// Exit code, standard output, standard error of `run`.
fn run(path: &Path) -> (i32, String, String) {
    let mut process = Process::start(countersign(&["run", "-c", path.to_str().unwrap(), "--format", "json"]));
    let code = process.wait().code().unwrap();
    // The readers of its output end after it.
    let stderr = crate::support::patience::until("what went wrong", || {
        Some(process.stderr.text()).filter(|text| !text.is_empty())
    });
    (code, process.stdout.text(), stderr)
}

#[test]
fn all_errors_are_told_at_once() {
    let (_dir, path) = config()
        .site("protected_header = []")
        .site("trusted_origins = [\"https://partner.example.com/path\"]")
        .route("path = \"no-slash\"")
        .route("path = \"/\"\naudience = \"robots\"")
        .limit("header_timeout = \"soon\"")
        .write();
    let (code, stdout, stderr) = run(&path);
    assert_eq!((code, stdout.as_str()), (2, ""));
    for told in
        ["protected_header", "https://partner.example.com/path", "no-slash", "robots", "soon", "countersign.toml:"]
    {
        assert!(stderr.contains(told), "{told} is not told:\n{stderr}");
    }
    let check = output(&["check", "-c", path.to_str().unwrap()]);
    assert_eq!(check.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&check.stderr).contains("5 errors"), "{}", String::from_utf8_lossy(&check.stderr));
}

#[test]
fn a_trust_that_cannot_be_read_whole_starts_nothing() {
    let whole = pki::pki().staff.certificate().pem.clone();
    let (server, key) = (pki::pki().server.cert_pem.clone(), pki::pki().staff.key_pem());
    let half = &whole[..whole.len() / 2];
    let cases: &[(&str, Option<String>)] = &[
        ("missing", None),
        ("empty", Some(String::new())),
        ("white space", Some("\n\n".into())),
        ("garbage", Some("this is no PEM".into())),
        ("cut off", Some(half.into())),
        ("whole and cut off", Some(format!("{whole}{half}"))),
        ("a key beside", Some(format!("{whole}{key}"))),
        ("a key", Some(key)),
        ("a server's certificate", Some(server)),
        ("another label", Some(whole.replace("CERTIFICATE", "X509 CRL"))),
        ("base64 of nothing", Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".into())),
    ];
    for (case, content) in cases {
        let (dir, path) = config().write();
        let ca = dir.path().join("staff.pem");
        match content {
            Some(content) => fs::write(&ca, content).unwrap(),
            None => fs::remove_file(&ca).unwrap(),
        }
        let (code, stdout, stderr) = run(&path);
        assert_eq!((code, stdout.as_str()), (2, ""), "{case}: {stderr}");
        assert!(stderr.contains("staff.pem"), "{case}: {stderr}");
    }
}

#[test]
fn so_does_a_server_certificate_without_its_key() {
    let other = pki::named_pem("alice");
    for (case, file, content) in [
        ("a missing certificate", "server.pem", None),
        ("an empty certificate", "server.pem", Some(String::new())),
        ("a missing key", "server.key", None),
        ("an empty key", "server.key", Some(String::new())),
        ("a certificate as key", "server.key", Some(other.cert_pem)),
        ("another key", "server.key", Some(other.key_pem)),
    ] {
        let (dir, path) = config().write();
        let file = dir.path().join(file);
        match content {
            Some(content) => fs::write(&file, content).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        let (code, stdout, stderr) = run(&path);
        assert_eq!((code, stdout.as_str()), (2, ""), "{case}: {stderr}");
    }
}

#[test]
fn silence_about_clients_is_refused() {
    let (dir, path) = config().write();
    let text = fs::read_to_string(&path).unwrap();
    for (from, to) in [
        ("client = { trust = \"staff\" }", ""),
        ("client = { trust = \"staff\" }", "client = {}"),
        ("client = { trust = \"staff\" }", "client = { mode = \"soft\" }"),
        ("client = { trust = \"staff\" }", "client = { trust = \"staf\" }"),
        ("ca = [\"staff.pem\"]", "ca = []"),
        ("ca = [\"staff.pem\"]", ""),
    ] {
        assert!(text.contains(from));
        fs::write(&path, text.replace(from, to)).unwrap();
        let (code, stdout, stderr) = run(&path);
        assert_eq!((code, stdout.as_str()), (2, ""), "{to:?}: {stderr}");
    }
    drop(dir);
}

#[test]
fn no_file_no_start() {
    let (code, stdout, stderr) = run(Path::new("/nonexistent/countersign.toml"));
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("/nonexistent/countersign.toml"), "{stderr}");
}

#[test]
fn a_busy_port_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (_dir, path) = config().listen(&address.to_string()).write();
    let (code, stdout, stderr) = run(&path);
    assert_eq!((code, stdout.as_str()), (3, ""));
    assert!(stderr.contains(&address.to_string()), "{stderr}");
}

#[test]
fn check_prints_what_holds() {
    let (_dir, path) = config().route("path = \"/\"").route("path = \"/machine/\"\naudience = \"machine\"").write();
    let path = path.to_str().unwrap();
    let text = output(&["check", "-c", path]);
    assert_eq!(text.status.code(), Some(0));
    let stdout = String::from_utf8(text.stdout).unwrap();
    for part in ["app.example.com", "/machine/", "machine", "browser", "soft", "staff"] {
        assert!(stdout.contains(part), "{part} is not in {stdout}");
    }
    let json = output(&["check", "-c", path, "--format", "json"]);
    assert_eq!(json.status.code(), Some(0));
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["ok"], true);
}

#[test]
fn check_fails_on_errors() {
    let (_dir, path) = config().site("unknown = 1").write();
    let json = output(&["check", "-c", path.to_str().unwrap(), "--format", "json"]);
    assert_eq!(json.status.code(), Some(2));
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["ok"], false);
    assert_eq!(json["problems"].as_array().unwrap().len(), 1, "{json}");
}

/// A list that cannot be had is not silently left out.
#[test]
fn a_revocation_list_that_is_not_there_is_refused() {
    for (crl, said) in [("staff.crl", "staff.crl"), ("https://ca.example.com/staff.crl", "not available yet")] {
        let (_dir, path) = config().trust(&format!("crl = [{crl:?}]")).write();
        let (code, _, stderr) = run(&path);
        assert_eq!(code, 2);
        assert!(stderr.contains(said), "{stderr}");
    }
}
