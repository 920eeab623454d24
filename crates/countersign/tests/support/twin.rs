//! A copy of the vulnerable twin (`examples/vulnerable`), with certificates and database made as its README says,
//! behind its own nginx or the gateway.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

use super::{
    command::{Process, countersign},
    target::{free_port, wait_for},
    venv::{self, workspace},
};

/// Made on the spot by whoever follows the tutorial: no part of the twin.
const MADE: &[&str] = &["pki", "state", ".venv", "__pycache__", "db.sqlite3"];

/// The twin, and what was started of it.
#[derive(Debug)]
pub(crate) struct Twin {
    folder: TempDir,
    processes: Vec<Process>,
}

impl Twin {
    /// Its files alone.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&workspace().join("examples/vulnerable"), folder.path());
        Self { folder, processes: Vec::new() }
    }

    /// And what its README makes: alice, bob, and carol who left.
    pub(crate) fn with_certificates_and_database(self) -> Self {
        let pki = self.file("deploy/pki").display().to_string();
        let issue = |words: &[&str]| {
            done(&mut countersign(&[&["ca", "issue"], words, &["--dir", &pki, "--out", &pki]].concat()))
        };
        done(&mut countersign(&["ca", "init", "--dir", &pki]));
        issue(&["server", "localhost"]);
        for name in ["alice", "bob", "carol"] {
            issue(&["client", name, "--org", "Example"]);
        }
        done(&mut countersign(&["ca", "revoke", &format!("{pki}/carol.pem"), "--dir", &pki]));
        done(
            venv::program("python").args(["manage.py", "migrate"]).current_dir(self.path()).env("PARTNER_API_KEY", "x"),
        );
        self
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// One of its files.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Puts right what `fixed.patch` puts right.
    pub(crate) fn patch(&self) {
        done(Command::new("git").args(["apply", "fixed.patch"]).current_dir(self.path()));
    }

    /// What the audit says of it.
    pub(crate) fn audit(&self) -> Output {
        countersign(&["audit", ".", "--format", "json"]).current_dir(self.path()).output().unwrap()
    }

    /// Starts Django; the port it listens at.
    pub(crate) fn app(&mut self, environment: &[(&str, &str)]) -> u16 {
        let mut command = venv::program("gunicorn");
        command.args(["partner_site.wsgi", "--bind=127.0.0.1:0", "--threads=4", "--no-control-socket"]);
        command.current_dir(self.path()).env_remove("PARTNER_API_KEY").envs(environment.iter().copied());
        let mut process = Process::start(command);
        let sign = "Listening at: http://127.0.0.1:";
        let line = process.logs(sign);
        self.processes.push(process);
        let (_, rest) = line.split_once(sign).unwrap();
        rest.split(' ').next().unwrap().parse().unwrap()
    }

    /// The file with other ports. Each of them has to be in it.
    fn with_ports(&self, name: &str, ports: &[(&str, u16)]) -> PathBuf {
        let mut text = fs::read_to_string(self.file(name)).unwrap();
        for (from, to) in ports {
            let from = format!("127.0.0.1:{from}");
            assert!(text.contains(&from), "{from} is not in {name}");
            text = text.replace(&from, &format!("127.0.0.1:{to}"));
        }
        // Beside the other one: relative names count from its folder.
        let file = self.file(&format!("{name}.moved"));
        fs::write(&file, text).unwrap();
        file
    }

    /// Starts nginx with the twin's own configuration; the port it listens at.
    pub(crate) fn nginx(&mut self, app: u16) -> u16 {
        let prefix = self.file("nginx");
        fs::create_dir_all(&prefix).unwrap();
        // A port may be taken between the look and the start: then another one.
        for _ in 0..5 {
            let port = free_port();
            let file = self.with_ports("deploy/nginx.conf", &[("8001", app), ("8443", port)]);
            let mut command = Command::new("nginx");
            command.args(["-e", "stderr", "-g", "daemon off; master_process off;"]);
            command.arg("-p").arg(&prefix).arg("-c").arg(file);
            let mut process = Process::start(command);
            if wait_for(port, &mut process) {
                self.processes.push(process);
                return port;
            }
            eprintln!("nginx ended: {}", process.stderr.text());
        }
        panic!("nginx does not start");
    }

    /// Starts the gateway in its place, with a key for the partner's program; port and key.
    pub(crate) fn gateway(&mut self, app: u16) -> (u16, String) {
        let file = self.with_ports("deploy/countersign.toml", &[("8001", app), ("9443", 0)]).display().to_string();
        let key = done(&mut countersign(&["key", "new", "-c", &file, "--scope", "transfers", "--name", "partner"]));
        let mut process = Process::start(countersign(&["run", "-c", &file, "--format", "json"]));
        let ready: Value = serde_json::from_str(&process.says("{")).unwrap();
        self.processes.push(process);
        let address = ready["https"][0].as_str().unwrap();
        (address.rsplit_once(':').unwrap().1.parse().unwrap(), key.trim().to_owned())
    }

    /// The same attacks, whoever is at this port.
    pub(crate) fn probe(&self, port: u16) -> Value {
        let file = |name: &str| self.file("deploy/pki").join(name).display().to_string();
        let mut words = vec!["probe".to_owned(), format!("https://localhost:{port}/")];
        for (name, value) in [
            ("--cacert", file("ca.pem")),
            ("--cert", file("alice.pem")),
            ("--key", file("alice.key")),
            ("--second-cert", file("bob.pem")),
            ("--second-key", file("bob.key")),
            ("--revoked-cert", file("carol.pem")),
            ("--revoked-key", file("carol.key")),
            ("--issuing-ca-cert", file("ca.pem")),
            ("--issuing-ca-key", file("ca.key")),
            ("--connect-to", format!("127.0.0.1:{port}")),
            ("--endpoint", "/transfer".into()),
            ("--field", "payee={canary}".into()),
            ("--field", "amount=1".into()),
            ("--read-back", "/".into()),
            ("--whoami", "/api/me".into()),
            ("--exempt", "/partner/transfer".into()),
            ("--trusted-origin", "https://partner.example.com".into()),
            ("--rate", "0".into()),
            ("--hang", "1.5".into()),
            ("--format", "json".into()),
        ] {
            words.extend([name.to_owned(), value]);
        }
        words.push("--unsafe-methods".into());
        let output = countersign(&words.iter().map(String::as_str).collect::<Vec<_>>()).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            let said: String = self.processes.iter().map(|process| process.stderr.text()).collect();
            panic!("{error}: {}\n{said}", told(&output.stderr))
        })
    }

    /// curl as this person, with these words; what came.
    pub(crate) fn curl(&self, port: u16, who: &str, path: &str, words: &[&str]) -> String {
        let pki = self.file("deploy/pki");
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--cacert", "ca.pem", "--resolve"]);
        command.arg(format!("localhost:{port}:127.0.0.1")).current_dir(pki);
        command.args(["--cert", &format!("{who}.pem"), "--key", &format!("{who}.key")]).args(words);
        done(command.arg(format!("https://localhost:{port}{path}")))
    }
}

/// It has to end well.
fn done(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}{}", told(&output.stdout), told(&output.stderr));
    told(&output.stdout)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (name, target) = (entry.file_name(), to.join(entry.file_name()));
        if MADE.iter().any(|made| name == *made) {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn told(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
