//! Which of the CRLs that an operator lists count.
//!
//! Signatures are checked here where the issuer is a CA of the trust. Of one issuer, key and scope
//! the newest stays: the one with the later thisUpdate and the higher number, which must be the
//! same one. If they are not, or two are of one rank and differ, a CA was restored from a backup or
//! somebody plays; which one is right cannot be told, so neither counts.

use std::{collections::HashMap, sync::Arc};

use countersign_core::UnixTime;

use super::{Crl, DenyList, Number, Revocation, Stale};
use crate::Trust;

/// A CRL and the file that it came from.
#[derive(Clone, Debug)]
pub struct LoadedCrl {
    /// The CRL.
    pub crl: Arc<Crl>,
    /// As the configuration names it.
    pub file: Box<str>,
}

/// Why CRLs are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationError {
    /// Forged, broken, or of a CA that shares its name with one of the trust.
    #[error("the CRL of {issuer} in {file:?} was not signed by the key of the CA of that name in ca")]
    Signature {
        /// RFC 4514.
        issuer: String,
        /// Of the CRL.
        file: String,
    },
    /// keyUsage of the CA leaves out cRLSign.
    #[error("the CRL of {issuer} in {file:?} counts for nothing: its CA may not sign CRLs (keyUsage)")]
    MayNotSign {
        /// RFC 4514.
        issuer: String,
        /// Of the CRL.
        file: String,
    },
    /// Two that cannot be ordered.
    #[error("two CRLs of {issuer}, in {file:?} and {other:?}, {why}, so nobody can tell which one counts")]
    Contradiction {
        /// RFC 4514.
        issuer: String,
        /// Of one CRL.
        file: String,
        /// Of the other.
        other: String,
        /// How they contradict each other.
        why: &'static str,
    },
}

impl RevocationError {
    /// The file that it is about.
    #[must_use]
    pub fn file(&self) -> &str {
        match self {
            Self::Signature { file, .. } | Self::MayNotSign { file, .. } | Self::Contradiction { file, .. } => file,
        }
    }
}

/// What CRLs of one issuer, key and scope are ordered by.
pub(super) fn rank(crl: &Crl) -> (UnixTime, Option<&Number>) {
    (crl.this_update(), crl.number())
}

impl Revocation {
    /// For the clients of this trust.
    ///
    /// # Errors
    /// Every CRL that cannot count.
    pub fn new(
        trust: &Trust,
        lists: Vec<LoadedCrl>,
        stale: Stale,
        deny: DenyList,
        now: UnixTime,
    ) -> Result<Self, Vec<RevocationError>> {
        let mut errors = Vec::new();
        let mut by_issuer: HashMap<Box<[u8]>, Vec<LoadedCrl>> = HashMap::new();
        for list in lists {
            match signature(trust, &list) {
                Ok(()) => by_issuer.entry(list.crl.issuer_name().into()).or_default().push(list),
                Err(error) => errors.push(error),
            }
        }
        for lists in by_issuer.values_mut() {
            lists.sort_by(|a, b| rank(&b.crl).cmp(&rank(&a.crl)));
            keep_newest(lists, now, &mut errors);
        }
        if errors.is_empty() { Ok(Self { lists: by_issuer, stale, deny }) } else { Err(errors) }
    }

    /// The CAs of the trust that no CRL is signed by: whoever they issued is refused.
    pub fn uncovered<'t>(&self, trust: &'t Trust) -> Vec<&'t str> {
        if self.lists.is_empty() {
            return Vec::new();
        }
        let covered = |name: &[u8], spki: &[u8]| {
            self.lists.get(name).is_some_and(|lists| lists.iter().any(|list| list.crl.signed_by(spki)))
        };
        let anchors = trust.anchors.iter().filter(|ca| !covered(&ca.raw.subject, &ca.raw.spki));
        anchors.map(|ca| ca.subject.as_str()).collect()
    }

    /// What outdated CRLs mean.
    #[must_use]
    pub fn stale(&self) -> Stale {
        self.stale
    }
}

/// Checks the signature if a CA of the trust bears the issuer's name.
fn signature(trust: &Trust, list: &LoadedCrl) -> Result<(), RevocationError> {
    let (issuer, file) = (list.crl.issuer().to_owned(), list.file.to_string());
    let mut namesakes = trust.anchors.iter().filter(|ca| *ca.raw.subject == *list.crl.issuer_name()).peekable();
    if namesakes.peek().is_none() {
        return Ok(());
    }
    match namesakes.find(|ca| list.crl.signed_by(&ca.raw.spki)) {
        Some(ca) if ca.signs_crls() == Some(false) => Err(RevocationError::MayNotSign { issuer, file }),
        Some(_) => Ok(()),
        None => Err(RevocationError::Signature { issuer, file }),
    }
}

/// Leaves, of CRLs with one signer and scope, the newest that has begun and those that begin later.
/// Takes them newest first.
fn keep_newest(lists: &mut Vec<LoadedCrl>, now: UnixTime, errors: &mut Vec<RevocationError>) {
    let mut kept: Vec<LoadedCrl> = Vec::new();
    for list in lists.drain(..) {
        if kept.iter().any(|other| other.crl.content() == list.crl.content()) {
            continue;
        }
        // Without a known signer two CRLs may be of two CAs that share a name.
        let newer = kept.iter().filter(|other| {
            list.crl.signer().is_some()
                && other.crl.signer() == list.crl.signer()
                && other.crl.scope() == list.crl.scope()
        });
        let mut superseded = false;
        for newer in newer {
            if let Some(why) = contradiction(&newer.crl, &list.crl) {
                errors.push(RevocationError::Contradiction {
                    issuer: list.crl.issuer().into(),
                    file: list.file.to_string(),
                    other: newer.file.to_string(),
                    why,
                });
            }
            superseded |= newer.crl.this_update() <= now;
        }
        if !superseded {
            kept.push(list);
        }
    }
    *lists = kept;
}

/// Why two CRLs, the first of the higher rank, cannot both be right.
fn contradiction(newer: &Crl, older: &Crl) -> Option<&'static str> {
    match (newer.number(), older.number()) {
        (Some(a), Some(b)) if a == b => Some("bear the same number and differ"),
        (Some(a), Some(b)) if a < b => Some("are numbered against their dates"),
        (Some(_), Some(_)) => None,
        _ if newer.this_update() == older.this_update() => Some("bear the same date and cannot be ordered by number"),
        _ => None,
    }
}
