//! Firefox, by WebDriver BiDi.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{BrowserError, Drive, Seen, process::Process, profile::Profile, socket::Socket};

pub(super) struct Firefox {
    socket: Socket,
    tab: Value,
    _process: Process,
}

impl Firefox {
    pub(super) fn start(profile: &Profile, dial: Option<SocketAddr>) -> Result<Self, BrowserError> {
        let mut prefs = vec![
            ("security.default_personal_cert", json!("Select Automatically")),
            ("dom.disable_open_during_load", json!(false)),
            ("browser.shell.checkDefaultBrowser", json!(false)),
            ("datareporting.policy.dataSubmissionEnabled", json!(false)),
            ("toolkit.telemetry.reportingpolicy.firstRun", json!(false)),
            ("browser.safebrowsing.malware.enabled", json!(false)),
            ("browser.safebrowsing.phishing.enabled", json!(false)),
            ("network.captive-portal-service.enabled", json!(false)),
            ("network.connectivity-service.enabled", json!(false)),
            ("app.update.enabled", json!(false)),
            ("browser.startup.homepage_override.mstone", json!("ignore")),
        ];
        if let Some(dial) = dial {
            prefs.push(("network.dns.forceResolve", json!(dial.ip().to_string())));
        }
        let lines: String =
            prefs.iter().map(|(name, value)| format!("user_pref({}, {value});\n", json!(name))).collect();
        fs::write(profile.data().join("user.js"), lines).map_err(BrowserError::drive)?;
        let mut command = Command::new(program());
        command.env("HOME", profile.home()).stderr(Stdio::piped());
        command.args(["--headless", "--no-remote", "--remote-debugging-port=0", "--profile"]).arg(profile.data());
        command.arg("about:blank");
        let mut process = Process::start(command, "firefox", "firefox-esr")?;
        let port = wait_for_port(&mut process)?;
        let mut socket = Socket::connect(port, "/session")?;
        socket.call("session.new", &json!({ "capabilities": {} }), None)?;
        let events =
            ["network.beforeRequestSent", "network.responseStarted", "network.responseCompleted", "network.fetchError"];
        socket.call("session.subscribe", &json!({ "events": events }), None)?;
        let tab = socket.call("browsingContext.create", &json!({ "type": "tab" }), None)?;
        let tab = tab.get("context").cloned().unwrap_or_default();
        Ok(Self { socket, tab, _process: process })
    }
}

impl Drive for Firefox {
    fn open(&mut self, url: &str, awaited: &[String], patience: Duration) -> Result<Option<Seen>, BrowserError> {
        self.socket.forget();
        self.socket.send(
            "browsingContext.navigate",
            &json!({ "context": self.tab, "url": url, "wait": "none" }),
            None,
        )?;
        let until = Instant::now() + patience;
        // What an earlier page sent may still be answered.
        let mut ours: Vec<Value> = Vec::new();
        while let Some(event) = self.socket.event(until)? {
            let asked = event.pointer("/params/request/url").and_then(Value::as_str).unwrap_or_default();
            if !awaited.iter().any(|start| asked.starts_with(start.as_str())) {
                continue;
            }
            let id = event.pointer("/params/request/request").cloned().unwrap_or_default();
            match event.get("method").and_then(Value::as_str).unwrap_or_default() {
                "network.beforeRequestSent" => ours.push(id),
                _ if !ours.contains(&id) => {}
                "network.responseStarted" | "network.responseCompleted" => {
                    let status = event.pointer("/params/response/status").and_then(Value::as_u64);
                    let status = status.and_then(|status| u16::try_from(status).ok()).filter(|status| *status != 0);
                    return Ok(Some(Seen {
                        status,
                        reason: reason(event.pointer("/params/response/headers")),
                        error: None,
                    }));
                }
                "network.fetchError" => {
                    let error = event.pointer("/params/errorText").and_then(Value::as_str).unwrap_or("no answer");
                    return Ok(Some(Seen { error: Some(error.into()), ..Seen::default() }));
                }
                _ => {}
            }
        }
        Ok((!ours.is_empty()).then(Seen::default))
    }
}

fn reason(headers: Option<&Value>) -> Option<String> {
    let name = |field: &&Value| {
        field.get("name").and_then(Value::as_str).is_some_and(|name| name.eq_ignore_ascii_case("countersign-reason"))
    };
    let found = headers?.as_array()?.iter().find(name)?;
    found.pointer("/value/value").and_then(Value::as_str).map(str::to_owned)
}

/// Debian calls the one with long support otherwise.
fn program() -> &'static str {
    let there = |name: &str| {
        std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()))
    };
    if there("firefox-esr") { "firefox-esr" } else { "firefox" }
}

/// Firefox says its port on standard error.
fn wait_for_port(process: &mut Process) -> Result<u16, BrowserError> {
    let Some(stderr) = process.child().stderr.take() else {
        return Err(BrowserError::Drive("no standard error".into()));
    };
    let (say, heard) = mpsc::channel();
    // It is read to its end, or Firefox would stop where the pipe is full.
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if let Some((_, rest)) = line.split_once("WebDriver BiDi listening on ws://127.0.0.1:") {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                let _ = say.send(digits.parse::<u16>().ok());
            }
        }
    });
    match heard.recv_timeout(Duration::from_secs(60)) {
        Ok(Some(port)) => Ok(port),
        _ => Err(BrowserError::Drive("Firefox does not start".into())),
    }
}
