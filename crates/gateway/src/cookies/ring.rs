//! The keys that cookies of a site are sealed with.
//!
//! A site has a key set of its own, rotated as those of assertions are: a new key seals ten minutes
//! after it was made, so that every gateway that shares the file has read it by then, and an old one
//! opens for as long as it stands in the file. What seals is derived from the set's secret for this
//! one purpose, so that a set that is used for assertions by mistake signs nothing alike.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, LessSafeKey, UnboundKey};
use countersign_assertion::KeySet;
use countersign_core::UnixTime;

/// Characters of a key's name in a sealed value.
pub(super) const KEY_ID: usize = 8;

/// Says what the derived key is for.
const PURPOSE: &[u8] = b"countersign bound cookie v1";

/// The keys of one site.
pub struct CookieRing {
    keys: Vec<SealingKey>,
}

pub(super) struct SealingKey {
    pub(super) id: [u8; KEY_ID],
    use_from: UnixTime,
    pub(super) key: LessSafeKey,
}

impl CookieRing {
    /// None if the set holds keys that are no secrets (of ES256), or none at all.
    #[must_use]
    pub fn new(keys: &KeySet) -> Option<Self> {
        let keys: Option<Vec<_>> = keys
            .keys()
            .iter()
            .map(|key| {
                let id = key.kid().as_bytes().first_chunk::<KEY_ID>()?;
                let secret = key.derived(PURPOSE)?;
                let unbound = UnboundKey::new(&AES_256_GCM_SIV, &secret).ok()?;
                Some(SealingKey { id: *id, use_from: key.use_from(), key: LessSafeKey::new(unbound) })
            })
            .collect();
        keys.filter(|keys| !keys.is_empty()).map(|keys| Self { keys })
    }

    /// For a site that binds no cookie.
    #[must_use]
    pub fn empty() -> Self {
        Self { keys: Vec::new() }
    }

    /// The latest whose time has come; the earliest if none has, because the clock was set back.
    pub(super) fn sealer(&self, now: UnixTime) -> Option<&SealingKey> {
        let due = self.keys.iter().filter(|key| key.use_from <= now).max_by_key(|key| key.use_from);
        due.or_else(|| self.keys.iter().min_by_key(|key| key.use_from))
    }

    /// Those of this name; there is hardly ever more than one.
    pub(super) fn named<'r>(&'r self, id: &'r [u8]) -> impl Iterator<Item = &'r SealingKey> {
        self.keys.iter().filter(move |key| key.id == id)
    }
}

impl fmt::Debug for CookieRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CookieRing").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}
