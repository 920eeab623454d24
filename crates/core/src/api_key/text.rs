//! What a key looks like: `csk_ID_SECRET`, 59 characters.
//!
//! `csk_` is for scanners that search repositories for leaked secrets, `ID` (8 characters) finds the
//! entry and is no secret, then come 200 random bits (40 characters) and a checksum of all that
//! (6 characters), which tells a mistyped or invented key from a leaked one without a look-up. The
//! alphabet is Crockford's base32 in lower case: no letter that is read as another, one word to a
//! double click, one case.
//!
//! Kept is SHA-256 of the whole text and nothing else. A slow hash is for passwords: it makes guessing
//! dear, and 200 random bits cannot be guessed; what it would do is let anybody keep the gateway busy.
//! A salt has nothing to do either: no two keys are the same, and the id is part of what is hashed.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

const PREFIX: &[u8; 4] = b"csk_";
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const CHECKSUM: usize = 6;
/// Of the whole text.
const LENGTH: usize = 59;

/// What names a key without giving it away.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApiKeyId([u8; 8]);

impl ApiKeyId {
    /// As people see it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Made of the alphabet's letters alone.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An id, or the whole start of a key: `csk_0123abcd`.
impl FromStr for ApiKeyId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let id: [u8; 8] = text.strip_prefix("csk_").unwrap_or(text).as_bytes().try_into().map_err(|_| ())?;
        if id.iter().all(|letter| ALPHABET.contains(letter)) { Ok(Self(id)) } else { Err(()) }
    }
}

/// A whole key: the one secret here. It is never shown but by [`reveal`](Self::reveal).
pub struct ApiKeyText([u8; LENGTH]);

impl ApiKeyText {
    /// A key from 30 random bytes: 40 bits for the id, 200 for the secret.
    #[must_use]
    pub fn from_random(random: &[u8; 30]) -> Self {
        let mut letters = base32(random);
        let mut text = [b'_'; LENGTH];
        // The places in order: prefix, id, a hyphen's stand-in, secret; the checksum is set below.
        let places = text.iter_mut().enumerate().filter(|(at, _)| *at >= PREFIX.len() && *at != 12);
        for ((_, place), letter) in places.zip(&mut letters) {
            *place = letter;
        }
        for (place, letter) in text.iter_mut().zip(PREFIX) {
            *place = *letter;
        }
        let checksum = checksum(text.split_at(LENGTH - CHECKSUM).0);
        for (place, letter) in text.iter_mut().skip(LENGTH - CHECKSUM).zip(checksum) {
            *place = letter;
        }
        Self(text)
    }

    /// What a client sent, if it is in the form of a key. Says nothing about whether there is such a
    /// key: everybody can compute the checksum.
    #[must_use]
    pub fn parse(sent: &[u8]) -> Option<Self> {
        let text: [u8; LENGTH] = sent.try_into().ok()?;
        let (body, sum) = text.split_at(LENGTH - CHECKSUM);
        let (id, secret) = body.strip_prefix(PREFIX)?.split_at_checked(8)?;
        let letters = id.iter().chain(secret.strip_prefix(b"_")?).all(|letter| ALPHABET.contains(letter));
        (letters && checksum(body).as_slice() == sum).then_some(Self(text))
    }

    /// Its public part.
    #[must_use]
    pub fn id(&self) -> ApiKeyId {
        let [_, _, _, _, id @ .., _] = self.0.first_chunk::<13>().copied().unwrap_or_default();
        ApiKeyId(id)
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    /// The secret itself, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether a header's value is meant as one of these keys, and not as a key of the app's own.
    #[must_use]
    pub fn is_meant(value: &[u8]) -> bool {
        value.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
    }
}

impl fmt::Debug for ApiKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ApiKeyText").field(&self.id()).finish_non_exhaustive()
    }
}

/// The first 30 bits of SHA-256.
fn checksum(body: &[u8]) -> [u8; CHECKSUM] {
    let digest = Sha256::digest(body);
    let mut letters = base32(&digest);
    [(); CHECKSUM].map(|()| letters.next().unwrap_or(b'0'))
}

/// Five bits a letter; what is left over at the end is dropped.
fn base32(bytes: &[u8]) -> impl Iterator<Item = u8> + '_ {
    bytes.chunks_exact(5).flat_map(|five| {
        let bits = five.iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        (0..8).rev().map(move |n| ALPHABET.get((bits >> (5 * n) & 31) as usize).copied().unwrap_or(b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> ApiKeyText {
        let mut random = [0u8; 30];
        (0u8..).zip(&mut random).for_each(|(n, byte)| *byte = n.wrapping_mul(37));
        ApiKeyText::from_random(&random)
    }

    #[test]
    fn a_key_reads_as_what_was_made() {
        let key = sample();
        let text = key.reveal();
        assert_eq!((text.len(), text.get(..4), text.get(12..13)), (LENGTH, Some("csk_"), Some("_")));
        let read = ApiKeyText::parse(text.as_bytes()).unwrap();
        assert_eq!((read.id(), read.hash()), (key.id(), key.hash()));
        assert_eq!(text.get(4..12), Some(key.id().as_str()));
        assert_eq!(key.id().as_str().parse(), Ok(key.id()));
        assert_eq!(text.get(..12).unwrap().parse(), Ok(key.id()));
        for random in [[0; 30], [255; 30]] {
            let extreme = ApiKeyText::from_random(&random);
            assert!(ApiKeyText::parse(extreme.reveal().as_bytes()).is_some(), "{}", extreme.reveal());
        }
    }

    /// So that a bit that is changed anywhere is noticed, and no letter has two readings.
    #[test]
    fn every_other_text_is_no_key() {
        let key = sample();
        let text = key.reveal().as_bytes().to_vec();
        for at in 0..text.len() {
            for byte in [b'0', b'z', b'_', b'-', b'A', b'l', b'o', 0, 0xff] {
                let mut changed = text.clone();
                if std::mem::replace(&mut changed[at], byte) != byte {
                    assert!(ApiKeyText::parse(&changed).is_none(), "{at} {byte}");
                }
            }
        }
        for other in [&b""[..], b"csk_", &text[1..], &text[..58], &[&text[..], b"0"].concat(), &[b'c'; LENGTH]] {
            assert!(ApiKeyText::parse(other).is_none(), "{other:?}");
        }
        assert!(ApiKeyText::parse(key.reveal().to_uppercase().as_bytes()).is_none());
    }

    #[test]
    fn debug_shows_no_secret() {
        let key = sample();
        let shown = format!("{key:?}");
        assert!(!shown.contains(key.reveal().get(13..).unwrap()) && shown.contains(key.id().as_str()), "{shown}");
    }

    #[test]
    fn ids() {
        for bad in ["", "0123abc", "0123abcde", "0123abcl", "0123ABCD", "csk_", "csk_csk_0123", "0123abc\u{e9}"] {
            assert!(bad.parse::<ApiKeyId>().is_err(), "{bad}");
        }
    }
}
