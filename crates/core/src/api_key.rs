//! API keys: a secret of a program beside its certificate, or in the place of one.
//!
//! A route may ask for a key with a scope ([`ApiKeyRule`]). The key is looked up by its public id, and
//! its hash compared in constant time; only then is told whether it was revoked, has ended, lacks the
//! scope or belongs to another client: who holds no key learns nothing about those that exist. An
//! unknown id and a wrong secret are one refusal, word for word.
//!
//! Invariant: a key counts only with its whole text, in the route's header, once. It is never looked
//! for in a query or a cookie, and never repeated: not in a refusal, a trace or `Debug`. Nothing is
//! noted of its use: the log has the id of each permitted request.

mod judge;
mod rule;
mod text;

use std::{collections::HashMap, fmt};

use subtle::ConstantTimeEq;

use crate::{AllowRule, Identity, UnixTime};

pub(crate) use judge::{judge, still_holds};
pub use rule::{ApiKeyRule, ApiKeyRuleError};
pub use text::{ApiKeyId, ApiKeyText};

/// What is known of one key.
#[derive(Clone)]
pub struct ApiKey {
    /// Its public part.
    pub id: ApiKeyId,
    /// What people call it.
    pub name: Box<str>,
    /// SHA-256 of the key.
    pub hash: [u8; 32],
    /// What it may be used for.
    pub scopes: Vec<Box<str>>,
    /// The first second at which it counts no more.
    pub expires: Option<UnixTime>,
    /// Whether it was taken back.
    pub revoked: bool,
    /// Whose it is; none: everybody's who has it.
    pub bound: Option<KeyBinding>,
}

impl ApiKey {
    /// Whether it may be used for this.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|own| **own == *scope)
    }

    /// Whether it has not ended and was not taken back.
    #[must_use]
    pub fn counts(&self, now: UnixTime) -> bool {
        !self.revoked && !self.has_expired(now)
    }

    pub(crate) fn has_expired(&self, now: UnixTime) -> bool {
        self.expires.is_some_and(|end| now >= end)
    }
}

/// The hash is no secret, but nobody needs it either.
impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey").field("id", &self.id).field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

/// The client that a key is worthless without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyBinding {
    /// SHA-256 of the one certificate.
    Certificate([u8; 32]),
    /// What a certificate says, which a renewed one says too.
    Identity(AllowRule),
}

impl KeyBinding {
    fn admits(&self, identity: &Identity) -> bool {
        match self {
            Self::Certificate(sha256) => *sha256 == identity.sha256,
            Self::Identity(rule) => rule.allows(identity),
        }
    }
}

/// As `key new` has it.
impl fmt::Display for KeyBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(sha256) => {
                f.write_str("certificate ")?;
                sha256.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::Identity(rule) => rule.fmt(f),
        }
    }
}

/// The keys of a site, by id.
#[derive(Clone, Debug, Default)]
pub struct ApiKeys(HashMap<ApiKeyId, ApiKey>);

impl ApiKeys {
    /// The key with this id, whoever asks.
    #[must_use]
    pub fn get(&self, id: ApiKeyId) -> Option<&ApiKey> {
        self.0.get(&id)
    }

    /// All keys, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &ApiKey> {
        self.0.values()
    }

    /// The key that a client sent. The same work is done for an id that there is not.
    fn find(&self, sent: &[u8]) -> Option<&ApiKey> {
        let text = ApiKeyText::parse(sent)?;
        let found = self.0.get(&text.id());
        let kept = found.map_or([0; 32], |key| key.hash);
        let same = bool::from(text.hash().ct_eq(&kept));
        found.filter(|_| same)
    }
}

/// Of two keys with one id the later counts.
impl FromIterator<ApiKey> for ApiKeys {
    fn from_iter<I: IntoIterator<Item = ApiKey>>(keys: I) -> Self {
        Self(keys.into_iter().map(|key| (key.id, key)).collect())
    }
}
