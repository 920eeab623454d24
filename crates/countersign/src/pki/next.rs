//! What one does with a new certificate: the steps at the end of a report.
//!
//! Every command here works as it stands when pasted into a POSIX shell, in the directory in which
//! `countersign ca` ran.

use std::path::Path;

use super::{
    Authority, Facts, San, file_name,
    report::{Step, shell_path, shell_word},
};

/// An address that documentation may use, for the reader to replace.
const URL: &str = "https://app.example.com/";

pub(super) fn after_init(dir: &Path) -> Vec<Step> {
    let ca = toml_path(&Authority::certificate_path(dir));
    let dir = shell_path(dir);
    vec![
        step("keep ca.key to yourself", "whoever has it can be anyone: it belongs on no server".to_owned()),
        step("let the gateway trust its clients", format!("[trust.staff]\nca = [{ca}]")),
        step(
            "issue certificates",
            format!(
                "countersign ca issue server app.example.com --dir {dir}\n\
                 countersign ca issue client 'Ada Lovelace' --email ada@example.com --p12 --dir {dir}"
            ),
        ),
    ]
}

pub(super) fn after_server(dir: &Path, out: &Path, stem: &str, facts: &Facts) -> Vec<Step> {
    let ca = shell_path(&Authority::certificate_path(dir));
    let file = |extension: &str| toml_path(&file_name::path(out, stem, extension));
    let host = match facts.sans.first() {
        Some(San::Ip(ip)) if ip.is_ipv6() => format!("[{ip}]"),
        Some(San::Ip(ip)) => ip.to_string(),
        Some(San::Dns(name)) => name.replacen('*', "www", 1),
        _ => "app.example.com".to_owned(),
    };
    let url = shell_word(&format!("https://{host}/"));
    vec![
        step("serve it", format!("[[site]]\ncertificate = {}\nkey = {}", file("pem"), file("key"))),
        step("call it", format!("curl --cacert {ca} {url}")),
    ]
}

pub(super) fn after_client(dir: &Path, out: &Path, stem: &str, password: Option<&Path>) -> Vec<Step> {
    let ca = shell_path(&Authority::certificate_path(dir));
    let file = |extension: &str| shell_path(&file_name::path(out, stem, extension));
    let mut steps = vec![step(
        "call with it",
        format!("curl --cacert {ca} --cert {} --key {} {}", file("pem"), file("key"), shell_word(URL)),
    )];
    if let Some(password) = password {
        let (p12, password) = (file("p12"), shell_path(password));
        steps.extend([
            step(
                "import into Firefox",
                format!(
                    "Settings > Privacy & Security > View Certificates > Your Certificates > Import\n\
                     choose {p12}, its password is in {password}"
                ),
            ),
            step(
                "import into Chromium on Linux (pk12util is in libnss3-tools)",
                format!("pk12util -d sql:$HOME/.pki/nssdb -i {p12} -w {password}"),
            ),
            step(
                "import into Chrome, Edge or Safari on Windows and macOS",
                format!("open {p12}, its password is in {password}"),
            ),
            step("afterwards", format!("delete {p12}, and its password where it was sent along")),
        ]);
    }
    steps
}

pub(super) fn after_crl(dir: &Path, crl: &Path, due: &str) -> Vec<Step> {
    vec![
        step("let the gateway read it", format!("[trust.staff]\ncrl = [{}]", toml_path(crl))),
        step("afterwards", format!("renew it before {due}: countersign ca crl --dir {}", shell_path(dir))),
    ]
}

fn step(purpose: &'static str, how: String) -> Step {
    Step { purpose, how }
}

/// `path` as a TOML basic string.
fn toml_path(path: &Path) -> String {
    let text = path.to_string_lossy();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
