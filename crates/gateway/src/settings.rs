//! What the gateway is told: checked values only, nothing optional that is needed.

use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use countersign_assertion::Minter;
use countersign_core::{ProtectedNames, Site};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::{CookiePolicy, IdentityFormat, Trust};

/// Everything the gateway needs to run.
#[derive(Debug)]
pub struct Settings {
    /// Where mutual TLS is accepted; port 0 picks a free one.
    pub https: Vec<SocketAddr>,
    /// Where GET and HEAD in clear are sent on to https, and nothing else is done.
    pub http: Vec<SocketAddr>,
    /// Where health, metrics and public keys are told, in clear and to everybody who reaches it:
    /// loopback, unless the operator knows better. Port 0 picks a free one.
    pub admin: Option<SocketAddr>,
    /// Worker threads; 0: one per core.
    pub workers: usize,
    /// Whether permitted requests are logged too; refusals always are.
    pub access_log: bool,
    /// Limits on what a peer can make the gateway hold or wait for.
    pub limits: Limits,
    /// The sites, whose host patterns do not overlap.
    pub sites: Vec<SiteSettings>,
}

/// One site.
#[derive(Debug)]
pub struct SiteSettings {
    /// What core decides by.
    pub policy: Site,
    /// Server certificate, leaf first.
    pub certificate: Vec<CertificateDer<'static>>,
    /// Its private key.
    pub key: PrivateKeyDer<'static>,
    /// The app.
    pub upstream: Upstream,
    /// The CAs for client certificates, by [`TrustIndex`](countersign_core::TrustIndex): first the
    /// site's own, then those of its routes. None only if the client mode is `off`.
    pub trusts: Vec<Arc<Trust>>,
    /// How the identity is told to the app.
    pub identity: Vec<IdentityFormat>,
    /// Which headers a client may not set.
    pub protected: ProtectedNames,
    /// For how many seconds browsers are told to use https alone (RFC 6797), where the app says
    /// nothing of it; 0: nothing is said.
    pub hsts: u32,
    /// What signs the statement to the app that each of its requests carries.
    pub assertion: Arc<Minter>,
    /// Which cookies are bound, and how cookies are repaired.
    pub cookies: Arc<CookiePolicy>,
}

/// Limits on what a peer can make the gateway hold or wait for. The defaults are safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From TCP accept to the end of the TLS handshake.
    pub handshake_timeout: Duration,
    /// From the first byte of a request head to its last.
    pub header_timeout: Duration,
    /// A connection without a request.
    pub idle_timeout: Duration,
    /// Between two reads of a request body, and between two writes of an answer.
    pub body_timeout: Duration,
    /// From the first byte sent to the app to the head of its answer.
    pub upstream_timeout: Duration,
    /// To connect to the app.
    pub connect_timeout: Duration,
    /// A WebSocket on which nothing moves.
    pub tunnel_idle_timeout: Duration,
    /// How long a stopping gateway waits for requests under way.
    pub drain_timeout: Duration,
    /// Bytes of a request head.
    pub max_header_bytes: usize,
    /// Fields of a request head.
    pub max_headers: usize,
    /// Bytes of a request body.
    pub max_body_bytes: u64,
    /// Bytes of a form that are held until its token is known; of a larger one the beginning.
    pub max_form_bytes: usize,
    /// Connections at once, over all listeners.
    pub max_connections: usize,
    /// Requests at once on one HTTP/2 connection.
    pub max_streams: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            body_timeout: Duration::from_secs(30),
            upstream_timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(5),
            tunnel_idle_timeout: Duration::from_secs(3_600),
            drain_timeout: Duration::from_secs(30),
            max_header_bytes: 32_768,
            max_headers: 100,
            max_body_bytes: 104_857_600,
            max_form_bytes: 262_144,
            max_connections: 20_000,
            max_streams: 100,
        }
    }
}

/// Where the app listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Upstream {
    /// `http://host:port`
    Tcp {
        /// Name or address, without brackets.
        host: Box<str>,
        /// Port; 80 if none was written.
        port: u16,
    },
    /// `unix:/run/app.sock`
    Unix(PathBuf),
}

/// Why an upstream is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UpstreamError {
    /// `https://` and others.
    #[error("an upstream is http://HOST:PORT or unix:/PATH; TLS to the app is not available yet")]
    Scheme,
    /// Not a host.
    #[error("the host of the upstream is no host name or address: {0}")]
    Host(countersign_core::HostError),
    /// A path, query or user name.
    #[error("an upstream has no path: requests are forwarded with the path they came with")]
    Path,
    /// `unix:` without an absolute path.
    #[error("a Unix socket is named by its absolute path, unix:/run/app.sock")]
    Socket,
}

impl Upstream {
    /// Its port, if it has one.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        match self {
            Self::Tcp { port, .. } => Some(*port),
            Self::Unix(_) => None,
        }
    }
}

impl FromStr for Upstream {
    type Err = UpstreamError;

    fn from_str(text: &str) -> Result<Self, UpstreamError> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = PathBuf::from(path);
            return if path.is_absolute() { Ok(Self::Unix(path)) } else { Err(UpstreamError::Socket) };
        }
        let rest = text.strip_prefix("http://").ok_or(UpstreamError::Scheme)?;
        if rest.contains(['/', '?', '#']) {
            return Err(UpstreamError::Path);
        }
        let host = countersign_core::Host::parse(rest.as_bytes()).map_err(UpstreamError::Host)?;
        let name = host.name().trim_start_matches('[').trim_end_matches(']');
        Ok(Self::Tcp { host: name.into(), port: host.port().unwrap_or(80) })
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "http://[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "http://{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstreams() {
        for text in ["http://127.0.0.1:8000", "http://[::1]:8000", "http://app:80", "unix:/run/app.sock"] {
            assert_eq!(text.parse::<Upstream>().unwrap().to_string(), text);
        }
        assert_eq!("http://app".parse::<Upstream>().unwrap().to_string(), "http://app:80");
        for (text, error) in [
            ("https://app", UpstreamError::Scheme),
            ("127.0.0.1:8000", UpstreamError::Scheme),
            ("http://app/x", UpstreamError::Path),
            ("unix:app.sock", UpstreamError::Socket),
        ] {
            assert_eq!(text.parse::<Upstream>(), Err(error), "{text}");
        }
        assert!(matches!("http://u@app".parse::<Upstream>(), Err(UpstreamError::Host(_))));
    }
}
