//! Host names: what a request may name, and what a site is configured to serve.
//!
//! Strict on purpose. A trailing dot, a user name, an empty port or a stray character is read
//! differently by each server (CVE-2022-23632: `Host: a.example.` got another TLS policy), so it
//! is refused instead of being cleaned. Grammar: RFC 9110 section 7.2, narrowed to what Django's
//! `get_host` accepts. Case is ignored when comparing (RFC 3986 section 3.2.2).

use std::fmt;

/// `name` or `name:port`, as a request has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host<'a> {
    name: &'a str,
    port: Option<u16>,
}

/// Why a host is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// Nothing there.
    #[error("the host name is empty")]
    Empty,
    /// A byte that no host name has.
    #[error("a host name holds only letters, digits, hyphens and dots")]
    Character,
    /// `a..b`, `.a` or `a.`
    #[error("a host name has no empty label and no trailing dot")]
    Label,
    /// Longer than 253 bytes, or a label longer than 63 (RFC 1035 section 2.3.4).
    #[error("a host name has at most 253 characters, a label at most 63")]
    Length,
    /// Not an IPv6 address in brackets.
    #[error("an IPv6 address is written in brackets, [::1]")]
    Ipv6,
    /// Not 1 to 65535.
    #[error("a port is a number from 1 to 65535")]
    Port,
    /// In configuration: the port of a site is that of its listener.
    #[error("hosts are named without a port")]
    PortNotWanted,
    /// In configuration: `*` elsewhere than as the whole first label.
    #[error("\"*.\" may stand only at the start, for one label, before at least two more")]
    Wildcard,
}

impl<'a> Host<'a> {
    /// Parses the value of a `Host` header or an `:authority`.
    ///
    /// # Errors
    /// [`HostError`] for anything but a host name or IP literal with an optional port.
    pub fn parse(raw: &'a [u8]) -> Result<Self, HostError> {
        let text = std::str::from_utf8(raw).map_err(|_| HostError::Character)?;
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (inside, after) = rest.split_once(']').ok_or(HostError::Ipv6)?;
                inside.parse::<std::net::Ipv6Addr>().map_err(|_| HostError::Ipv6)?;
                let name = text.strip_suffix(after).ok_or(HostError::Ipv6)?;
                match after.strip_prefix(':') {
                    Some(port) => (name, Some(port)),
                    None if after.is_empty() => (name, None),
                    None => return Err(HostError::Ipv6),
                }
            }
            None => match text.split_once(':') {
                Some((name, port)) => (check_name(name)?, Some(port)),
                None => (check_name(text)?, None),
            },
        };
        Ok(Self { name, port: port.map(parse_port).transpose()? })
    }

    /// The name as it was sent; compare without regard to case.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The port, if one was named.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// Digits only: `str::parse` alone would take `+443`.
pub(crate) fn parse_port(text: &str) -> Result<u16, HostError> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(HostError::Port);
    }
    text.parse().ok().filter(|&port| port != 0).ok_or(HostError::Port)
}

pub(crate) fn check_name(name: &str) -> Result<&str, HostError> {
    if name.is_empty() {
        return Err(HostError::Empty);
    }
    let mut label = 0_usize;
    for b in name.bytes() {
        match b {
            b'.' if label == 0 => return Err(HostError::Label),
            b'.' => label = 0,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => label += 1,
            _ => return Err(HostError::Character),
        }
        if label > 63 {
            return Err(HostError::Length);
        }
    }
    match (label, name.len()) {
        (0, _) => Err(HostError::Label),
        (_, 254..) => Err(HostError::Length),
        _ => Ok(name),
    }
}

/// A host that a site serves: `app.example.com`, `*.example.com` (one label) or an IP literal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostPattern {
    /// Lower case; for a wildcard without the `*`, so with a leading dot.
    name: Box<str>,
    wildcard: bool,
}

