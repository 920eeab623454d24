//! Chromium, by its DevTools protocol.

use std::{
    fs,
    net::SocketAddr,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{BrowserError, Drive, Seen, process::Process, profile::Profile, socket::Socket};

pub(super) struct Chromium {
    socket: Socket,
    tab: Option<Value>,
    _process: Process,
}

impl Chromium {
    pub(super) fn start(
        profile: &Profile,
        host: &str,
        dial: Option<SocketAddr>,
        insecure: bool,
    ) -> Result<Self, BrowserError> {
        let mut command = Command::new("chromium");
        command.env("HOME", profile.home()).stderr(Stdio::null()).args([
            "--headless=new",
            // Root, whom the policy needs, cannot use the sandbox. It opens our own pages and the site's.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-popup-blocking",
            "--disable-background-networking",
            "--disable-component-update",
            "--remote-debugging-port=0",
        ]);
        command.arg(format!("--user-data-dir={}", profile.data().display()));
        if let Some(dial) = dial {
            command.arg(format!("--host-resolver-rules=MAP {host} {dial}"));
        }
        if insecure {
            command.arg("--ignore-certificate-errors");
        }
        command.arg("about:blank");
        let mut process = Process::start(command, "chromium", "chromium")?;
        let (port, path) = wait_for_port(profile, &mut process)?;
        let mut socket = Socket::connect(port, &path)?;
        let attach = json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true });
        socket.call("Target.setAutoAttach", &attach, None)?;
        Ok(Self { socket, tab: None, _process: process })
    }

    /// A tab of its own for each page: what the last one left open is gone, and its events with it.
    fn new_tab(&mut self) -> Result<String, BrowserError> {
        if let Some(old) = self.tab.take() {
            self.socket.send("Target.closeTarget", &json!({ "targetId": old }), None)?;
        }
        let made = self.socket.call("Target.createTarget", &json!({ "url": "about:blank" }), None)?;
        let made = made.get("targetId").cloned().unwrap_or_default();
        self.tab = Some(made.clone());
        let until = Instant::now() + Duration::from_secs(20);
        while let Some(event) = self.socket.event(until)? {
            let session = self.attach(&event)?;
            if event.pointer("/params/targetInfo/targetId") == Some(&made)
                && let Some(session) = session
            {
                // Its answer says that the tab runs: an address that it is told before may be lost.
                self.socket.call("Network.enable", &json!({}), Some(&session))?;
                self.socket.call("Runtime.runIfWaitingForDebugger", &json!({}), Some(&session))?;
                return Ok(session);
            }
        }
        Err(BrowserError::Drive("Chromium opens no tab".into()))
    }

    /// A new page, frame or worker: its requests are watched from the first.
    fn attach(&mut self, event: &Value) -> Result<Option<String>, BrowserError> {
        if event.get("method").and_then(Value::as_str) != Some("Target.attachedToTarget") {
            return Ok(None);
        }
        let Some(session) = event.pointer("/params/sessionId").and_then(Value::as_str) else { return Ok(None) };
        let attach = json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true });
        self.socket.send("Network.enable", &json!({}), Some(session))?;
        self.socket.send("Target.setAutoAttach", &attach, Some(session))?;
        self.socket.send("Runtime.runIfWaitingForDebugger", &json!({}), Some(session))?;
        Ok(Some(session.to_owned()))
    }
}

impl Drive for Chromium {
    fn open(&mut self, url: &str, awaited: &[String], patience: Duration) -> Result<Option<Seen>, BrowserError> {
        self.socket.forget();
        let page = self.new_tab()?;
        self.socket.send("Page.navigate", &json!({ "url": url }), Some(&page))?;
        let mut until = Instant::now() + patience;
        let mut ours: Vec<String> = Vec::new();
        let mut seen = None;
        // The answer's head may come before its request is told of.
        let mut early: Vec<(String, Seen)> = Vec::new();
        while let Some(event) = self.socket.event(until)? {
            self.attach(&event)?;
            let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            let id = text("/params/requestId");
            let status = |pointer: &str| {
                event.pointer(pointer).and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok())
            };
            match event.get("method").and_then(Value::as_str).unwrap_or_default() {
                "Network.requestWillBeSent" | "Network.webSocketCreated" => {
                    let url = text("/params/request/url") + &text("/params/url");
                    if awaited.iter().any(|start| url.starts_with(start.as_str())) {
                        if let Some((_, found)) = early.iter().find(|(other, _)| *other == id) {
                            return Ok(Some(found.clone()));
                        }
                        // A redirect keeps its number: its answer is that of the first.
                        if let Some(status) = status("/params/redirectResponse/status") {
                            return Ok(Some(Seen { status: Some(status), ..Seen::default() }));
                        }
                        ours.push(id);
                        seen = Some(Seen::default());
                    }
                }
                "Network.responseReceivedExtraInfo" => {
                    let found = Seen {
                        status: status("/params/statusCode"),
                        reason: reason(event.pointer("/params/headers")),
                        error: None,
                    };
                    if ours.contains(&id) {
                        return Ok(Some(found));
                    }
                    early.push((id, found));
                }
                "Network.webSocketHandshakeResponseReceived" if ours.contains(&id) => {
                    let reason = reason(event.pointer("/params/response/headers"));
                    return Ok(Some(Seen { status: status("/params/response/status"), reason, error: None }));
                }
                "Network.loadingFailed" | "Network.webSocketFrameError" if ours.contains(&id) => {
                    let error = text("/params/errorText") + &text("/params/errorMessage");
                    seen = Some(Seen { error: Some(error), ..Seen::default() });
                    // An answer that may not be shown fails as well, and its head may come after that.
                    until = until.min(Instant::now() + Duration::from_millis(700));
                }
                _ => {}
            }
        }
        Ok(seen)
    }
}

fn reason(headers: Option<&Value>) -> Option<String> {
    let headers = headers?.as_object()?;
    let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("countersign-reason"));
    found.and_then(|(_, value)| value.as_str()).map(str::to_owned)
}

/// Chromium writes its port into its profile.
fn wait_for_port(profile: &Profile, process: &mut Process) -> Result<(u16, String), BrowserError> {
    let file = profile.data().join("DevToolsActivePort");
    let until = Instant::now() + Duration::from_secs(30);
    while Instant::now() < until {
        if let Ok(text) = fs::read_to_string(&file)
            && let Some((port, path)) = text.split_once('\n')
            && let Ok(port) = port.parse()
            && !path.is_empty()
        {
            return Ok((port, path.trim().to_owned()));
        }
        if let Ok(Some(status)) = process.child().try_wait() {
            return Err(BrowserError::Drive(format!("Chromium ended at once ({status})")));
        }
        thread::sleep(Duration::from_millis(50));
    }
    Err(BrowserError::Drive("Chromium does not start".into()))
}
