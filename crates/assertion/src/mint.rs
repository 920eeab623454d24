//! Making assertions, at a cost that a proxied request does not notice.
//!
//! What a connection does not change is written once ([`Minter::prepare`]): those members stand
//! first in the JSON and are padded with spaces, which JSON allows, to a multiple of three bytes, so
//! that their base64url is a constant too and the rest can be appended. For HS256 the hash has
//! already read that far. A request adds its time, its id, its binding and the proof of intent.

use std::{
    fmt::{self, Write},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_lc_rs::{hmac, rand::SystemRandom};
use countersign_core::{ApiKey, ApiKeyId, Audience, Basis, Reported, UnixTime};

use crate::{ConnectionFacts, Key, KeySet, LIFE, RequestFacts, TYPE, base64url, binding, claims, keys::Material};

/// Header, signature, and the claims of a request, base64url: some 600 bytes, 450 of an API key, and
/// 100 where two refusals were reported only.
const VARIABLE: usize = 1_250;

/// How long an assertion of `session` mode is sent again. Ten seconds less than its life, so that
/// the app never gets one that ends on the way.
const REUSED: i64 = LIFE - 10;

/// What an assertion counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mode {
    /// One request.
    #[default]
    Bound,
    /// The requests of one connection with the same basis and audience, for a while.
    Session,
}

impl Mode {
    /// As configuration has it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::Session => "session",
        }
    }
}

/// Makes the assertions of one site.
#[derive(Debug)]
pub struct Minter {
    mode: Mode,
    issuer: Box<str>,
    audience: Box<str>,
    keys: RwLock<Arc<KeySet>>,
    /// Counts the key sets, so that a connection notices a new one without a lock.
    generation: AtomicU64,
}

/// What a connection does not change, ready to be signed with the rest.
pub struct Prepared {
    /// Base64url of the first members; its length is a multiple of four. None if they could not be
    /// written, which [`Minter::mint`] says.
    encoded: Option<Box<str>>,
    /// Boxed: a hash that has begun takes a kilobyte, which a connection without a request lacks.
    ready: Mutex<Option<Box<Ready>>>,
    sent: Mutex<Vec<Sent>>,
}

/// A key with what comes before the variable part.
struct Ready {
    generation: u64,
    /// The key signs in this time.
    from: UnixTime,
    until: UnixTime,
    key: Arc<Key>,
    /// Base64url of the header, and the dot.
    header: Box<str>,
    /// Of HS256: has read header and constant claims.
    begun: Option<hmac::Context>,
}

/// An assertion of `session` mode.
struct Sent {
    basis: Basis,
    audience: Audience,
    api_key: Option<ApiKeyId>,
    generation: u64,
    at: UnixTime,
    token: Arc<str>,
}

/// What a request adds.
#[derive(Clone, Copy, Debug)]
pub struct RequestClaims<'a> {
    /// The request that is forwarded.
    pub request: RequestFacts<'a>,
    /// Its id: letters, digits, hyphens and underscores.
    pub id: &'a str,
    /// What proved the intent.
    pub basis: Basis,
    /// The audience of its route.
    pub audience: Audience,
    /// The API key that it bore, if its route asks for one.
    pub api_key: Option<&'a ApiKey>,
    /// What would have been refused, were its route not on trial.
    pub reported: Option<&'a Reported>,
}

/// Why there is no assertion. The request must not be forwarded then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MintError {
    /// The keys can only verify.
    #[error("the key set has no key that can sign")]
    NoSigner,
    /// The signature could not be made.
    #[error("the key did not sign")]
    Sign,
    /// The id would have to be escaped.
    #[error("the request id is not made of letters and digits")]
    Id,
    /// The facts are no JSON, which cannot be.
    #[error("the claims cannot be written")]
    Claims,
}

impl Prepared {
    /// The most bytes that an assertion for a request takes: this part, and what every request adds.
    #[must_use]
    pub fn largest(&self) -> usize {
        self.encoded.as_deref().map_or(0, str::len) + VARIABLE
    }
}

impl Minter {
    /// A minter with these keys.
    ///
    /// # Errors
    /// [`MintError::NoSigner`] if the set is one of public keys.
    pub fn new(keys: KeySet, mode: Mode, issuer: &str, audience: &str) -> Result<Self, MintError> {
        if !keys.signs() {
            return Err(MintError::NoSigner);
        }
        let keys = RwLock::new(Arc::new(keys));
        Ok(Self { mode, issuer: issuer.into(), audience: audience.into(), keys, generation: AtomicU64::new(0) })
    }

