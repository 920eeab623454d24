//! JSON over a WebSocket on this machine, as browsers are driven: commands with numbers, and events.

use std::{
    collections::VecDeque,
    io,
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket, client, protocol::WebSocketConfig};

use super::BrowserError;

#[derive(Debug)]
pub(super) struct Socket {
    socket: WebSocket<TcpStream>,
    last: u64,
    events: VecDeque<Value>,
}

impl Socket {
    /// `path` on this port of this machine.
    pub(super) fn connect(port: u16, path: &str) -> Result<Self, BrowserError> {
        let stream = TcpStream::connect(("127.0.0.1", port)).map_err(BrowserError::drive)?;
        stream.set_nodelay(true).map_err(BrowserError::drive)?;
        // A page's events may hold its body.
        let config = WebSocketConfig::default().max_message_size(Some(64 << 20)).max_frame_size(Some(64 << 20));
        let url = format!("ws://127.0.0.1:{port}{path}");
        let (socket, _) = client::client_with_config(url, stream, Some(config)).map_err(BrowserError::drive)?;
        Ok(Self { socket, last: 0, events: VecDeque::new() })
    }

    /// Sends a command, to a part of the browser if one is named, and waits for its answer.
    pub(super) fn call(&mut self, method: &str, params: &Value, session: Option<&str>) -> Result<Value, BrowserError> {
        let id = self.send(method, params, session)?;
        // The first answer waits for the browser's start, which takes its time on a busy machine.
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let Some(message) = self.read(until)? else {
                return Err(BrowserError::Drive(format!("no answer to {method}")));
            };
            if message.get("id").and_then(Value::as_u64) == Some(id) {
                return match (message.get("error"), message.get("result")) {
                    (None, Some(result)) => Ok(result.clone()),
                    _ => Err(BrowserError::Drive(format!("{method}: {message}"))),
                };
            }
            self.keep(message);
        }
    }

    /// Sends a command whose answer does not matter.
    pub(super) fn send(&mut self, method: &str, params: &Value, session: Option<&str>) -> Result<u64, BrowserError> {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": params });
        if let (Some(session), Some(members)) = (session, message.as_object_mut()) {
            members.insert("sessionId".into(), session.into());
        }
        self.socket.send(Message::text(message.to_string())).map_err(BrowserError::drive)?;
        Ok(self.last)
    }

    /// The next event, until then.
    pub(super) fn event(&mut self, until: Instant) -> Result<Option<Value>, BrowserError> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            match self.read(until)? {
                Some(message) => self.keep(message),
                None => return Ok(None),
            }
        }
    }

    /// Forgets what happened so far.
    pub(super) fn forget(&mut self) {
        self.events.clear();
    }

    fn keep(&mut self, message: Value) {
        if message.get("method").is_some() {
            self.events.push_back(message);
        }
    }

    fn read(&mut self, until: Instant) -> Result<Option<Value>, BrowserError> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            self.socket.get_ref().set_read_timeout(Some(left)).map_err(BrowserError::drive)?;
            match self.socket.read() {
                Ok(Message::Text(text)) => return serde_json::from_str(&text).map(Some).map_err(BrowserError::drive),
                Ok(_) => {}
                Err(tungstenite::Error::Io(error))
                    if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) =>
                {
                    return Ok(None);
                }
                Err(error) => return Err(BrowserError::drive(error)),
            }
        }
    }
}
