//! A WebSocket as far as the gateway sees one: a handshake, then bytes.

use std::io::{self, Read};

use super::{Connection, HOST, ORIGIN, Upstream, upstream::App};

/// The app's answer to a handshake.
pub(crate) const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

impl Upstream {
    /// Answers requests with `plain`; once switched, returns every byte.
    pub(crate) fn echoing() -> Self {
        Self::scripted(|app: &mut App| {
            while let Some(head) = app.head()? {
                if head.all("upgrade").is_empty() {
                    app.ok("plain")?;
                    continue;
                }
                app.write(SWITCH)?;
                loop {
                    let bytes = app.read_some()?;
                    if bytes.is_empty() {
                        return Ok(());
                    }
                    app.write(bytes)?;
                }
            }
            Ok(())
        })
    }
}

/// The handshake for a path, with more fields.
pub(crate) fn handshake(path: &str, fields: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{fields}\r\n"
    )
}

impl Connection {
    /// Turns into a WebSocket, from the site's own page.
    #[track_caller]
    pub(crate) fn open_websocket(&mut self, path: &str) {
        self.send(handshake(path, &format!("Origin: {ORIGIN}\r\n"))).unwrap();
        assert_eq!(self.head().status, 101);
    }

    /// Whether the WebSocket ends, before the test's patience does, without another byte.
    pub(crate) fn websocket_ends(&mut self) -> bool {
        let mut rest = Vec::new();
        let end = self.reader().read_to_end(&mut rest);
        rest.is_empty() && !end.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }
}
