//! One path for matching and for forwarding.
//!
//! Filters are bypassed in the gap between the path they match and the path the app serves
//! (`/open/..%2fadmin`, CVE-2025-47910). Here a path is decoded **once**; routes match the decoded
//! text, and what is forwarded decodes to that same text and to nothing else. A path that some
//! server could read in a second way is refused, not repaired: dot segments, empty segments,
//! encoded `/`, `\` and `.`, an escaped escape (`%2565`), control characters, bytes that are not
//! UTF-8, bad escapes. RFC 3986 sections 2.1 and 6.2.2.

use std::borrow::Cow;

use crate::{Reason, Refusal};

/// A path that can be read in one way only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanonicalPath<'a> {
    decoded: Cow<'a, str>,
    wire: Cow<'a, str>,
}

impl<'a> CanonicalPath<'a> {
    /// Judges a path as it came on the wire. Allocates only if it holds escapes.
    ///
    /// # Errors
    /// `target-malformed`, `path-malformed` or `path-ambiguous`.
    pub fn parse(raw: &'a str) -> Result<Self, Refusal> {
        let refuse = |reason| Err(Refusal::new(reason).received(raw));
        if !raw.starts_with('/') {
            return refuse(Reason::TargetMalformed);
        }
        let (mut escaped, mut suspect, mut previous) = (false, false, 0);
        for b in raw.bytes() {
            match b {
                b'%' => escaped = true,
                b'/' | b'.' => suspect |= previous == b'/',
                b'\\' => return refuse(Reason::PathAmbiguous),
                // What browsers leave raw in a path: RFC 3986 pchar and [ ] | ^
                b'!'
                | b'$'
                | b'&'..=b'-'
                | b'0'..=b';'
                | b'='
                | b'@'..=b'Z'
                | b'['
                | b']'
                | b'^'
                | b'_'
                | b'a'..=b'z'
                | b'|'
                | b'~' => {}
                _ => return refuse(Reason::TargetMalformed),
            }
            previous = b;
        }
        let path = if escaped {
            match unescape(raw) {
                Ok((decoded, wire)) => Self { decoded: decoded.into(), wire: wire.into() },
                Err(reason) => return refuse(reason),
            }
        } else {
            Self { decoded: raw.into(), wire: raw.into() }
        };
        // Without an escape, only what starts with a dot or with another slash can be ambiguous.
        if (suspect || escaped) && has_ambiguous_segment(&path.decoded) {
            return refuse(Reason::PathAmbiguous);
        }
        Ok(path)
    }

    /// The decoded path, which routes match and which WSGI calls SCRIPT_NAME + PATH_INFO.
    #[must_use]
    pub fn decoded(&self) -> &str {
        &self.decoded
    }

    /// The path to send on: it decodes to [`decoded`](Self::decoded). Escapes of letters and the
    /// like are undone, the others are kept.
    #[must_use]
    pub fn wire(&self) -> &str {
        &self.wire
    }
}

/// Decodes once, and normalises the escapes that stay (RFC 3986 section 6.2.2).
fn unescape(raw: &str) -> Result<(String, String), Reason> {
    let (mut decoded, mut wire) = (Vec::with_capacity(raw.len()), String::with_capacity(raw.len()));
    let mut bytes = raw.as_bytes();
    while let Some((&b, rest)) = bytes.split_first() {
        if b != b'%' {
            decoded.push(b);
            wire.push(char::from(b));
            bytes = rest;
            continue;
        }
        let (value, rest) = escape(rest).ok_or(Reason::PathMalformed)?;
        match value {
            b'.' | b'/' | b'\\' => return Err(Reason::PathAmbiguous),
            0..=0x1f | 0x7f => return Err(Reason::PathMalformed),
            b'-' | b'_' | b'~' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => wire.push(char::from(value)),
            _ => {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                wire.push('%');
                for nibble in [value >> 4, value & 15] {
                    wire.push(HEX.get(usize::from(nibble)).copied().map_or('0', char::from));
                }
            }
        }
        decoded.push(value);
        bytes = rest;
    }
    // %2565 is %65 to a server that decodes once and "e" to one that decodes twice; %25%36%35 too.
    if decoded.windows(3).any(|at| at.first() == Some(&b'%') && escape(at.get(1..).unwrap_or_default()).is_some()) {
        return Err(Reason::PathAmbiguous);
    }
    let decoded = String::from_utf8(decoded).map_err(|_| Reason::PathMalformed)?;
    // C1 controls, as UTF-8.
    if decoded.chars().any(char::is_control) {
        return Err(Reason::PathMalformed);
    }
    Ok((decoded, wire))
}

