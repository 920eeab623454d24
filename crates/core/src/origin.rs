//! Origins: scheme, host and port of the page that sent a request.
//!
//! Accepts what browsers serialise (Fetch standard; RFC 6454 section 6.2) plus an upper-case
//! letter and an explicit default port, which name the same origin. Everything else (paths, user
//! names, lists, `//host`, a trailing dot) is malformed: no browser sends it, and filters that
//! went on to guess a host from it were bypassed (golang issue 78563, gorilla CVE-2025-47909).
//! Origins are compared whole, scheme and port included, never as hosts.

use std::fmt;

use crate::{
    Host, HostError, HostPattern,
    host::{check_name, parse_port},
};

/// A tuple origin. `Origin: null` is an [`OriginError`], never an origin.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    scheme: &'a str,
    name: &'a str,
    /// None if it is the scheme's default.
    port: Option<u16>,
}

/// Why a value is no tuple origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// The opaque origin.
    #[error("the origin is null")]
    Null,
    /// Nothing there.
    #[error("the origin is empty")]
    Empty,
    /// No `scheme://`.
    #[error("an origin starts with its scheme, https://")]
    Scheme,
    /// The part after `://` is not host or host:port.
    #[error("after the scheme an origin has a host and perhaps a port, nothing more: {0}")]
    Host(HostError),
}

impl<'a> Origin<'a> {
    /// Parses the value of an `Origin` header.
    ///
    /// # Errors
    /// [`OriginError`] for `null` and for anything that browsers do not send.
    pub fn parse(raw: &'a [u8]) -> Result<Self, OriginError> {
        match raw {
            b"" => return Err(OriginError::Empty),
            b"null" => return Err(OriginError::Null),
            _ => {}
        }
        let text = std::str::from_utf8(raw).map_err(|_| OriginError::Host(HostError::Character))?;
        let (scheme, rest) = text.split_once("://").ok_or(OriginError::Scheme)?;
        let mut bytes = scheme.bytes();
        if !bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
            || !bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        {
            return Err(OriginError::Scheme);
        }
        let host = Host::parse(rest.as_bytes()).map_err(OriginError::Host)?;
        let port = host.port().filter(|&port| Some(port) != default_port(scheme));
        Ok(Self { scheme, name: host.name(), port })
    }

    /// Parses the origin that a `Referer` starts with; its path, query and fragment may follow.
    pub(crate) fn of_url(raw: &'a [u8]) -> Result<Self, OriginError> {
        let text = std::str::from_utf8(raw).map_err(|_| OriginError::Host(HostError::Character))?;
        let (scheme, rest) = text.split_once("://").ok_or(OriginError::Scheme)?;
        let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let origin = raw.get(..scheme.len() + 3 + authority).unwrap_or_default();
        Self::parse(origin)
    }

    /// Whether it is the origin of `https` pages on this host.
    #[must_use]
    pub fn is_own(&self, host: &Host<'_>) -> bool {
        self.is_https()
            && self.name.eq_ignore_ascii_case(host.name())
            && self.port == host.port().filter(|&port| port != 443)
    }

    pub(crate) fn is_https(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("https")
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    [("https", 443), ("http", 80)].into_iter().find(|(name, _)| scheme.eq_ignore_ascii_case(name)).map(|(_, port)| port)
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.name)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// An origin beside the site's own whose pages may send requests: an entry of `trusted_origins`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedOrigin {
    host: HostPattern,
    port: Option<u16>,
}

/// Why an entry of `trusted_origins` is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustedOriginError {
    /// `null` stands for every sandboxed frame on the web.
    #[error("null cannot be trusted: every sandboxed frame of any site has it")]
    Null,
    /// Not https.
    #[error("only https origins can be trusted: whoever controls the network can write any http page")]
    Insecure,
    /// `host` without a scheme.
    #[error("an origin starts with its scheme, https://")]
    Scheme,
    /// A path or a trailing slash.
    #[error("an origin has no path and no trailing slash")]
    Path,
    /// `:443`
    #[error("the default port is omitted")]
    DefaultPort,
    /// The host is none.
    #[error("{0}")]
    Host(HostError),
}

