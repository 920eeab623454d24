//! What the admin address tells of what is configured, read when it is asked: after a reload it is
//! the new state, and nothing has to be kept in step.

use std::collections::BTreeMap;

use countersign_core::UnixTime;

use crate::sites::Sites;

/// What is in force now. Holds nothing secret, and no keys but public ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    /// One for each site and each trust: the certificate that ends first.
    pub(crate) certificates: Vec<CertificateEnd>,
    /// The revocation lists of each trust.
    pub(crate) crls: Vec<CrlState>,
    /// The assertion keys of each site that signs assertions.
    pub(crate) keys: Vec<SiteKeys>,
}

/// When a certificate ends.
#[derive(Clone, Debug)]
pub(crate) struct CertificateEnd {
    pub(crate) owner: Owner,
    pub(crate) not_after: UnixTime,
}

/// Whose it is.
#[derive(Clone, Debug)]
pub(crate) enum Owner {
    /// A site shows it.
    Site(Box<str>),
    /// A trust holds it.
    Trust(Box<str>),
}

/// A revocation list in use.
#[derive(Clone, Debug)]
pub(crate) struct CrlState {
    pub(crate) trust: Box<str>,
    /// One name for each list of a trust.
    pub(crate) name: Box<str>,
    pub(crate) this_update: UnixTime,
    pub(crate) next_update: Option<UnixTime>,
    pub(crate) entries: usize,
}

/// The assertion keys of a site.
#[derive(Clone, Debug)]
pub(crate) struct SiteKeys {
    /// Its name, which is its first host.
    pub(crate) site: Box<str>,
    pub(crate) jwks: Jwks,
}

/// What may be told of keys.
#[cfg_attr(not(test), expect(dead_code, reason = "filled by the assertion, which is to come"))]
#[derive(Clone, Debug)]
pub(crate) enum Jwks {
    /// ES256: the JWK Set with the public keys.
    Public(String),
    /// HS256: nothing.
    Secret,
}

impl Snapshot {
    /// That of these sites.
    pub(crate) fn of(sites: &Sites) -> Self {
        let servers = sites.iter().filter_map(|site| {
            Some(CertificateEnd { owner: Owner::Site(site.name.clone()), not_after: site.certificate_ends? })
        });
        // Sites share trusts.
        let trusts: BTreeMap<&str, UnixTime> =
            sites.iter().filter_map(|site| site.trust.as_ref()).map(|trust| (trust.name(), trust.ends())).collect();
        let cas =
            trusts.into_iter().map(|(name, not_after)| CertificateEnd { owner: Owner::Trust(name.into()), not_after });
        Self { certificates: servers.chain(cas).collect(), crls: Vec::new(), keys: Vec::new() }
    }
}
