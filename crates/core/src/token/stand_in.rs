//! Stands in for `crate::django`, which reads cookies and settings as Django does to the bit: the
//! default cookie, and the comparison of CsrfViewMiddleware.

use crate::Reason;

use super::Evidence;

const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const SECRET: usize = 32;

pub(super) fn verify(evidence: &Evidence<'_>) -> Result<(), Reason> {
    let cookie =
        evidence.cookie.and_then(|field| cookie(field, evidence.cookie_name)).ok_or(Reason::CsrfCookieMissing)?;
    let secret = secret(cookie).ok_or(Reason::CsrfCookieMalformed)?;
    let form = evidence.form.map(str::as_bytes).filter(|token| !token.is_empty());
    let token = form.or(evidence.header).ok_or(Reason::CsrfTokenMissing)?;
    let token = self::secret(token).ok_or(Reason::CsrfTokenMalformed)?;
    let differs = secret.iter().zip(token).fold(0, |differs, (a, b)| differs | (a ^ b));
    if differs == 0 { Ok(()) } else { Err(Reason::CsrfTokenIncorrect) }
}

/// The last cookie of the name, as Django splits the field.
fn cookie<'e>(field: &'e [u8], name: &str) -> Option<&'e [u8]> {
    field.rsplit(|&b| b == b';').find_map(|pair| {
        let at = pair.iter().position(|&b| b == b'=')?;
        let (found, value) = pair.split_at(at);
        (found.trim_ascii() == name.as_bytes()).then(|| value.get(1..).unwrap_or_default().trim_ascii())
    })
}

/// Places in the alphabet, without the mask.
fn secret(token: &[u8]) -> Option<[u8; SECRET]> {
    let mut places = [0; SECRET * 2];
    if token.len() != SECRET && token.len() != SECRET * 2 {
        return None;
    }
    for (slot, b) in places.iter_mut().zip(token) {
        *slot = u8::try_from(ALPHABET.iter().position(|a| a == b)?).ok()?;
    }
    let (mask, cipher) = places.split_at(SECRET);
    let mut secret = [0; SECRET];
    for (slot, (mask, cipher)) in secret.iter_mut().zip(mask.iter().zip(cipher)) {
        *slot = if token.len() == SECRET { *mask } else { (cipher + 62 - mask) % 62 };
    }
    Some(secret)
}
