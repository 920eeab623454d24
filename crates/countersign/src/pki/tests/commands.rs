use std::{fs, os::unix::fs::PermissionsExt};

use clap::{CommandFactory, Parser};
use serde_json::{Value, json};

use super::*;

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: CaCommand,
}

/// Runs `countersign ca` with `arguments`, `DIR` standing for `dir`.
pub(super) fn answer(dir: &Path, arguments: &[&str], at: SystemTime) -> Result<Answer, PkiError> {
    let place = |argument: &&str| argument.replace("DIR", &dir.display().to_string());
    let arguments = std::iter::once("ca".to_owned()).chain(arguments.iter().map(place));
    Cli::try_parse_from(arguments).unwrap().command.run_at(at)
}

pub(super) fn run(dir: &Path, arguments: &[&str]) -> Result<CaReport, PkiError> {
    match answer(dir, arguments, now())? {
        Answer::Certificate(report) => Ok(report),
        Answer::Crl(report) => panic!("{report}"),
    }
}

pub(super) fn with_ca() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &["init", "--dir", "DIR/ca", "--name", "Example Client CA"]).unwrap();
    dir
}

pub(super) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn arguments_are_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn init_tells_what_it_made_and_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let report = run(dir.path(), &["init", "--dir", "DIR/ca", "--name", "Example Client CA"]).unwrap();
    let ca = Authority::load(&dir.path().join("ca")).unwrap();
    assert_eq!(&report.facts, ca.facts());
    let at = |file| dir.path().join(file).display().to_string();
    assert_contains(
        &report.to_string(),
        &[
            "made CA certificate",
            &format!("private key {}", at("ca/ca.key")),
            "subject CN=Example Client CA",
            "valid 2027-01-15T07:00:00Z to 2037-01-12T08:00:00Z",
            &format!("ca = [\"{}\"]", at("ca/ca.pem")),
        ],
    );
    let again = run(dir.path(), &["init", "--dir", "DIR/ca"]).unwrap_err().to_string();
    assert_contains(&again, &[&at("ca/ca.pem"), &at("ca/ca.key"), "choose another directory"]);
}

#[test]
fn two_cas_without_a_given_name_have_different_ones() {
    let dir = tempfile::tempdir().unwrap();
    let subject = |ca| run(dir.path(), &["init", "--dir", ca]).unwrap().facts.subject;
    let (one, two) = (subject("DIR/1"), subject("DIR/2"));
    assert!(one.starts_with("CN=countersign CA "), "{one}");
    assert_ne!(one, two);
}

#[test]
fn a_server_certificate_is_reported_for_people_and_programs() {
    let dir = with_ca();
    let arguments = ["issue", "server", "*.example.com", "::1", "--dir", "DIR/ca", "--out", "DIR/out"];
    let report = run(dir.path(), &arguments).unwrap();
    let at = |file| dir.path().join(file).display().to_string();
    assert_eq!(mode(&dir.path().join("out")), 0o700);
    assert_eq!(mode(&dir.path().join("out/_wildcard.example.com.key")), 0o600);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["made"], "server");
    assert_eq!(
        json["files"],
        json!([
            { "role": "certificate", "path": at("out/_wildcard.example.com.pem") },
            { "role": "key", "path": at("out/_wildcard.example.com.key") },
        ])
    );
    assert_eq!(json["sans"], json!([{ "type": "dns", "value": "*.example.com" }, { "type": "ip", "value": "::1" }]));
    assert_eq!(json["issuer"], "CN=Example Client CA");
    assert_eq!(json["not_after"], "2027-04-15T08:00:00Z");
    assert_contains(
        &report.to_string(),
        &[
            "name dns:*.example.com name ip:::1",
            &format!("key = \"{}\"", at("out/_wildcard.example.com.key")),
            &format!("curl --cacert {} https://www.example.com/", at("ca/ca.pem")),
        ],
    );
    let pem = fs::read_to_string(dir.path().join("out/_wildcard.example.com.pem")).unwrap();
    assert_eq!(pem.matches("BEGIN CERTIFICATE").count(), 1);
}

#[test]
fn a_client_gets_a_pkcs12_file_that_its_password_opens() {
    let dir = with_ca();
    let person = ["issue", "client", "Ada 👩 Lovelace", "--email", "ada@example.com", "--org", "Example"];
    let files = ["--p12", "--dir", "DIR/ca", "--out", "DIR"];
    let report = run(dir.path(), &[&person[..], &files].concat()).unwrap();
    for file in ["Ada___Lovelace.key", "Ada___Lovelace.p12", "Ada___Lovelace.p12.password"] {
        assert_eq!(mode(&dir.path().join(file)), 0o600, "{file}");
    }
    let password = fs::read_to_string(dir.path().join("Ada___Lovelace.p12.password")).unwrap();
    let password = password.strip_suffix('\n').unwrap();
    let text = report.to_string();
    let json = serde_json::to_string(&report).unwrap();
    for output in [&text, &json, &format!("{report:?}")] {
        assert!(!output.contains(password), "{output}");
        assert!(output.contains("Ada___Lovelace.p12.password"), "{output}");
    }
    assert_contains(&text, &["pk12util -d sql:$HOME/.pki/nssdb -i", "Firefox", "curl --cacert"]);

    let open = "pkcs12 -in Ada___Lovelace.p12 -nodes -passin file:Ada___Lovelace.p12.password";
    let shown = openssl(dir.path(), open).unwrap();
    let key = fs::read_to_string(dir.path().join("Ada___Lovelace.key")).unwrap();
    assert!(shown.contains(&key), "the same key");
}

