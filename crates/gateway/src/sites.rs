//! The sites, ready to serve, and the way from a host name to one.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use countersign_assertion::Minter;
use countersign_core::{ApiKeys, ClientMode, ProtectedNames, Site, UnixTime};
use http::HeaderValue;
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer},
    server::{ClientHello, NoClientAuth, ResolvesServerCert, ServerSessionMemoryCache, WebPkiClientVerifier},
    sign::CertifiedKey,
};
use sha2::{Digest, Sha256};

use crate::{
    CookiePolicy, DenyList, IdentityFormat, SiteSettings, Trust, Upstream, certificate,
    metrics::{Metrics, SiteMetrics},
    report::ReportCounts,
    verifier::KeyHolder,
};

/// Sessions that a site keeps for resumption. Each site has its own store: one shared by sites
/// with different trust resumes a client of the one as a client of the other (CVE-2025-23419).
const SESSIONS: usize = 4_096;

/// A site, ready to serve.
#[derive(Clone, Debug)]
pub(crate) struct ReadySite {
    pub(crate) name: Box<str>,
    pub(crate) policy: Site,
    /// By trust index; empty if no certificate is asked for.
    pub(crate) trusts: Vec<Arc<Trust>>,
    pub(crate) tls: Arc<ServerConfig>,
    same_tls: SameTls,
    /// When the first of its own certificates ends; none if that cannot be read.
    pub(crate) certificate_ends: Option<UnixTime>,
    pub(crate) metrics: Arc<SiteMetrics>,
    pub(crate) reports: Arc<ReportCounts>,
    pub(crate) upstream: Upstream,
    pub(crate) identity: Vec<IdentityFormat>,
    pub(crate) protected: ProtectedNames,
    /// `Strict-Transport-Security`, if anything is said of it.
    pub(crate) hsts: Option<HeaderValue>,
    pub(crate) assertion: Arc<Minter>,
    pub(crate) cookies: Arc<CookiePolicy>,
}

/// What a site's TLS is made of, to keep it, and with it the sessions of its clients, over a reload
/// that changes none of it. A session proves only which certificate a client holds the key of; what
/// that counts for is judged anew on every connection.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SameTls {
    certificate: Vec<CertificateDer<'static>>,
    key: [u8; 32],
    mode: ClientMode,
    hints: Vec<Box<[u8]>>,
}

/// All sites, by host name.
#[derive(Clone, Debug)]
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
    /// `before` are the sites that these replace.
    pub(crate) fn new(sites: Vec<SiteSettings>, before: Option<&Self>, metrics: &Metrics) -> Result<Self, SiteError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let (mut all, mut exact, mut wildcard) = (Vec::new(), HashMap::new(), HashMap::new());
        for (index, site) in sites.into_iter().enumerate() {
            for host in &site.policy.hosts {
                let map = if host.is_wildcard() { &mut wildcard } else { &mut exact };
                map.insert(host.name().into(), index);
            }
            all.push(Arc::new(ready(site, &provider, before, metrics)?));
        }
        let nobody = server_config(Arc::new(NoClientAuth), Arc::new(NoCertificate), &provider)
            .map_err(|source| SiteError::Tls { site: "(none)".into(), source })?;
        Ok(Self { all, exact, wildcard, nobody })
    }

    /// The same sites, with other deny lists in the trusts of these names.
    pub(crate) fn with_deny(&self, lists: &HashMap<String, DenyList>) -> Self {
        let trust = |trust: &Arc<Trust>| match lists.get(trust.name()) {
            Some(list) => Arc::new(trust.with_deny(list.clone())),
            None => Arc::clone(trust),
        };
        let all = self.all.iter().map(|site| {
            let trusts = site.trusts.iter().map(trust).collect();
            Arc::new(ReadySite { trusts, ..ReadySite::clone(site) })
        });
        Self { all: all.collect(), ..self.clone() }
    }

    /// The same sites, with other API keys in those of these names.
    pub(crate) fn with_api_keys(&self, keys: &HashMap<String, Arc<ApiKeys>>) -> Self {
        let all = self.all.iter().map(|site| match keys.get(&*site.name) {
            Some(keys) => {
                let policy = Site { api_keys: Arc::clone(keys), ..site.policy.clone() };
                Arc::new(ReadySite { policy, ..ReadySite::clone(site) })
            }
            None => Arc::clone(site),
        });
        Self { all: all.collect(), ..self.clone() }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<ReadySite>> {
        self.all.iter()
    }

    /// A client that names none (it was told an address) gets the site
    /// that lists the address it connected to; there is no default site.
    pub(crate) fn find(&self, server_name: Option<&str>, local: IpAddr) -> Option<&Arc<ReadySite>> {
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
        self.all.get(index)
    }
}

fn ready(
    site: SiteSettings,
    provider: &Arc<CryptoProvider>,
    before: Option<&Sites>,
    metrics: &Metrics,
) -> Result<ReadySite, SiteError> {
    let SiteSettings { policy, certificate, key, upstream, trusts, identity, protected, hsts, assertion, cookies } =
        site;
    let name: Box<str> = policy.name().into();
    let mode = policy.client;
    if mode != ClientMode::Off && trusts.is_empty() {
        return Err(SiteError::NoTrust { site: name, mode: mode.code() });
    }
    let ends: Option<Vec<UnixTime>> =
        certificate.iter().map(|der| Some(certificate::read(der).ok()?.identity.not_after)).collect();
    let same_tls = SameTls {
        certificate: certificate.clone(),
        key: Sha256::digest(key.secret_der()).into(),
        mode,
        hints: trusts.iter().flat_map(|trust| trust.hints()).map(|name| name.as_ref().into()).collect(),
    };
    let kept = before.and_then(|sites| sites.iter().find(|old| old.name == name && old.same_tls == same_tls));
    let tls = match kept {
        // In mode hard the handshake itself judges, so it must know the trusts of today.
        Some(old) if mode != ClientMode::Hard => Arc::clone(&old.tls),
        _ => tls(certificate, key, mode, &trusts, provider)
            .map_err(|source| SiteError::Tls { site: name.clone(), source })?,
    };
    let metrics = metrics.site(&name);
    Ok(ReadySite {
        reports: Arc::new(ReportCounts::new(&policy.routes, &metrics)),
        metrics,
        name,
        policy,
        trusts,
        tls,
        same_tls,
        certificate_ends: ends.and_then(|ends| ends.into_iter().min()),
        upstream,
        identity,
        protected,
        hsts: (hsts > 0).then(|| HeaderValue::try_from(format!("max-age={hsts}")).ok()).flatten(),
        assertion,
        cookies,
    })
}

fn tls(
    certificate: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    mode: ClientMode,
    trusts: &[Arc<Trust>],
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let verifier = match mode {
        ClientMode::Off => WebPkiClientVerifier::no_client_auth(),
        mode => Arc::new(KeyHolder::new(trusts.to_vec(), mode, Arc::clone(provider))),
    };
    let key = CertifiedKey::from_der(certificate, key, provider)?;
    server_config(verifier, Arc::new(OneCertificate(Arc::new(key))), provider)
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
