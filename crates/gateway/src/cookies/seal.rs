//! A sealed value: `cs1.KEYID.BASE64URL`, of nonce, ciphertext and tag.
//!
//! AES-256-GCM-SIV (RFC 8452): nonces are random, and two that are alike by chance tell no more than
//! whether two values are the same, so that a busy site needs no count of how much a key has sealed.
//! Site, cookie name and client are associated data: a value opens only where all of them are as they
//! were. All characters are safe in a cookie (RFC 6265 section 4.1.1) and in a header.
//! A value of n bytes becomes 13 + ⌈4(n + 28)/3⌉ characters: 32 become 93.

use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce};
use base64ct::{Base64UrlUnpadded, Encoding};
use countersign_core::UnixTime;

use super::{
    binding::Binding,
    ring::{CookieRing, KEY_ID},
};

/// What every sealed value begins with; another form gets another number.
pub(super) const PREFIX: &[u8] = b"cs1.";
/// Bytes that sealing adds before they are written as base64.
pub const OVERHEAD: usize = NONCE_LEN + TAG;
const TAG: usize = 16;

/// Why a value did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unopened {
    /// It does not begin as sealed values do.
    Unsealed,
    /// It does, and is none.
    Malformed,
    /// Its key is not there, or not any more.
    UnknownKey,
    /// It was sealed for another client, site or cookie, or changed.
    Foreign,
}

/// Site, cookie and client, so that no two of them are written alike.
pub(super) fn context(site: &str, name: &str, binding: &Binding) -> Vec<u8> {
    let mut context = b"countersign bound cookie v1".to_vec();
    for text in [site, name] {
        context.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.extend_from_slice(text.as_bytes());
    }
    context.extend_from_slice(binding.bytes());
    context
}

impl CookieRing {
    /// None only if the system gives no random bytes, or the value is absurdly long.
    pub(super) fn seal(&self, context: &[u8], value: &[u8], now: UnixTime) -> Option<String> {
        let sealer = self.sealer(now)?;
        let mut nonce = [0; NONCE_LEN];
        aws_lc_rs::rand::fill(&mut nonce).ok()?;
        let mut sealed = nonce.to_vec();
        let mut text = value.to_vec();
        sealer.key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut text).ok()?;
        sealed.append(&mut text);
        let id = std::str::from_utf8(&sealer.id).ok()?;
        Some(format!("cs1.{id}.{}", Base64UrlUnpadded::encode_string(&sealed)))
    }

    /// # Errors
    /// [`Unopened`]
    pub(super) fn open(&self, context: &[u8], value: &[u8]) -> Result<Vec<u8>, Unopened> {
        let rest = value.strip_prefix(PREFIX).ok_or(Unopened::Unsealed)?;
        let (id, rest) = rest.split_at_checked(KEY_ID).ok_or(Unopened::Malformed)?;
        let text =
            rest.strip_prefix(b".").and_then(|text| std::str::from_utf8(text).ok()).ok_or(Unopened::Malformed)?;
        let sealed = Base64UrlUnpadded::decode_vec(text).map_err(|_| Unopened::Malformed)?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(Unopened::Malformed)?;
        if sealed.len() < TAG {
            return Err(Unopened::Malformed);
        }
        let mut why = Unopened::UnknownKey;
        for key in self.named(id) {
            let mut sealed = sealed.to_vec();
            let opened = key.key.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(context), &mut sealed);
            match opened.map(|plain| plain.len()) {
                Ok(length) => {
                    sealed.truncate(length);
                    return Ok(sealed);
                }
                Err(_) => why = Unopened::Foreign,
            }
        }
        Err(why)
    }
}
