//! The header firewall: one strip, one stamp.
//!
//! [`CleanHeaders`] are a client's headers without what must not pass: hop-by-hop fields and those
//! that `Connection` names (RFC 9110 section 7.6.1), every protected name in any spelling, every
//! name that is not letters, digits and hyphens. The gateway's own headers are stamped only after
//! that, so that `Connection: X-SSL-Client-Verify` removes nothing of ours (CVE-2024-45410).
//! Forwarding takes [`StampedHeaders`], which only [`CleanHeaders::stamp`] makes.

use countersign_core::ProtectedNames;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::formats;

/// Headers that speak of one connection only.
static HOP_BY_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
];

/// What a client sent, without what must not pass.
#[derive(Debug)]
pub(crate) struct CleanHeaders(HeaderMap);

/// Headers for the app: clean, with the gateway's own.
#[derive(Debug)]
pub(crate) struct StampedHeaders(HeaderMap);

impl CleanHeaders {
    pub(crate) fn new(mut headers: HeaderMap, protected: &ProtectedNames) -> Self {
        let mut dropped: Vec<HeaderName> = Vec::new();
        nominated(&headers, &mut dropped);
        dropped
            .extend(headers.keys().filter(|name| hop_by_hop(name.as_str()) || protected.drops(name.as_str())).cloned());
        for name in dropped {
            headers.remove(name);
        }
        // The gateway answers `Expect: 100-continue` itself by reading the body.
        headers.remove(header::EXPECT);
        join_cookies(&mut headers);
        Self(headers)
    }

    /// Adds the gateway's own headers. `stamps` replace whatever has their name.
    pub(crate) fn stamp<'h>(self, stamps: impl IntoIterator<Item = (&'h HeaderName, HeaderValue)>) -> StampedHeaders {
        let mut headers = self.0;
        for (name, value) in stamps {
            headers.insert(name, value);
        }
        StampedHeaders(headers)
    }
}

impl StampedHeaders {
    pub(crate) fn into_map(self) -> HeaderMap {
        self.0
    }
}

/// The app's answer: hop-by-hop fields go, and names that only the gateway speaks, in any spelling;
/// a `Vary` on the identity becomes `*`.
pub(crate) fn clean_response(headers: &mut HeaderMap) {
    let mut dropped: Vec<HeaderName> = Vec::new();
    nominated(headers, &mut dropped);
    dropped.extend(headers.keys().filter(|name| hop_by_hop(name.as_str()) || speaks_for_us(name.as_str())).cloned());
    for name in dropped {
        headers.remove(name);
    }
    formats::guard_vary(headers);
}

/// `Countersign-…`, as somebody who folds names could read it. Names are lower case here.
fn speaks_for_us(name: &str) -> bool {
    let rest = name.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).strip_prefix("countersign");
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

fn hop_by_hop(name: &str) -> bool {
    HOP_BY_HOP.contains(&name)
}

/// The names that `Connection` lists, except the two that the gateway writes itself: without them
/// the message would change its meaning.
fn nominated(headers: &HeaderMap, dropped: &mut Vec<HeaderName>) {
    for value in headers.get_all(header::CONNECTION) {
        for token in value.as_bytes().split(|&b| b == b',').map(<[u8]>::trim_ascii) {
            if let Ok(name) = HeaderName::from_bytes(token)
                && name != header::HOST
                && name != header::CONTENT_LENGTH
            {
                dropped.push(name);
            }
        }
    }
}

/// HTTP/2 splits cookies into several fields; HTTP/1.1 servers take only one (RFC 9113 section
/// 8.2.3): gunicorn would join them with commas.
fn join_cookies(headers: &mut HeaderMap) {
    let mut all = headers.get_all(header::COOKIE).iter();
    let (Some(first), Some(second)) = (all.next(), all.next()) else { return };
    let mut joined = first.as_bytes().to_vec();
    for value in [second].into_iter().chain(all) {
        joined.extend_from_slice(b"; ");
        joined.extend_from_slice(value.as_bytes());
    }
    match HeaderValue::from_bytes(&joined) {
        Ok(value) => drop(headers.insert(header::COOKIE, value)),
        Err(_) => drop(headers.remove(header::COOKIE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        fields.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect()
    }

    fn names(headers: &HeaderMap) -> Vec<&str> {
        let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn stamped_after_connection_was_read() {
        let verify = HeaderName::from_static("x-ssl-client-verify");
        let headers = map(&[
            ("connection", "X-SSL-Client-Verify, close,  x-mine , host"),
            ("x-mine", "1"),
            ("x-ssl-client-verify", "SUCCESS"),
            ("x_ssl_client_verify", "SUCCESS"),
            ("te", "trailers"),
            ("expect", "100-continue"),
            ("host", "a.example"),
            ("accept", "*/*"),
        ]);
        let clean = CleanHeaders::new(headers, &ProtectedNames::default());
        assert_eq!(names(&clean.0), ["accept", "host"]);
        let stamped = clean.stamp([(&verify, HeaderValue::from_static("NONE"))]).into_map();
        assert_eq!(stamped.get(&verify).unwrap(), "NONE");
    }

    #[test]
    fn cookies_become_one_field() {
        let clean = CleanHeaders::new(
            map(&[("cookie", "a=1"), ("cookie", "b=2"), ("cookie", "c=3")]),
            &ProtectedNames::default(),
        );
        let all: Vec<_> = clean.0.get_all("cookie").iter().collect();
        assert_eq!(all, ["a=1; b=2; c=3"]);
    }

    #[test]
    fn the_app_cannot_speak_for_the_gateway() {
        let mut headers = map(&[
            ("countersign-reason", "x"),
            ("_countersign.reason", "x"),
            ("countersign", "x"),
            ("connection", "x-a"),
            ("x-a", "1"),
            ("keep-alive", "1"),
            ("vary", "Cookie, Client-Cert"),
            ("countersigned", "1"),
        ]);
        clean_response(&mut headers);
        assert_eq!(names(&headers), ["countersigned", "vary"]);
        assert_eq!(headers["vary"], "*");
    }
}