#[test]
fn a_supplied_password_is_used_and_not_repeated() {
    let dir = with_ca();
    let issue = |password: &[u8], name| {
        fs::write(dir.path().join("word"), password).unwrap();
        let issue = ["issue", "client", name, "--dir", "DIR/ca", "--out", "DIR", "--p12"];
        run(dir.path(), &[&issue[..], &["--p12-password-file", "DIR/word"]].concat())
    };
    let report = issue(b"correct horse\r\nignored\n", "ada").unwrap();
    assert_contains(&report.to_string(), &[&format!("-w {}", dir.path().join("word").display())]);
    assert!(!dir.path().join("ada.p12.password").exists());
    assert!(!format!("{report} {report:?}").contains("horse"));
    fs::write(dir.path().join("expected"), "correct horse").unwrap();
    openssl(dir.path(), "pkcs12 -in ada.p12 -noout -passin file:expected").unwrap();

    for (password, expected) in
        [(&b"short12"[..], "at least 8 characters"), (b"\xff\xff\xff\xff\xff\xff\xff\xff", "printable ASCII")]
    {
        let message = issue(password, "eve").unwrap_err().to_string();
        assert_contains(&message, &["invalid password in", "word", expected]);
        let shown = String::from_utf8_lossy(password);
        assert!(!message.contains(&*shown), "{message}");
    }
    assert!(!dir.path().join("eve.pem").exists());
}

#[test]
fn a_password_file_that_is_missing_or_pointless_is_an_error() {
    let dir = with_ca();
    let missing = ["issue", "client", "ada", "--p12", "--p12-password-file", "DIR/none", "--dir", "DIR/ca"];
    let error = run(dir.path(), &missing).unwrap_err();
    assert_contains(&error.to_string(), &["cannot read", "none"]);
    assert_eq!(error.exit_code(), 3);
    let pointless = ["ca", "issue", "client", "ada", "--p12-password-file", "word"];
    assert!(Cli::try_parse_from(pointless).is_err());
}

#[test]
fn every_wrong_argument_is_told_before_anything_is_touched() {
    let dir = tempfile::tempdir().unwrap();
    let arguments = [
        "issue", "client", "-", "--email", "x", "--uri", "y", "--upn", "z", "--dns", "a_b", "--org", "", "--unit", " ",
        "--days", "0", "--dir", "DIR/none",
    ];
    let message = run(dir.path(), &arguments).unwrap_err().to_string();
    let needles = [
        "8 arguments are wrong:",
        "invalid name \"-\" for a file",
        "invalid days 0",
        "invalid organisation \"\"",
        "invalid organisational unit \" \"",
        "invalid e-mail address \"x\"",
        "invalid URI \"y\"",
        "invalid user principal name \"z\"",
        "invalid DNS name \"a_b\"",
    ];
    assert_contains(&message, &needles);
    let server = ["issue", "server", "../x", "https://y", "--dir", "DIR/none"];
    let message = run(dir.path(), &server).unwrap_err().to_string();
    assert_contains(&message, &["expected no \"/\"", "without scheme and path"]);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn nothing_is_written_where_one_file_exists() {
    let dir = with_ca();
    fs::write(dir.path().join("ada.p12.password"), "precious").unwrap();
    let issue = ["issue", "client", "ada", "--p12", "--dir", "DIR/ca", "--out", "DIR"];
    let message = run(dir.path(), &issue).unwrap_err().to_string();
    assert_contains(&message, &["ada.p12.password\" exists already"]);
    for file in ["ada.pem", "ada.key", "ada.p12"] {
        assert!(!dir.path().join(file).exists(), "{file}");
    }
}

#[test]
fn commands_in_a_report_survive_a_strange_directory() {
    let dir = with_ca();
    let out = dir.path().join("it's $HOME");
    let out = out.to_str().unwrap();
    let issue = ["issue", "client", "ada", "--dir", "DIR/ca", "--out", out];
    let report = run(dir.path(), &issue).unwrap();
    let curl = &report.next[0].how;
    assert!(curl.contains(r"it'\''s $HOME/ada.pem'"), "{curl}");
    let json: Value = serde_json::to_value(&report).unwrap();
    assert_eq!(json["files"][0]["path"], format!("{out}/ada.pem"));
}
