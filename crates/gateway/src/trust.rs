//! A trust: which CAs vouch for clients.
//!
//! Checked in full when it is built, because webpki takes an anchor for a name and a key only: an
//! expired root, or one that is no CA, would be accepted (RFC 5280 section 6.1.1 leaves that to the
//! application). A trust without CAs is an error, never "everybody" or "the system's roots"
//! (CVE-2026-27586).

use countersign_core::UnixTime;
use der::{Decode, Encode};
use rustls::{
    DistinguishedName,
    pki_types::{CertificateDer, TrustAnchor},
};
use x509_cert::Certificate;

use crate::{DenyList, Revocation, certificate, link};

/// A named set of client CAs with its limits.
#[derive(Clone, Debug)]
pub struct Trust {
    name: Box<str>,
    max_depth: usize,
    pub(crate) anchors: Vec<TrustAnchor<'static>>,
    cas: Vec<Ca>,
    revocation: Revocation,
}

/// A CA of the trust, as far as webpki's anchor does not tell.
#[derive(Clone, Debug)]
pub(crate) struct Ca {
    pub(crate) subject: String,
    not_after: UnixTime,
    /// Name, DER.
    pub(crate) name: Vec<u8>,
    /// SubjectPublicKeyInfo, DER.
    pub(crate) spki: Vec<u8>,
    /// cRLSign, if there is a keyUsage.
    pub(crate) signs_crls: Option<bool>,
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
        let mut trust = Self {
            name: name.into(),
            max_depth,
            anchors: Vec::new(),
            cas: Vec::new(),
            revocation: Revocation::default(),
        };
        let mut errors = Vec::new();
        for (index, der) in cas.iter().enumerate() {
            match usable(der, now) {
                Ok((anchor, ca)) => {
                    trust.anchors.push(anchor);
                    trust.cas.push(ca);
                }
                Err(why) => errors.push(TrustError::Certificate { index: index + 1, why }),
            }
        }
        if cas.is_empty() {
            errors.push(TrustError::Empty);
        }
        if errors.is_empty() { Ok(trust) } else { Err(errors) }
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

    /// Its CAs.
    pub(crate) fn issuers(&self) -> impl Iterator<Item = &Ca> {
        self.cas.iter()
    }

    /// The subjects of its CAs, for people; a long list is cut.
    pub(crate) fn accepted(&self) -> String {
        const SHOWN: usize = 4;
        let mut text = self.cas.iter().take(SHOWN).map(|ca| ca.subject.as_str()).collect::<Vec<_>>().join(" or ");
        if self.cas.len() > SHOWN {
            text.push_str(" or another CA of the trust");
        }
        text
    }

    /// When this anchor ends. One that is not ours has ended.
    pub(crate) fn anchor_not_after(&self, anchor: &TrustAnchor<'_>) -> UnixTime {
        self.ca(anchor).map_or(UnixTime(0), |ca| ca.not_after)
    }

    /// cRLSign of this anchor, if it has a keyUsage. One that is not ours may not.
    pub(crate) fn anchor_signs_crls(&self, anchor: &TrustAnchor<'_>) -> Option<bool> {
        self.ca(anchor).map_or(Some(false), |ca| ca.signs_crls)
    }

    fn ca(&self, anchor: &TrustAnchor<'_>) -> Option<&Ca> {
        let position = self.anchors.iter().position(|ours| {
            ours.subject == anchor.subject && ours.subject_public_key_info == anchor.subject_public_key_info
        })?;
        self.cas.get(position)
    }

    /// The names by which a browser chooses a certificate (RFC 8446 section 4.2.4).
    pub(crate) fn hints(&self) -> Vec<DistinguishedName> {
        self.anchors.iter().map(|anchor| DistinguishedName::in_sequence(&anchor.subject)).collect()
    }
}

fn usable(der: &CertificateDer<'static>, now: UnixTime) -> Result<(TrustAnchor<'static>, Ca), String> {
    let facts = certificate::read(der).map_err(|e| e.to_string())?;
    let subject = facts.identity.subject;
    if !facts.is_ca {
        return Err(format!("{subject:?} is no CA certificate (basicConstraints)"));
    }
    if facts.signs_certificates == Some(false) {
        return Err(format!("{subject:?} may not sign certificates (keyUsage)"));
    }
    let not_after = facts.identity.not_after;
    if now > not_after {
        return Err(format!("{subject:?} expired on {not_after}"));
    }
    let anchor = webpki::anchor_from_trusted_cert(der).map_err(|e| format!("{subject:?}: {e}"))?.to_owned();
    let read = || {
        let cert = Certificate::from_der(der)?;
        let name = cert.tbs_certificate().subject().to_der()?;
        let spki = cert.tbs_certificate().subject_public_key_info().to_der()?;
        Ok::<_, der::Error>((name, spki, link::may_sign_crls(&cert)?))
    };
    let (name, spki, signs_crls) = read().map_err(|e| format!("{subject:?}: {e}"))?;
    Ok((anchor, Ca { subject, not_after, name, spki, signs_crls }))
}