impl TrustedOrigin {
    /// Parses `https://host`, `https://host:port` or `https://*.example.com` (one label, so not
    /// `example.com` itself).
    ///
    /// # Errors
    /// [`TrustedOriginError`] with what was expected.
    pub fn parse(text: &str) -> Result<Self, TrustedOriginError> {
        use TrustedOriginError as E;
        if text == "null" {
            return Err(E::Null);
        }
        let (scheme, rest) = text.split_once("://").ok_or(E::Scheme)?;
        if scheme != "https" {
            return Err(E::Insecure);
        }
        if rest.contains(['/', '?', '#']) {
            return Err(E::Path);
        }
        let split = rest.rfind(':').filter(|&at| !rest.get(at..).is_some_and(|tail| tail.contains(']')));
        let (name, port) = match split.and_then(|at| rest.split_at_checked(at)) {
            Some((name, port)) => {
                let port = parse_port(port.get(1..).unwrap_or_default()).map_err(E::Host)?;
                (name, Some(port))
            }
            None => (rest, None),
        };
        if port == Some(443) {
            return Err(E::DefaultPort);
        }
        if !name.starts_with(['*', '[']) {
            check_name(name).map_err(E::Host)?;
        }
        Ok(Self { host: HostPattern::parse(name).map_err(E::Host)?, port })
    }

    /// Whether it stands for this origin: scheme, host and port.
    #[must_use]
    pub fn matches(&self, origin: &Origin<'_>) -> bool {
        origin.is_https() && self.port == origin.port && self.host.matches_name(origin.name)
    }
}

impl fmt::Display for TrustedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}", self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(origin: &str, host: &str) -> bool {
        Origin::parse(origin.as_bytes()).unwrap().is_own(&Host::parse(host.as_bytes()).unwrap())
    }

    #[test]
    fn own_origin_is_scheme_host_and_port() {
        assert!(own("https://app.example.com", "app.example.com"));
        assert!(own("https://app.example.com:443", "APP.example.com"));
        assert!(own("https://app.example.com", "app.example.com:443"));
        assert!(own("https://app.example.com:8443", "app.example.com:8443"));
        assert!(own("https://[::1]:8443", "[::1]:8443"));
        assert!(!own("http://app.example.com", "app.example.com"));
        assert!(!own("https://app.example.com:8443", "app.example.com"));
        assert!(!own("https://app.example.com", "app.example.com:8443"));
        assert!(!own("https://app.example.com.evil.example", "app.example.com"));
        assert!(!own("https://evilapp.example.com", "app.example.com"));
        assert!(!own("http://app.example.com:443", "app.example.com"));
    }

    #[test]
    fn what_no_browser_sends_is_malformed() {
        for raw in [
            "",
            "null",
            "app.example.com",
            "//app.example.com",
            "https://",
            "https:///",
            "https://app.example.com/",
            "https://user@app.example.com",
            "https://app.example.com.",
            "https://app.example.com:",
            "https://a b",
            "https://a.example https://b.example",
            "https://a.example,https://b.example",
            "://a",
            "1https://a",
            "https://a\\.example",
            "https://app.example.com?x",
            "https://app.example.com#x",
            "Null",
            "https:app.example.com",
        ] {
            assert!(Origin::parse(raw.as_bytes()).is_err(), "{raw}");
        }
        assert!(Origin::parse(b"https://a\xff").is_err());
    }

    #[test]
    fn trusted_origins_are_whole_and_https() {
        use TrustedOriginError as E;
        let wild = TrustedOrigin::parse("https://*.example.com").unwrap();
        for (origin, expect) in [
            ("https://a.example.com", true),
            ("https://example.com", false),
            ("https://a.b.example.com", false),
            ("https://a.example.com:8443", false),
            ("http://a.example.com", false),
        ] {
            assert_eq!(wild.matches(&Origin::parse(origin.as_bytes()).unwrap()), expect, "{origin}");
        }
        for (text, error) in [
            ("null", E::Null),
            ("http://a.example", E::Insecure),
            ("a.example", E::Scheme),
            ("https://a.example/", E::Path),
            ("https://a.example:443", E::DefaultPort),
            ("https://*", E::Host(HostError::Wildcard)),
            ("https://u@a.example", E::Host(HostError::Character)),
            ("https://a.example:x", E::Host(HostError::Port)),
        ] {
            assert_eq!(TrustedOrigin::parse(text), Err(error), "{text}");
        }
        for text in ["https://a.example:8443", "https://[::1]:8443", "https://[::1]", "https://*.a.example:8443"] {
            assert_eq!(TrustedOrigin::parse(text).unwrap().to_string(), text);
        }
    }
}
