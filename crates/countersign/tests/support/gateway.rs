//! The gateway as its users run it: a process with a configuration file.

use std::{fs, net::SocketAddr, os::unix::fs::PermissionsExt, path::Path};

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use super::{
    Admin, Config, Connection, Http2, Response, TlsClient, Upstream,
    command::{Process, countersign},
    log::Log,
    patience::until,
    pki::{Credentials, alice},
};

/// A running gateway.
#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    admin: Option<SocketAddr>,
    http: Option<SocketAddr>,
    dir: TempDir,
}

impl Gateway {
    /// One site in front of this app, as [`Config::new`] has it.
    pub(crate) fn before(upstream: &Upstream) -> Self {
        Self::start(&Config::new(upstream.url()))
    }

    pub(crate) fn start(config: &Config) -> Self {
        Self::start_in(config.write().0)
    }

    /// With the files of this directory, which may have been used before.
    pub(crate) fn start_in(dir: TempDir) -> Self {
        let path = dir.path().join("countersign.toml");
        let command = countersign(&["run", "-c", path.to_str().unwrap(), "--format", "json"]);
        let mut process = Process::start(command);
        let ready: Value = serde_json::from_str(&process.says("{")).unwrap();
        assert_eq!(ready["event"], "ready");
        let address = ready["https"][0].as_str().unwrap().parse().unwrap();
        let admin = ready["admin"].as_str().map(|address| address.parse().unwrap());
        let http = ready["http"][0].as_str().map(|address| address.parse().unwrap());
        Self { process, address, admin, http, dir }
    }

    /// Where it redirects.
    pub(crate) fn http(&self) -> SocketAddr {
        self.http.unwrap()
    }

    /// Where [`Config::admin`] made it listen.
    pub(crate) fn admin(&self) -> Admin {
        Admin(self.admin.unwrap())
    }

    /// Where its configuration lies.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Replaces one of its files, whole at once, as tools that rotate certificates do.
    pub(crate) fn replace(&self, name: &str, content: impl AsRef<[u8]>) {
        let new = self.dir().join(format!("{name}.new"));
        fs::write(&new, content).unwrap();
        fs::set_permissions(&new, fs::Permissions::from_mode(0o600)).unwrap();
        fs::rename(new, self.dir().join(name)).unwrap();
    }

    /// Waits until it has logged so many reloads.
    pub(crate) fn reloaded(&self, times: usize) {
        let event = |line: &String| line.contains("countersign::reload") && line.contains("\"reloaded\"");
        until("a reload", || (self.log().lines().iter().filter(|line| event(line)).count() >= times).then_some(()));
    }

    pub(crate) fn log(&self) -> &Log {
        &self.process.stderr
    }

    /// Waits for the decision with this reason (or basis).
    pub(crate) fn decision(&self, reason: &str) -> Value {
        self.log().event(reason, |event| event["target"] == "countersign::decision" && event["reason"] == reason)
    }

    /// HTTP/1.1 as alice.
    pub(crate) fn connect(&self) -> Connection {
        self.connect_as(alice())
    }

    pub(crate) fn connect_as(&self, who: Credentials) -> Connection {
        TlsClient::new().credentials(who).connect(self.address)
    }

    /// HTTP/2 as alice.
    pub(crate) fn http2(&self) -> Http2 {
        Http2::connect(&TlsClient::new().credentials(alice()), self.address)
    }

    /// One request as alice on a connection of its own.
    pub(crate) fn ask(&self, request: &str) -> Response {
        self.connect().ask(request)
    }

    /// Still serves: alice's GET gets to the app.
    pub(crate) fn assert_unharmed(&mut self) {
        assert_eq!(self.process.ended(), None, "the gateway has ended");
        assert_eq!(self.ask("GET /unharmed HTTP/1.1\r\nHost: app.example.com\r\n\r\n").status, 200);
    }

    /// Asks it to stop; it has to end well.
    pub(crate) fn stop(self) {
        self.stop_and_keep();
    }

    /// As [`stop`](Self::stop), and leaves the files.
    pub(crate) fn stop_and_keep(mut self) -> TempDir {
        self.process.signal(Signal::TERM);
        let status = self.process.wait();
        assert!(status.success(), "{status}");
        assert!(!self.log().text().contains("panicked"), "a worker panicked");
        self.dir
    }
}
