//! Subject alternative names: typed, checked, in one spelling.
//!
//! Text becomes a [`San`] only through a constructor that knows what it is to be, so that no
//! e-mail address ends up as a DNS name. What RFC 5280 (4.2.1.6) leaves to the issuer is decided
//! here and in [`host_name`] and [`uri`](mod@uri): each name has one spelling, and a text that two
//! readers could take for two names is refused.

use std::{borrow::Cow, fmt, net::IpAddr};

use serde::Serialize;

use super::{host_name, text, uri};

/// One subject alternative name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", content = "value", rename_all = "lowercase")]
#[non_exhaustive]
pub enum San {
    /// `dNSName`
    Dns(String),
    /// `iPAddress`
    Ip(IpAddr),
    /// `rfc822Name`
    Email(String),
    /// `uniformResourceIdentifier`
    Uri(String),
    /// `otherName` with Microsoft's user principal name, 1.3.6.1.4.1.311.20.2.3
    Upn(String),
}

/// Why a text is not the name that it was given as.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("invalid {kind} {value:?}: {expected}")]
pub struct SanError {
    kind: &'static str,
    value: String,
    expected: Cow<'static, str>,
}

type Expected = Cow<'static, str>;

impl San {
    /// What a server is reached by: an IP address, a host name, or `*.` and a host name.
    pub fn server(text: &str) -> Result<Self, SanError> {
        if let Ok(ip) = text.parse() {
            return Ok(Self::Ip(ip));
        }
        let (star, host) = match text.strip_prefix("*.") {
            Some(host) => ("*.", host),
            None => ("", text),
        };
        let host = host_name::parse(host).map_err(|expected| error("server name", text, expected))?;
        Ok(Self::Dns(format!("{star}{host}")))
    }

    /// The host name of a client.
    pub fn dns(text: &str) -> Result<Self, SanError> {
        host_name::parse(text).map(Self::Dns).map_err(|expected| error("DNS name", text, expected))
    }

    /// An e-mail address. Its domain becomes lower case; the part before the `@` is kept.
    pub fn email(text: &str) -> Result<Self, SanError> {
        email(text).map(Self::Email).map_err(|expected| error("e-mail address", text, expected))
    }

    /// An absolute URI, for example a SPIFFE ID.
    pub fn uri(text: &str) -> Result<Self, SanError> {
        match uri::check(text) {
            Ok(()) => Ok(Self::Uri(text.to_owned())),
            Err(expected) => Err(error("URI", text, expected)),
        }
    }

    /// A user principal name of Active Directory.
    pub fn upn(text: &str) -> Result<Self, SanError> {
        match upn(text) {
            Ok(()) => Ok(Self::Upn(text.to_owned())),
            Err(expected) => Err(error("user principal name", text, expected)),
        }
    }

    pub(super) fn is_spiffe(&self) -> bool {
        matches!(self, Self::Uri(uri) if uri.starts_with("spiffe://"))
    }
}

impl fmt::Display for San {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "dns:{name}"),
            Self::Ip(ip) => write!(f, "ip:{ip}"),
            Self::Email(address) => write!(f, "email:{address}"),
            Self::Uri(uri) => write!(f, "uri:{uri}"),
            Self::Upn(name) => write!(f, "upn:{name}"),
        }
    }
}

fn error(kind: &'static str, value: &str, expected: Expected) -> SanError {
    SanError { kind, value: value.to_owned(), expected }
}

/// The `Mailbox` of RFC 5321 that RFC 5280 asks for, without quoted local parts and address literals.
fn email(text: &str) -> Result<String, Expected> {
    const FORM: &str = "expected one address such as \"ada@example.com\"";
    let (local, domain) = text.split_once('@').ok_or(FORM)?;
    if domain.contains('@') {
        return Err(FORM.into());
    }
    if !local.is_ascii() {
        return Err("expected ASCII before the @, a certificate cannot carry other letters there".into());
    }
    let atom = |atom: &str| {
        !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    if local.len() > 64 || !local.split('.').all(atom) {
        return Err("expected 1 to 64 letters, digits, dots and hyphens before the @".into());
    }
    let domain = host_name::parse(domain).map_err(|expected| format!("its domain: {expected}"))?;
    Ok(format!("{local}@{domain}"))
}

fn upn(text: &str) -> Result<(), Expected> {
    const FORM: &str = "expected one user and domain such as \"ada@corp.example.com\"";
    let (user, domain) = text.split_once('@').ok_or(FORM)?;
    if user.is_empty() || domain.contains('@') || text.len() > 1024 {
        return Err(FORM.into());
    }
    if text.contains(char::is_whitespace) {
        return Err("expected no space".into());
    }
    text::visible(text)?;
    host_name::parse(domain).map(drop).map_err(|expected| format!("its domain: {expected}").into())
}
