//! Every artefact is read by somebody else: the `openssl` command line and rustls-webpki.
//!
//! Certificates are made at [`NOW`], a fixed time, and judged at it; nothing here waits.

use std::{
    path::Path,
    process::Command,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::*;

mod certificates;
mod commands;
mod files;
mod foreign;
mod names;
mod pkcs12;
mod revoking;

/// 2027-01-15T08:00:00Z
const SECONDS: u64 = 1_800_000_000;

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(SECONDS)
}

fn in_days(days: i64) -> SystemTime {
    let span = Duration::from_secs(days.unsigned_abs() * 24 * 60 * 60);
    if days < 0 { now() - span } else { now() + span }
}

fn authority() -> Authority {
    Authority::create("Example Client CA", 3650, now()).unwrap()
}

fn client(name: &str) -> ClientRequest {
    ClientRequest { name: name.to_owned(), days: 90, ..Default::default() }
}

fn server(names: &[&str]) -> ServerRequest {
    ServerRequest { names: names.iter().map(ToString::to_string).collect(), days: 90 }
}

/// Runs `openssl` in `dir`; all that it printed, `Err` if it failed.
fn openssl(dir: &Path, arguments: &str) -> Result<String, String> {
    let output = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(dir)
        .output()
        .expect("these tests need the openssl command");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    if output.status.success() { Ok(text) } else { Err(text) }
}

/// A directory with each of these files.
fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, contents) in files {
        std::fs::write(dir.path().join(name), contents).unwrap();
    }
    dir
}

/// `needles` are all in `text`, which may break lines anywhere.
#[track_caller]
fn assert_contains(text: &str, needles: &[&str]) {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = words(text);
    for needle in needles {
        assert!(text.contains(&words(needle)), "expected {needle:?} in {text}");
    }
}