    /// Signs with other keys from now on, on connections that are open as well.
    ///
    /// # Errors
    /// [`MintError::NoSigner`] if the set is one of public keys; then nothing changes.
    pub fn replace_keys(&self, keys: KeySet) -> Result<(), MintError> {
        if !keys.signs() {
            return Err(MintError::NoSigner);
        }
        let mut current = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(keys);
        // Inside the lock: whoever sees the new count finds the new keys.
        self.generation.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// The keys that it signs with.
    #[must_use]
    pub fn keys(&self) -> Arc<KeySet> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether assertions are bound to one request.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The `iss` of its assertions.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The `aud` of its assertions.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// Writes what a connection does not change.
    #[must_use]
    pub fn prepare(&self, facts: &ConnectionFacts<'_>) -> Prepared {
        let encoded = claims::constant(&self.issuer, &self.audience, facts).ok().map(|mut members| {
            members.push(',');
            while members.len() % 3 != 0 {
                members.push(' ');
            }
            base64url::encode(members).into()
        });
        Prepared { encoded, ready: Mutex::default(), sent: Mutex::default() }
    }

    /// The assertion for one request.
    ///
    /// # Errors
    /// [`MintError`]; then the request must not be forwarded.
    pub fn mint(&self, prepared: &Prepared, claims: &RequestClaims<'_>, now: UnixTime) -> Result<Arc<str>, MintError> {
        let generation = self.generation.load(Ordering::Acquire);
        // What was reported of one request is nothing to say of another.
        if self.mode == Mode::Bound || claims.reported.is_some_and(|reported| !reported.is_empty()) {
            return self.sign(prepared, claims, now, generation).map(Arc::from);
        }
        let mut sent = prepared.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let api_key = claims.api_key.map(|key| key.id);
        let same = |sent: &&Sent| (sent.basis, sent.audience, sent.api_key) == (claims.basis, claims.audience, api_key);
        let alive = |sent: &&Sent| {
            sent.generation == generation && (sent.at.0..sent.at.0.saturating_add(REUSED)).contains(&now.0)
        };
        if let Some(sent) = sent.iter().find(|sent| same(sent) && alive(sent)) {
            return Ok(Arc::clone(&sent.token));
        }
        let token: Arc<str> = self.sign(prepared, claims, now, generation)?.into();
        // One for each basis and audience, of which there are few, and for each key of the last seconds.
        sent.retain(|sent| !same(&sent) && alive(&sent));
        let RequestClaims { basis, audience, .. } = *claims;
        sent.push(Sent { basis, audience, api_key, generation, at: now, token: Arc::clone(&token) });
        Ok(token)
    }

    fn sign(
        &self,
        prepared: &Prepared,
        claims: &RequestClaims<'_>,
        now: UnixTime,
        generation: u64,
    ) -> Result<String, MintError> {
        let encoded = prepared.encoded.as_deref().ok_or(MintError::Claims)?;
        let variable = self.variable(claims, now)?;
        let mut ready = prepared.ready.lock().unwrap_or_else(PoisonError::into_inner);
        let ready = match &mut *ready {
            Some(ready) if ready.generation == generation && ready.from <= now && now < ready.until => ready,
            stale => stale.insert(Box::new(self.ready(encoded, now, generation)?)),
        };
        let size = ready.header.len() + encoded.len() + variable.len() * 4 / 3 + 90;
        let mut token = String::with_capacity(size);
        token.push_str(&ready.header);
        token.push_str(encoded);
        let constant = token.len();
        base64url::push(variable, &mut token);
        match (&ready.key.material, &ready.begun) {
            (Material::Secret { .. }, Some(begun)) => {
                let mut hash = begun.clone();
                hash.update(token.as_bytes().get(constant..).unwrap_or_default());
                token.push('.');
                base64url::push(hash.sign(), &mut token);
            }
            (Material::Private { pair, .. }, _) => {
                let signature = pair.sign(&SystemRandom::new(), token.as_bytes()).map_err(|_| MintError::Sign)?;
                token.push('.');
                base64url::push(signature, &mut token);
            }
            _ => return Err(MintError::NoSigner),
        }
        Ok(token)
    }

    fn ready(&self, encoded: &str, now: UnixTime, generation: u64) -> Result<Ready, MintError> {
        let keys = self.keys();
        let key = Arc::clone(keys.signer(now).ok_or(MintError::NoSigner)?);
        let header = format!("{{\"typ\":\"{TYPE}\",\"alg\":\"{}\",\"kid\":\"{}\"}}", keys.algorithm(), key.kid());
        let header = base64url::encode(header) + ".";
        let begun = match &key.material {
            Material::Secret { key, .. } => {
                let mut hash = hmac::Context::with_key(key);
                hash.update(header.as_bytes());
                hash.update(encoded.as_bytes());
                Some(hash)
            }
            _ => None,
        };
        Ok(Ready { generation, from: now, until: keys.next_change(now), key, header: header.into(), begun })
    }

    /// The members that a request adds, and the closing brace.
    fn variable(&self, request_claims: &RequestClaims<'_>, now: UnixTime) -> Result<String, MintError> {
        let RequestClaims { request, id, basis, audience, api_key, reported } = request_claims;
        let mut text = String::with_capacity(256);
        // Codes are letters and hyphens, numbers are digits: nothing to escape. Writing to a String
        // does not fail.
        let _ = write!(
            text,
            "\"csrf\":{{\"verdict\":\"permit\",\"basis\":\"{}\",\"audience\":\"{}\"}},\"iat\":{},\"exp\":{}",
            basis.code(),
            audience.code(),
            now.0,
            now.0.saturating_add(LIFE),
        );
        if let Some(key) = api_key {
            text.push_str(&claims::api_key(key).map_err(|_| MintError::Claims)?);
        }
        for (n, refusal) in reported.iter().flat_map(|reported| reported.iter()).enumerate() {
            text.push_str(if n == 0 { ",\"reported\":[\"" } else { "\",\"" });
            text.push_str(refusal.reason().code());
        }
        if reported.is_some_and(|reported| !reported.is_empty()) {
            text.push_str("\"]");
        }
        if self.mode == Mode::Bound {
            if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
                return Err(MintError::Id);
            }
            text.push_str(",\"jti\":\"");
            text.push_str(id);
            text.push_str("\",\"req\":\"");
            binding::push(request, &mut text);
            text.push('"');
        }
        text.push('}');
        Ok(text)
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
