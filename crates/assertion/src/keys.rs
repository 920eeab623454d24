//! The keys of a site.
//!
//! A set is of one algorithm and holds at least one key. Each key says from when on it signs; of
//! those whose time has come the latest signs, so that a new key can be given to every app before
//! its first use. Refused: a key of another algorithm, a `kid` that is not the key's RFC 7638
//! thumbprint (two keys could otherwise bear one name), a `kid` that is there twice, members that
//! are unknown or repeated, a private key that does not belong to its public one.

mod jwk;

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    encoding::AsBigEndian,
    hmac,
    rand::{SecureRandom, SystemRandom},
    signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey},
};
use countersign_core::UnixTime;

use crate::{Algorithm, LEAD, OVERLAP};

/// Bytes of a new secret (RFC 7518 section 3.2 asks for as many as the hash has).
pub(crate) const SECRET: usize = 32;

/// The keys of one site, of one algorithm, at least one.
#[derive(Clone, Debug)]
pub struct KeySet {
    algorithm: Algorithm,
    keys: Vec<Arc<Key>>,
}

/// One key.
pub struct Key {
    kid: Box<str>,
    use_from: UnixTime,
    pub(crate) material: Material,
}

pub(crate) enum Material {
    Secret { bytes: Box<[u8]>, key: Box<hmac::Key> },
    Private { pair: EcdsaKeyPair, public: Box<[u8]> },
    Public { key: ParsedPublicKey, bytes: Box<[u8]> },
}

/// What a key is at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It will sign later.
    Next,
    /// It signs.
    Current,
    /// It was superseded at this time; what it signed is still accepted.
    Old(UnixTime),
}

impl KeyState {
    /// For people and programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Current => "current",
            Self::Old(_) => "old",
        }
    }
}

/// Why a key set is refused. Shows no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not a JWK Set as countersign writes it.
    #[error("it is no JWK Set as countersign writes it: {0}")]
    Format(String),
    /// An empty list.
    #[error("there is no key in it")]
    Empty,
    /// A key that cannot be used.
    #[error("key {index} cannot be used: {why}")]
    Key {
        /// Position, from 1.
        index: usize,
        /// What is wrong with it.
        why: String,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes for a key")]
    Random,
}

