//! How a WebSocket opens, over HTTP/1.1 (RFC 6455) and over HTTP/2 (RFC 8441), to an app that speaks
//! HTTP/1.1.
//!
//! Over HTTP/1.1 the client's own handshake goes on, and the client checks the app's answer. Over HTTP/2
//! there is no key: the gateway asks with one of its own and checks `Sec-WebSocket-Accept` itself, so
//! that nothing but a WebSocket server that understood the question becomes a tunnel. The app sees a GET
//! in both cases, and the assertion speaks of one. Whether the page may open it was decided before, by
//! the same rules: an extended CONNECT without an `Origin` of the site is refused like any other.

use aws_lc_rs::{
    digest::{SHA1_FOR_LEGACY_USE_ONLY, digest},
    rand,
};
use base64ct::{Base64, Encoding};
use countersign_core::{Reason, Refusal};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Version, header};

const KEY: HeaderName = HeaderName::from_static("sec-websocket-key");
const VERSION: HeaderName = HeaderName::from_static("sec-websocket-version");
const ACCEPT: HeaderName = HeaderName::from_static("sec-websocket-accept");

/// RFC 6455 section 1.3
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A handshake that may go to the app.
#[derive(Debug)]
pub(crate) struct Opening {
    /// The gateway's own key, for a client that has none.
    key: Option<HeaderValue>,
}

impl Opening {
    /// Whether a handshake is complete (RFC 6455 section 4.2.1, RFC 8441 section 5).
    ///
    /// # Errors
    /// `upgrade-malformed`
    pub(crate) fn of(version: Version, headers: &HeaderMap) -> Result<Self, Refusal> {
        let one = |name: HeaderName| {
            let mut values = headers.get_all(name).iter();
            values.next().filter(|_| values.next().is_none())
        };
        let protocol = one(VERSION).is_some_and(|protocol| protocol == "13");
        if version == Version::HTTP_2 {
            if !protocol {
                return Err(Refusal::new(Reason::UpgradeMalformed).expected("one Sec-WebSocket-Version: 13"));
            }
            let mut bytes = [0; 16];
            rand::fill(&mut bytes).map_err(|_| Refusal::new(Reason::UpstreamUnreachable).received("no randomness"))?;
            let key = HeaderValue::from_str(&Base64::encode_string(&bytes)).ok();
            return Ok(Self { key });
        }
        // 16 bytes in base64
        let key = one(KEY).is_some_and(|key| key.len() == 24 && key.as_bytes().ends_with(b"=="));
        // An Upgrade that Connection does not name is none (RFC 9110 section 7.8).
        let asked = headers.get_all(header::CONNECTION).iter().any(|value| {
            value.as_bytes().split(|&b| b == b',').any(|token| token.trim_ascii().eq_ignore_ascii_case(b"upgrade"))
        });
        if key && protocol && asked && version == Version::HTTP_11 {
            return Ok(Self { key: None });
        }
        Err(Refusal::new(Reason::UpgradeMalformed)
            .expected("HTTP/1.1, Connection: Upgrade, one Sec-WebSocket-Key of 16 bytes and Sec-WebSocket-Version: 13"))
    }

    /// Puts the question to the app.
    pub(crate) fn ask(&self, headers: &mut HeaderMap) {
        mark_upgrade(headers);
        if let Some(key) = &self.key {
            headers.insert(KEY, key.clone());
        }
    }

    /// The app's answer as this client gets it: 101 opens the tunnel ([`status`](Self::status) says what the
    /// client is told then); anything else is the app's own word.
    ///
    /// # Errors
    /// `upstream-broken`: it switched to something else, or did not understand the question.
    pub(crate) fn answered<B>(&self, response: &mut Response<B>, names_websocket: bool) -> Result<(), Refusal> {
        let broken = |what: &str| Err(Refusal::new(Reason::UpstreamBroken).received(what));
        let switched = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        let Some(key) = &self.key else {
            if switched {
                mark_upgrade(response.headers_mut());
            }
            return Ok(());
        };
        if !switched {
            // To an extended CONNECT every 2xx is a tunnel.
            let success = response.status().is_success();
            return if success { broken("a success that opens no WebSocket") } else { Ok(()) };
        }
        let accepted = response.headers_mut().remove(ACCEPT);
        if !names_websocket || accepted.is_none_or(|value| value.as_bytes() != accept(key).as_bytes()) {
            return broken("a WebSocket whose Sec-WebSocket-Accept is not for the key");
        }
        response.headers_mut().remove(header::CONTENT_LENGTH);
        Ok(())
    }

    /// What the client is told when its tunnel opens.
    pub(crate) fn status(&self) -> StatusCode {
        if self.key.is_some() { StatusCode::OK } else { StatusCode::SWITCHING_PROTOCOLS }
    }
}

fn accept(key: &HeaderValue) -> String {
    let asked = [key.as_bytes(), GUID.as_bytes()].concat();
    Base64::encode_string(digest(&SHA1_FOR_LEGACY_USE_ONLY, &asked).as_ref())
}

fn mark_upgrade(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
}

/// Whether an answer says `Upgrade: websocket`.
pub(crate) fn is_websocket<B>(response: &Response<B>) -> bool {
    response.headers().get(header::UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        assert_eq!(accept(&HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ==")), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