/// The byte that two hexadecimal digits stand for, and what follows them.
fn escape(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let [high, low, rest @ ..] = bytes else { return None };
    let digit = |b: &u8| char::from(*b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some((digit(high)? << 4 | digit(low)?, rest))
}

/// `//`, `.` and `..`, also with the path parameters that some servers strip (`/..;x/`).
fn has_ambiguous_segment(path: &str) -> bool {
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        let name = segment.split(';').next().unwrap_or_default();
        if matches!(name, "." | "..") || (segment.is_empty() && !last) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_matched_and_what_is_forwarded() {
        for (raw, decoded, wire) in [
            ("/", "/", "/"),
            ("/a/b/", "/a/b/", "/a/b/"),
            ("/a-b_c~d.e", "/a-b_c~d.e", "/a-b_c~d.e"),
            ("/%65xempt/", "/exempt/", "/exempt/"),
            ("/caf%c3%a9", "/café", "/caf%C3%A9"),
            ("/a%20b", "/a b", "/a%20b"),
            ("/a%3fb%23c", "/a?b#c", "/a%3Fb%23c"),
            ("/100%25", "/100%", "/100%25"),
            ("/100%25zz", "/100%zz", "/100%25zz"),
            ("/a;b=1/c", "/a;b=1/c", "/a;b=1/c"),
            ("/a%3bb", "/a;b", "/a%3Bb"),
            ("/.well-known/x", "/.well-known/x", "/.well-known/x"),
            ("/...", "/...", "/..."),
            ("/[x]|^", "/[x]|^", "/[x]|^"),
        ] {
            let path = CanonicalPath::parse(raw).unwrap();
            assert_eq!((path.decoded(), path.wire()), (decoded, wire), "{raw}");
        }
    }

    #[test]
    fn what_can_be_read_twice_is_refused() {
        use Reason::*;
        for (raw, reason) in [
            ("/a/../b", PathAmbiguous),
            ("/a/./b", PathAmbiguous),
            ("/a/..", PathAmbiguous),
            ("/..;x/b", PathAmbiguous),
            ("/.;/b", PathAmbiguous),
            ("//a", PathAmbiguous),
            ("/a//b", PathAmbiguous),
            ("/a//", PathAmbiguous),
            ("/a/%2e%2e/b", PathAmbiguous),
            ("/a/%2E/b", PathAmbiguous),
            ("/x%2ejson", PathAmbiguous),
            ("/a%2fb", PathAmbiguous),
            ("/a%2Fb", PathAmbiguous),
            ("/a%5cb", PathAmbiguous),
            ("/a\\b", PathAmbiguous),
            ("/%252e", PathAmbiguous),
            ("/%2565xempt/", PathAmbiguous),
            ("/%25%36%35xempt/", PathAmbiguous),
            ("/%25%32e", PathAmbiguous),
            ("/a%00b", PathMalformed),
            ("/a%0d%0ab", PathMalformed),
            ("/a%7f", PathMalformed),
            ("/a%c2%85", PathMalformed),
            ("/a%", PathMalformed),
            ("/a%4", PathMalformed),
            ("/a%zz", PathMalformed),
            ("/a%+1", PathMalformed),
            ("/%ff", PathMalformed),
            ("/%c0%af", PathMalformed),
            ("/%ed%a0%80", PathMalformed),
            ("", TargetMalformed),
            ("*", TargetMalformed),
            ("a", TargetMalformed),
            ("/a b", TargetMalformed),
            ("/a#b", TargetMalformed),
            ("/a\"b", TargetMalformed),
            ("/é", TargetMalformed),
        ] {
            assert_eq!(CanonicalPath::parse(raw).unwrap_err().reason(), reason, "{raw}");
        }
    }
}