impl KeySet {
    /// A set of one new key, which signs from this time on.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn generate(algorithm: Algorithm, use_from: UnixTime) -> Result<Self, KeyError> {
        Ok(Self { algorithm, keys: vec![Arc::new(Key::generate(algorithm, use_from)?)] })
    }

    /// Reads a JWK Set. One of ES256 public keys can verify and not sign.
    ///
    /// # Errors
    /// [`KeyError`] for the first thing wrong with it.
    pub fn read(algorithm: Algorithm, text: &[u8]) -> Result<Self, KeyError> {
        Ok(Self { algorithm, keys: jwk::read(algorithm, text)? })
    }

    /// The set with its secrets: for the key file, and for nothing else.
    #[must_use]
    pub fn reveal(&self) -> String {
        jwk::write(&self.keys, true)
    }

    /// The public keys, for apps; none of HS256, whose keys are all secret.
    #[must_use]
    pub fn public_jwks(&self) -> Option<String> {
        (self.algorithm == Algorithm::Es256).then(|| jwk::write(&self.keys, false))
    }

    /// What its keys are for.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The keys, in the order of the file.
    #[must_use]
    pub fn keys(&self) -> &[Arc<Key>] {
        &self.keys
    }

    /// Whether each key can sign.
    #[must_use]
    pub fn signs(&self) -> bool {
        !self.keys.iter().any(|key| matches!(key.material, Material::Public { .. }))
    }

    /// The key of this name.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&Arc<Key>> {
        self.keys.iter().find(|key| *key.kid == *kid)
    }

    /// The key that signs now: the latest whose time has come. If none has (the clock was set
    /// back), the earliest: apps accept every key of the set, and a gateway that cannot sign would
    /// refuse everything.
    #[must_use]
    pub fn signer(&self, now: UnixTime) -> Option<&Arc<Key>> {
        let due = self.keys.iter().filter(|key| key.use_from <= now).max_by_key(|key| key.use_from);
        due.or_else(|| self.keys.iter().min_by_key(|key| key.use_from))
    }

    /// When the signer changes next.
    pub(crate) fn next_change(&self, now: UnixTime) -> UnixTime {
        let later = self.keys.iter().map(|key| key.use_from).filter(|from| *from > now).min();
        later.unwrap_or(UnixTime(i64::MAX))
    }

    /// What this key is now.
    #[must_use]
    pub fn state(&self, key: &Key, now: UnixTime) -> KeyState {
        match self.signer(now) {
            Some(signer) if signer.kid == key.kid => KeyState::Current,
            Some(_) if key.use_from <= now => {
                let after = self.keys.iter().map(|other| other.use_from).filter(|from| *from > key.use_from).min();
                KeyState::Old(after.unwrap_or(key.use_from))
            }
            _ => KeyState::Next,
        }
    }

    /// The set with one more key, which signs after every app had time to read it, and without
    /// those that were superseded so long ago that nothing they signed is alive.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn rotated(&self, now: UnixTime) -> Result<Self, KeyError> {
        self.rotated_keeping(now, OVERLAP)
    }

    /// The same for keys that are used longer than assertions live: those superseded for at most so
    /// many seconds stay.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn rotated_keeping(&self, now: UnixTime, overlap: i64) -> Result<Self, KeyError> {
        let kept = |key: &&Arc<Key>| match self.state(key, now) {
            KeyState::Old(since) => now.0.saturating_sub(since.0) <= overlap,
            KeyState::Current | KeyState::Next => true,
        };
        let mut keys: Vec<_> = self.keys.iter().filter(kept).cloned().collect();
        keys.push(Arc::new(Key::generate(self.algorithm, UnixTime(now.0.saturating_add(LEAD)))?));
        Ok(Self { algorithm: self.algorithm, keys })
    }
}

impl Key {
    fn generate(algorithm: Algorithm, use_from: UnixTime) -> Result<Self, KeyError> {
        let material = match algorithm {
            Algorithm::Hs256 => {
                let mut bytes = [0; SECRET];
                SystemRandom::new().fill(&mut bytes).map_err(|_| KeyError::Random)?;
                Material::secret(&bytes)
            }
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| KeyError::Random)?;
                let public = pair.public_key().as_ref().into();
                Material::Private { pair, public }
            }
        };
        Ok(Self { kid: jwk::thumbprint(&material).into(), use_from, material })
    }

    /// Its name: the RFC 7638 thumbprint.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// A key for another purpose, derived from this one (HMAC-SHA-256 as in RFC 5869 section 2.3, one
    /// block); none if this is no secret. Whoever has it can sign nothing.
    #[must_use]
    pub fn derived(&self, purpose: &[u8]) -> Option<[u8; 32]> {
        let Material::Secret { key, .. } = &self.material else { return None };
        let mut context = hmac::Context::with_key(key);
        context.update(purpose);
        context.update(&[1]);
        context.sign().as_ref().try_into().ok()
    }

    /// From when on it signs.
    #[must_use]
    pub fn use_from(&self) -> UnixTime {
        self.use_from
    }
}

impl Material {
    fn secret(bytes: &[u8]) -> Self {
        Self::Secret { bytes: bytes.into(), key: Box::new(hmac::Key::new(hmac::HMAC_SHA256, bytes)) }
    }

    /// `d` belongs to the point, or there is no key.
    fn private(d: &[u8], public: &[u8]) -> Option<Self> {
        let pair = EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, d, public).ok()?;
        Some(Self::Private { pair, public: public.into() })
    }

    fn public(bytes: &[u8]) -> Option<Self> {
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes).ok()?;
        Some(Self::Public { key, bytes: bytes.into() })
    }

    /// The private number of a P-256 key, 32 bytes.
    fn d(pair: &EcdsaKeyPair) -> Option<Vec<u8>> {
        pair.private_key().as_be_bytes().ok().map(|bytes| bytes.as_ref().to_vec())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("kid", &self.kid).field("use_from", &self.use_from).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
