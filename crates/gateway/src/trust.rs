//! A trust: which CAs vouch for clients.
//!
//! Checked in full when it is built, because RFC 5280 section 6.1.1 takes an anchor for a name and a
//! key only and leaves the rest to the application: refused are an expired root, one that is no CA or
//! not for clients, a weak key, a critical extension that is not understood, and name constraints
//! that cannot be read. What it says beyond that (pathLenConstraint, name constraints, validity)
//! binds every chain below it. A root that is not valid yet may stay in the file, so that the next CA
//! can be distributed early; until then `judge` refuses what it issued. A root's own signature is not
//! checked: whoever configured it vouches for it. A trust without CAs is an error, never "everybody"
//! or "the system's roots" (CVE-2026-27586).

use std::sync::Arc;

use countersign_core::UnixTime;
use rustls::{DistinguishedName, pki_types::CertificateDer};
use x509_cert::ext::pkix::KeyUsage;

use crate::{
    DenyList, Revocation,
    certificate::{Content, Parsed, Raw},
    chain,
};

/// A named set of client CAs with its limits, its CRLs and its deny list.
#[derive(Clone, Debug)]
pub struct Trust {
    name: Box<str>,
    max_depth: usize,
    pub(crate) anchors: Arc<[Anchor]>,
    revocation: Revocation,
}

/// A CA that vouches for clients, read once.
#[derive(Debug)]
pub(crate) struct Anchor {
    pub(crate) der: CertificateDer<'static>,
    pub(crate) raw: Raw<'static>,
    pub(crate) content: Content,
    /// RFC 4514.
    pub(crate) subject: String,
}

/// Why a trust is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// No CA at all.
    #[error("there is no CA certificate in it")]
    Empty,
    /// The n-th certificate of the files, from 1.
    #[error("certificate {index} cannot be used as a CA: {why}")]
    Certificate {
        /// Position, from 1.
        index: usize,
        /// What is wrong with it.
        why: String,
    },
}

impl Trust {
    /// Checks the CAs. `max_depth` is how many CAs may stand between a client's certificate and
    /// one of these.
    ///
    /// # Errors
    /// Every CA that cannot be used.
    pub fn new(
        name: &str,
        cas: &[CertificateDer<'static>],
        max_depth: usize,
        now: UnixTime,
    ) -> Result<Self, Vec<TrustError>> {
        let mut anchors = Vec::new();
        let mut errors = Vec::new();
        for (index, der) in cas.iter().enumerate() {
            match usable(der, now) {
                Ok(anchor) => anchors.push(anchor),
                Err(why) => errors.push(TrustError::Certificate { index: index + 1, why }),
            }
        }
        if cas.is_empty() {
            errors.push(TrustError::Empty);
        }
        if errors.is_empty() {
            Ok(Self { name: name.into(), max_depth, anchors: anchors.into(), revocation: Revocation::default() })
        } else {
            Err(errors)
        }
    }

    /// Its name in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// CAs allowed between a leaf and the anchor.
    #[must_use]
    pub fn max_depth(&self) -> usize {
        self.max_depth
    }

    /// With the CRLs and the deny list that were made for it. Without, nothing is revoked.
    #[must_use]
    pub fn with_revocation(self, revocation: Revocation) -> Self {
        Self { revocation, ..self }
    }

    /// The same with another deny list.
    pub(crate) fn with_deny(&self, deny: DenyList) -> Self {
        let revocation = self.revocation.with_deny(deny);
        Self { revocation, ..self.clone() }
    }

    /// Its CRLs and its deny list.
    #[must_use]
    pub fn revocation(&self) -> &Revocation {
        &self.revocation
    }

    /// The subjects of its CAs, for people; a long list is cut.
    pub(crate) fn accepted(&self) -> String {
        const SHOWN: usize = 4;
        let shown = self.anchors.iter().take(SHOWN).map(|anchor| anchor.subject.as_str());
        let mut text = shown.collect::<Vec<_>>().join(" or ");
        if self.anchors.len() > SHOWN {
            text.push_str(" or another CA of the trust");
        }
        text
    }

    /// When the first of its CAs ends.
    pub(crate) fn ends(&self) -> UnixTime {
        self.anchors.iter().map(|anchor| anchor.content.not_after).min().unwrap_or(UnixTime(0))
    }

    /// The names by which a browser chooses a certificate (RFC 8446 section 4.2.4).
    pub(crate) fn hints(&self) -> Vec<DistinguishedName> {
        self.anchors.iter().map(|anchor| DistinguishedName::from(anchor.raw.subject.to_vec())).collect()
    }
}

impl Anchor {
    /// cRLSign, if there is a keyUsage.
    pub(crate) fn signs_crls(&self) -> Option<bool> {
        self.content.usage.as_ref().map(KeyUsage::crl_sign)
    }
}

fn usable(der: &CertificateDer<'static>, now: UnixTime) -> Result<Anchor, String> {
    let Parsed { raw, content, .. } = Parsed::read(der).map_err(|e| e.to_string())?;
    let subject = content.subject().to_string();
    chain::check_anchor(&content).map_err(|why| format!("{subject:?} {why}"))?;
    chain::check_key(&raw).map_err(|why| format!("{subject:?} has {why}"))?;
    if now > content.not_after {
        return Err(format!("{subject:?} expired on {}", content.not_after));
    }
    if let Some(Err(why)) = &content.constraints {
        return Err(format!("{subject:?}: {why}"));
    }
    Ok(Anchor { der: der.clone(), raw: raw.into_owned(), content, subject })
}
