//! What is attacked, and what the owner told about it.
//!
//! **Invariant**: a [`Target`] names one host. Nothing in this crate connects anywhere else: the
//! address is resolved once, redirects are read and never followed.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    time::Duration,
};

/// The site: one host, one port, and the address it was resolved to.
#[derive(Clone, Debug)]
pub struct Target {
    /// In lower case; an IPv6 address without brackets.
    pub host: String,
    /// 443 unless the URL says another.
    pub port: u16,
    /// Of the URL; begins with a slash.
    pub path: String,
    /// Where it is dialled.
    pub address: SocketAddr,
    /// Whether `address` came from `--connect-to`.
    pub connected_to: bool,
}

/// Why there is no target.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// Not `https://host[:port][/path]`.
    #[error("invalid URL {0:?}: {1}")]
    Url(String, &'static str),
    /// The name has no address, or `--connect-to` is none.
    #[error("{0:?} cannot be resolved: {1}")]
    Resolve(String, String),
    /// A site of somebody else may be attacked only by who may do so.
    #[error(
        "{0} is not on this machine: the probe sends attacks, so say --i-am-authorized if you own it or were asked to test it"
    )]
    NotAuthorized(String),
}

impl Target {
    /// Reads the URL and resolves its host, or `connect_to` in its place. Anything but a loopback address
    /// needs `authorized`.
    pub fn new(url: &str, connect_to: Option<&str>, authorized: bool) -> Result<Self, TargetError> {
        let invalid = |why| TargetError::Url(url.into(), why);
        let rest = url.strip_prefix("https://").ok_or_else(|| invalid("expected https://HOST[:PORT][/PATH]"))?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if authority.is_empty() || authority.contains('@') || path.contains('#') {
            return Err(invalid("expected a host, without a user name and without a fragment"));
        }
        let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, "")) => (host, 443),
            Some((host, port)) => (host, digits(port.strip_prefix(':')).ok_or_else(|| invalid("invalid port"))?),
            None => match authority.split_once(':') {
                Some((host, port)) => (host, digits(Some(port)).ok_or_else(|| invalid("invalid port"))?),
                None => (authority, 443),
            },
        };
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let address = resolve(connect_to, host, port)?;
        if !address.ip().is_loopback() && !authorized {
            return Err(TargetError::NotAuthorized(host.into()));
        }
        let host = host.to_ascii_lowercase();
        Ok(Self { host, port, path, address, connected_to: connect_to.is_some() })
    }

    /// As `Host` writes it: the default port is left out.
    #[must_use]
    pub fn authority(&self) -> String {
        self.authority_of(&self.host)
    }

    /// The same port, another name.
    #[must_use]
    pub fn authority_of(&self, host: &str) -> String {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        if self.port == 443 { host } else { format!("{host}:{}", self.port) }
    }

    /// The site's origin.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("https://{}", self.authority())
    }

    /// The address of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// A name beside the site's under the same parent: `blog.example.com` for `app.example.com`.
    #[must_use]
    pub fn sibling(&self) -> String {
        match self.host.split_once('.') {
            Some((_, parent)) if parent.contains('.') => format!("countersign-sibling.{parent}"),
            _ => format!("countersign-sibling.{}", self.host),
        }
    }
}

fn digits(text: Option<&str>) -> Option<u16> {
    text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit())).and_then(|text| text.parse().ok())
}

fn resolve(connect_to: Option<&str>, host: &str, port: u16) -> Result<SocketAddr, TargetError> {
    let failed = |name: &str, error: String| TargetError::Resolve(name.into(), error);
    let found = match connect_to {
        Some(address) => {
            address.to_socket_addrs().map_err(|error| failed(address, format!("{error}; expected HOST:PORT")))?.next()
        }
        None => (host, port).to_socket_addrs().map_err(|error| failed(host, error.to_string()))?.next(),
    };
    found.ok_or_else(|| failed(connect_to.unwrap_or(host), "it has no address".into()))
}

/// What the owner told about the site.
#[derive(Clone, Debug)]
pub struct Site {
    /// A page for people, that sets the CSRF cookie.
    pub page: String,
    /// A page that shows who is signed in.
    pub whoami: String,
    /// What takes a write. Where it is not named the page's own form is looked for.
    pub endpoint: Option<String>,
    /// How it is asked.
    pub method: String,
    /// The form's fields; `{canary}` in a value stands for a word that is new in each request.
    pub fields: Vec<(String, String)>,
    /// A JSON body instead.
    pub json: Option<String>,
    /// A page that shows what was written.
    pub read_back: Option<String>,
    /// Sent along with every request of the certificate's holder.
    pub cookies: Vec<(String, String)>,
    /// A password login, beside the certificate.
    pub login: Option<String>,
    /// What it is told.
    pub login_fields: Vec<(String, String)>,
    /// A WebSocket.
    pub websocket: Option<String>,
    /// Paths that are exempt from the CSRF check.
    pub exempt: Vec<String>,
    /// `csrftoken`, unless the project calls it otherwise.
    pub csrf_cookie: String,
    /// `X-CSRFToken`, likewise.
    pub csrf_header: String,
    /// `csrfmiddlewaretoken`, likewise.
    pub csrf_field: String,
    /// `sessionid`, likewise.
    pub session_cookie: String,
    /// Other sites that may write here, by their origins.
    pub trusted_origins: Vec<String>,
    /// Headers that the app reads the identity from, beside the known ones.
    pub identity_headers: Vec<String>,
    /// Another name that is served at the same address.
    pub other_host: Option<String>,
    /// Where plain http is served, `HOST:PORT`; of the same host.
    pub plain_http: Option<SocketAddr>,
    /// Send what changes state, not a marker that the app ignores.
    pub unsafe_methods: bool,
}

/// How it is asked.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Requests per second; 0 is no limit.
    pub rate: u32,
    /// For a connection and for an answer.
    pub timeout: Duration,
    /// How long a request that may hang is waited for.
    pub hang: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_one_host() {
        let target = Target::new("https://LOCALHOST:8443/a?b", Some("127.0.0.1:1"), false).unwrap();
        assert_eq!((target.authority().as_str(), target.path.as_str()), ("localhost:8443", "/a?b"));
        let target = Target::new("https://[::1]", None, false).unwrap();
        assert_eq!((target.origin().as_str(), target.path.as_str()), ("https://[::1]", "/"));
        for bad in
            ["http://localhost/", "https://", "https://a@localhost/", "https://localhost:x/", "https://localhost/#a"]
        {
            assert!(matches!(Target::new(bad, None, true), Err(TargetError::Url(..))), "{bad}");
        }
    }

    #[test]
    fn only_loopback_is_free() {
        let far = Target::new("https://app.example.com/", Some("192.0.2.1:443"), false).unwrap_err();
        assert!(far.to_string().contains("--i-am-authorized"), "{far}");
        assert!(Target::new("https://app.example.com/", Some("192.0.2.1:443"), true).is_ok());
        assert!(Target::new("https://app.example.com/", Some("127.0.0.1:443"), false).is_ok());
    }

    #[test]
    fn siblings_are_of_the_same_parent() {
        let of = |host: &str| Target::new(&format!("https://{host}/"), Some("127.0.0.1:1"), false).unwrap().sibling();
        assert_eq!(of("app.example.com"), "countersign-sibling.example.com");
        assert_eq!(of("example.com"), "countersign-sibling.example.com");
        assert_eq!(of("localhost"), "countersign-sibling.localhost");
    }
}
