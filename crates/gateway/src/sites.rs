//! The sites, ready to serve, and the way from a host name to one.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use countersign_assertion::Minter;
use countersign_core::{ClientMode, ProtectedNames, Site};
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    server::{ClientHello, NoClientAuth, ResolvesServerCert, ServerSessionMemoryCache, WebPkiClientVerifier},
    sign::CertifiedKey,
};

use crate::{IdentityFormat, SiteSettings, Trust, Upstream, verifier::KeyHolder};

/// Sessions that a site keeps for resumption. Each site has its own store: one shared by sites
/// with different trust resumes a client of the one as a client of the other (CVE-2025-23419).
const SESSIONS: usize = 4_096;

/// A site, ready to serve.
#[derive(Debug)]
pub(crate) struct ReadySite {
    pub(crate) name: Box<str>,
    pub(crate) policy: Site,
    pub(crate) trust: Option<Arc<Trust>>,
    pub(crate) tls: Arc<ServerConfig>,
    pub(crate) upstream: Upstream,
    pub(crate) identity: Vec<IdentityFormat>,
    pub(crate) protected: ProtectedNames,
    pub(crate) assertion: Arc<Minter>,
}

/// All sites, by host name.
#[derive(Debug)]
pub(crate) struct Sites {
    all: Vec<Arc<ReadySite>>,
    exact: HashMap<Box<str>, usize>,
    /// By the name without its first label, with the dot.
    wildcard: HashMap<Box<str>, usize>,
    /// Ends the handshake of a client that names no site.
    pub(crate) nobody: Arc<ServerConfig>,
}

/// Why a site cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SiteError {
    /// Certificate and key cannot be used by TLS.
    #[error("site {site}: the server certificate or its key cannot be used: {source}")]
    Tls {
        /// Its first host.
        site: Box<str>,
        /// What TLS says.
        source: rustls::Error,
    },
    /// Clients are to be identified, and there is no trust to judge them by.
    #[error("site {site}: client mode {mode} needs a trust")]
    NoTrust {
        /// Its first host.
        site: Box<str>,
        /// The mode.
        mode: &'static str,
    },
}

impl Sites {
    pub(crate) fn new(sites: Vec<SiteSettings>) -> Result<Self, SiteError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let (mut all, mut exact, mut wildcard) = (Vec::new(), HashMap::new(), HashMap::new());
        for (index, site) in sites.into_iter().enumerate() {
            for host in &site.policy.hosts {
                let map = if host.is_wildcard() { &mut wildcard } else { &mut exact };
                map.insert(host.name().into(), index);
            }
            all.push(Arc::new(ready(site, &provider)?));
        }
        let nobody = server_config(Arc::new(NoClientAuth), Arc::new(NoCertificate), &provider)
            .map_err(|source| SiteError::Tls { site: "(none)".into(), source })?;
        Ok(Self { all, exact, wildcard, nobody })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<ReadySite>> {
        self.all.iter()
    }

    /// The site and its position. A client that names none (it was told an address) gets the site
    /// that lists the address it connected to; there is no default site.
    pub(crate) fn find(&self, server_name: Option<&str>, local: IpAddr) -> Option<(usize, &Arc<ReadySite>)> {
        let index = match server_name {
            Some(name) => {
                let name = name.to_ascii_lowercase();
                let parent = name.find('.').and_then(|dot| name.get(dot..));
                *self.exact.get(name.as_str()).or_else(|| self.wildcard.get(parent?))?
            }
            None => {
                let literal = match local.to_canonical() {
                    IpAddr::V4(v4) => v4.to_string(),
                    IpAddr::V6(v6) => format!("[{v6}]"),
                };
                *self.exact.get(literal.as_str())?
            }
        };
        Some((index, self.all.get(index)?))
    }
}

fn ready(site: SiteSettings, provider: &Arc<CryptoProvider>) -> Result<ReadySite, SiteError> {
    let SiteSettings { policy, certificate, key, upstream, trust, identity, protected, assertion } = site;
    let name: Box<str> = policy.name().into();
    let tls_error = |source| SiteError::Tls { site: name.clone(), source };
    let verifier = match (policy.client, &trust) {
        (ClientMode::Off, _) => WebPkiClientVerifier::no_client_auth(),
        (mode, Some(trust)) => Arc::new(KeyHolder::new(Arc::clone(trust), mode, Arc::clone(provider))),
        (mode, None) => return Err(SiteError::NoTrust { site: name, mode: mode.code() }),
    };
    let key = CertifiedKey::from_der(certificate, key, provider).map_err(tls_error)?;
    let tls = server_config(verifier, Arc::new(OneCertificate(Arc::new(key))), provider).map_err(tls_error)?;
    Ok(ReadySite { name, policy, trust, tls, upstream, identity, protected, assertion })
}

fn server_config(
    verifier: Arc<dyn rustls::server::danger::ClientCertVerifier>,
    certificate: Arc<dyn ResolvesServerCert>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(certificate);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.session_storage = ServerSessionMemoryCache::new(SESSIONS);
    // Without the extended master secret a TLS 1.2 session can be lifted onto another connection
    // (RFC 7627, triple handshake).
    config.require_ems = true;
    Ok(Arc::new(config))
}

#[derive(Debug)]
struct OneCertificate(Arc<CertifiedKey>);

impl ResolvesServerCert for OneCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
struct NoCertificate;

impl ResolvesServerCert for NoCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        None
    }
}