impl HostPattern {
    /// Parses an entry of a site's `hosts`.
    ///
    /// # Errors
    /// [`HostError`] with what was expected.
    pub fn parse(text: &str) -> Result<Self, HostError> {
        let (text, wildcard) = match text.strip_prefix('*') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let bare = if wildcard {
            let bare = text.strip_prefix('.').ok_or(HostError::Wildcard)?;
            if !bare.contains('.') {
                return Err(HostError::Wildcard);
            }
            bare
        } else {
            text
        };
        if bare.contains('*') {
            return Err(HostError::Wildcard);
        }
        if Host::parse(bare.as_bytes())?.port.is_some() {
            return Err(HostError::PortNotWanted);
        }
        Ok(Self { name: text.to_ascii_lowercase().into(), wildcard })
    }

    /// Whether it stands for this host.
    #[must_use]
    pub fn matches(&self, host: &Host<'_>) -> bool {
        self.matches_name(host.name)
    }

    pub(crate) fn matches_name(&self, name: &str) -> bool {
        if !self.wildcard {
            return name.eq_ignore_ascii_case(&self.name);
        }
        name.find('.').and_then(|dot| name.get(dot..)).is_some_and(|rest| rest.eq_ignore_ascii_case(&self.name))
    }

    /// Whether it stands for any one label.
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        self.wildcard
    }

    /// The name in lower case, of a wildcard with its leading dot (`.example.com`).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.wildcard { "*" } else { "" }, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_are_accepted() {
        for (raw, name, port) in [
            ("app.example.com", "app.example.com", None),
            ("APP.example.com:8443", "APP.example.com", Some(8443)),
            ("127.0.0.1:443", "127.0.0.1", Some(443)),
            ("[::1]:8443", "[::1]", Some(8443)),
            ("[::1]", "[::1]", None),
            ("localhost", "localhost", None),
        ] {
            let host = Host::parse(raw.as_bytes()).unwrap();
            assert_eq!((host.name(), host.port()), (name, port), "{raw}");
            assert_eq!(host.to_string(), raw);
        }
    }

    #[test]
    fn hosts_that_are_refused() {
        use HostError::*;
        for (raw, error) in [
            ("", Empty),
            (":443", Empty),
            ("app.example.com.", Label),
            (".example.com", Label),
            ("a..b", Label),
            ("user@app.example.com", Character),
            ("app.example.com:", Port),
            ("app.example.com:0", Port),
            ("app.example.com:+443", Port),
            ("app.example.com:65536", Port),
            ("app.example.com:443:1", Port),
            ("app_example.com", Character),
            ("app.example.com/x", Character),
            ("app.example.com, evil", Character),
            ("äpp.example", Character),
            ("[::1", Ipv6),
            ("[::1]x", Ipv6),
            ("[1.2.3.4]", Ipv6),
            ("::1", Empty),
        ] {
            assert_eq!(Host::parse(raw.as_bytes()), Err(error), "{raw}");
        }
        assert_eq!(Host::parse(b"a\0b"), Err(Character));
        assert_eq!(Host::parse("a".repeat(64).as_bytes()), Err(Length));
    }

    #[test]
    fn a_wildcard_is_one_label_and_not_the_apex() {
        let pattern = HostPattern::parse("*.Example.com").unwrap();
        for (host, expect) in [
            ("a.example.com", true),
            ("A.EXAMPLE.COM:8443", true),
            ("example.com", false),
            ("a.b.example.com", false),
            ("aexample.com", false),
        ] {
            assert_eq!(pattern.matches(&Host::parse(host.as_bytes()).unwrap()), expect, "{host}");
        }
        assert_eq!(pattern.to_string(), "*.example.com");
        for bad in ["*", "*.com", "*example.com", "a.*.com", "*.*.com"] {
            assert_eq!(HostPattern::parse(bad), Err(HostError::Wildcard), "{bad}");
        }
        assert_eq!(HostPattern::parse("a.example:443"), Err(HostError::PortNotWanted));
    }
}
