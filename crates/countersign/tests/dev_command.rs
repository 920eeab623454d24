//! `countersign dev`: a working mutual TLS site for one's own app, in one command.

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::support::{
    Upstream,
    command::{Process, countersign, output},
    patience::until,
};

/// A `dev` with a directory of its own.
fn dev(dir: &str, args: &[&str]) -> Process {
    Process::start(countersign(
        &[&["dev", "--dir", dir, "--listen", "127.0.0.1:0", "--client", "alice"], args].concat(),
    ))
}

/// The `curl` line that it prints, run as it stands.
fn curl(line: &str, more: &[&str]) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(&words[..2], ["curl", "curl"]);
    let output = Command::new("curl").args(&words[2..]).args(["-sS", "--max-time", "20"]).args(more).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn in_front_of_an_app() {
    let upstream = Upstream::start();
    let dir = tempfile::tempdir().unwrap();
    let address = upstream.url().trim_start_matches("http://");
    let begun = Instant::now();
    let mut process = dev(dir.path().to_str().unwrap(), &["--upstream", address, "--machine", "/api/"]);
    process.says("ready");
    let took = begun.elapsed();
    eprintln!("ready after {took:?}");
    // Deriving the key of the PKCS#12 file takes most of it, in a build without optimisation.
    assert!(took < Duration::from_secs(25), "{took:?}");

    let line = process.says("curl ");
    let keys = process.says("assertion ");
    assert!(fs::exists(keys.split_whitespace().nth(1).unwrap()).unwrap(), "{keys}");
    assert_eq!(curl(&line, &[]), "ok");
    assert_eq!(upstream.last().header("x-ssl-client-s-dn"), Some("CN=alice"));
    // The same line forges what it is told to, and is refused.
    let forged = curl(&line, &["-d", "a=b", "-H", "Origin: https://evil.test"]);
    assert!(forged.contains("origin-mismatch"), "{forged}");
    assert_eq!(upstream.requests().len(), 1);
    process.signal(Signal::TERM);
    assert!(process.wait().success());

    // A second time the certificates are the same, so that nobody imports anew.
    let before = fs::read(dir.path().join("client.pem")).unwrap();
    let mut process = dev(dir.path().to_str().unwrap(), &["--upstream", address]);
    let line = process.says("curl ");
    process.says("ready");
    assert_eq!(curl(&line, &[]), "ok");
    assert_eq!(fs::read(dir.path().join("client.pem")).unwrap(), before);
    process.signal(Signal::INT);
    assert!(process.wait().success());
}

/// An app in the shell's reach: it says its process id and waits.
const APP: &str = "import http.server, os, sys\n\
    open(sys.argv[2], 'w').write(str(os.getpid()))\n\
    open(sys.argv[2] + '.keys', 'w').write(os.environ['COUNTERSIGN_KEYS'])\n\
    http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()";

#[test]
fn with_an_app_that_it_starts_and_stops() {
    let dir = tempfile::tempdir().unwrap();
    let pid = dir.path().join("pid");
    let app = ["--", "python3", "-c", APP, "{port}", pid.to_str().unwrap()];
    let mut process = dev(dir.path().join("state").to_str().unwrap(), &app);
    let line = process.says("curl ");
    process.says("ready");
    assert!(curl(&line, &[]).contains("Directory listing"));
    let id = fs::read_to_string(&pid).unwrap();
    // What the app was told is what the gateway then made.
    let told = fs::read_to_string(dir.path().join("pid.keys")).unwrap();
    let greeted = process.says("assertion ");
    let made = fs::canonicalize(greeted.split_whitespace().nth(1).unwrap()).unwrap();
    assert_eq!(fs::canonicalize(told).unwrap(), made);
    let alive = || std::path::Path::new(&format!("/proc/{id}")).exists();
    assert!(alive());
    process.signal(Signal::TERM);
    assert!(process.wait().success());
    until("the end of the app", || (!alive()).then_some(()));
}

#[test]
fn with_an_app_that_does_not_start() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().to_str().unwrap();
    for command in [&["--", "/nonexistent/app"][..], &["--", "false"]] {
        let ended = output(&[&["dev", "--dir", dir, "--listen", "127.0.0.1:0"], command].concat());
        assert_eq!(ended.status.code(), Some(3), "{command:?}");
        assert!(String::from_utf8_lossy(&ended.stderr).contains("error:"));
    }
    for wrong in [&["--upstream", "ftp://x"][..], &[], &["--upstream", "127.0.0.1:1", "--", "true"]] {
        let ended = output(&[&["dev", "--dir", dir], wrong].concat());
        assert_eq!(ended.status.code(), Some(2), "{wrong:?}");
    }
}
