//! Secrets and masked tokens.

use std::{borrow::Cow, fmt};

/// The order is the cipher's.
const ALPHABET: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const SECRET: usize = 32;
const TOKEN: usize = 2 * SECRET;

/// Why a text is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Neither 32 nor 64 characters.
    Length,
    /// Others than ASCII letters and digits.
    Characters,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "has incorrect length",
            Self::Characters => "has invalid characters",
        })
    }
}

/// `_check_token_format`: length first, in code points.
pub(super) fn check(token: &str) -> Result<(), Flaw> {
    if !matches!(token.chars().count(), SECRET | TOKEN) {
        return Err(Flaw::Length);
    }
    if token.bytes().all(|b| b.is_ascii_alphanumeric()) { Ok(()) } else { Err(Flaw::Characters) }
}

/// The text, or the secret below the mask if it has the length of a masked one; none: that holds
/// characters that no token has.
pub(super) fn unmasked(text: &str) -> Option<Cow<'_, str>> {
    if text.chars().count() != TOKEN {
        return Some(Cow::Borrowed(text));
    }
    let (mask, cipher) = text.as_bytes().split_at_checked(SECRET)?;
    let place = |b: &u8| ALPHABET.iter().position(|a| a == b);
    let secret = mask.iter().zip(cipher).map(|(mask, cipher)| {
        let at = (place(cipher)? + ALPHABET.len() - place(mask)?) % ALPHABET.len();
        ALPHABET.get(at).copied().map(char::from)
    });
    // 64 code points may be more bytes: then one of them is not in the alphabet, or is not reached.
    (text.len() == TOKEN).then_some(())?;
    secret.collect::<Option<String>>().map(Cow::Owned)
}
