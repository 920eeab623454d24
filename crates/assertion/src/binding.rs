//! Which request an assertion is for.
//!
//! `req` covers method, authority, decoded path and raw query, so that an assertion copied from a
//! log is worth nothing for another request. Line feeds part the four; a method, a host and a query
//! hold none, and the gateway refuses a path that decodes to one, so that no two requests have the
//! same text. The body is not covered.

use aws_lc_rs::digest;

use crate::base64url;

/// A request, as both ends see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestFacts<'a> {
    /// Upper case; `GET` for a WebSocket handshake.
    pub method: &'a str,
    /// `Host` as the app gets it. Its case and the port 443 make no difference.
    pub authority: &'a str,
    /// The path after percent-decoding.
    pub path: &'a str,
    /// The query as it was sent, without `?`; empty if there is none.
    pub query: &'a str,
}

impl RequestFacts<'_> {
    /// Whether the method promises to change nothing (RFC 9110 section 9.2.1, without TRACE).
    #[must_use]
    pub fn is_safe(&self) -> bool {
        matches!(self.method, "GET" | "HEAD" | "OPTIONS")
    }
}

/// The `req` claim of this request.
#[must_use]
pub fn binding(request: &RequestFacts<'_>) -> String {
    let mut text = String::with_capacity(43);
    push(request, &mut text);
    text
}

pub(crate) fn push(request: &RequestFacts<'_>, out: &mut String) {
    let RequestFacts { method, authority, path, query } = request;
    let authority = authority.strip_suffix(":443").unwrap_or(authority);
    // One buffer: hashing five pieces costs more than copying them.
    let mut text = Vec::with_capacity(method.len() + authority.len() + path.len() + query.len() + 8);
    text.extend_from_slice(b"cs1\n");
    text.extend_from_slice(method.as_bytes());
    text.push(b'\n');
    text.extend(authority.bytes().map(|b| b.to_ascii_lowercase()));
    text.push(b'\n');
    text.extend_from_slice(path.as_bytes());
    text.push(b'\n');
    text.extend_from_slice(query.as_bytes());
    base64url::push(digest::digest(&digest::SHA256, &text), out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_counts_and_case_and_default_port_do_not() {
        let one = RequestFacts { method: "GET", authority: "app.example.com", path: "/a", query: "b=c" };
        let same = [
            RequestFacts { authority: "App.Example.COM", ..one },
            RequestFacts { authority: "app.example.com:443", ..one },
        ];
        for same in same {
            assert_eq!(binding(&same), binding(&one));
        }
        let others = [
            RequestFacts { method: "POST", ..one },
            RequestFacts { authority: "app.example.com:8443", ..one },
            RequestFacts { path: "/A", ..one },
            RequestFacts { query: "", ..one },
            RequestFacts { query: "b=d", ..one },
        ];
        for other in others {
            assert_ne!(binding(&other), binding(&one), "{other:?}");
        }
    }

    #[test]
    fn known_answer() {
        // printf 'cs1\nGET\napp.example.com\n/\n' | openssl dgst -sha256 -binary | basenc --base64url
        let root = RequestFacts { method: "GET", authority: "app.example.com", path: "/", query: "" };
        assert_eq!(binding(&root), "G7jjkUuuvVtUn6_N_3b4VfheKhmZPbgLRRDRfdxKCIc");
    }
}
