//! What the admin address tells of what is configured, read when it is asked: after a reload it is
//! the new state, and nothing has to be kept in step.

use std::collections::BTreeMap;

use countersign_core::UnixTime;

use crate::{
    Trust,
    sites::{ReadySite, Sites},
};

/// What is in force now. Holds nothing secret, and no keys but public ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    /// One for each site and each trust: the certificate that ends first.
    pub(crate) certificates: Vec<CertificateEnd>,
    /// The revocation lists of each trust.
    pub(crate) crls: Vec<CrlState>,
    /// How many entries the deny list of each trust has.
    pub(crate) denied: Vec<(Box<str>, usize)>,
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

/// The revocation lists of one issuer in one file.
#[derive(Clone, Debug)]
pub(crate) struct CrlState {
    pub(crate) trust: Box<str>,
    pub(crate) file: Box<str>,
    pub(crate) issuer: Box<str>,
    /// Of the oldest one.
    pub(crate) this_update: UnixTime,
    /// Of the one that is stale first.
    pub(crate) next_update: UnixTime,
    pub(crate) entries: usize,
}

impl CrlState {
    pub(crate) fn labels(&self) -> [(&'static str, &str); 3] {
        [("trust", &self.trust), ("file", &self.file), ("issuer", &self.issuer)]
    }
}

/// The assertion keys of a site.
#[derive(Clone, Debug)]
pub(crate) struct SiteKeys {
    /// Its name, which is its first host.
    pub(crate) site: Box<str>,
    pub(crate) jwks: Jwks,
}

/// What may be told of keys.
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
        let trusts: BTreeMap<&str, &Trust> =
            sites.iter().flat_map(|site| &site.trusts).map(|trust| (trust.name(), &**trust)).collect();
        let cas = trusts
            .iter()
            .map(|(name, trust)| CertificateEnd { owner: Owner::Trust((*name).into()), not_after: trust.ends() });
        Self {
            certificates: servers.chain(cas).collect(),
            crls: trusts.values().flat_map(|trust| crls(trust)).collect(),
            denied: trusts.iter().map(|(name, trust)| ((*name).into(), trust.revocation().denied())).collect(),
            keys: sites.iter().map(|site| keys(site)).collect(),
        }
    }
}

fn keys(site: &ReadySite) -> SiteKeys {
    let jwks = site.assertion.keys().public_jwks().map_or(Jwks::Secret, Jwks::Public);
    SiteKeys { site: site.name.clone(), jwks }
}

/// An issuer may divide its revocations among lists (RFC 5280 section 5.2.5); two series of the same
/// labels would void the whole answer.
fn crls(trust: &Trust) -> Vec<CrlState> {
    let mut found: BTreeMap<(&str, &str), CrlState> = BTreeMap::new();
    for crl in trust.revocation().crls() {
        let state = found.entry((crl.file, crl.issuer)).or_insert_with(|| CrlState {
            trust: trust.name().into(),
            file: crl.file.into(),
            issuer: crl.issuer.into(),
            this_update: crl.this_update,
            next_update: crl.next_update,
            entries: 0,
        });
        state.this_update = state.this_update.min(crl.this_update);
        state.next_update = state.next_update.min(crl.next_update);
        state.entries += crl.entries;
    }
    found.into_values().collect()
}
