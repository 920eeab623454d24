//! Randomness for serial numbers, names and passwords, from the cryptographic library alone.

use super::PkiError;

/// Letters and digits that look like no other one: no `i`, `l`, `o`, `0`, `1`.
const UNAMBIGUOUS: [char; 31] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
    '2', '3', '4', '5', '6', '7', '8', '9',
];

/// Random bytes.
pub(super) fn bytes<const N: usize>() -> Result<[u8; N], PkiError> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| PkiError::Random)?;
    Ok(bytes)
}

/// `count` characters that a person can read aloud, nearly 5 bits each.
pub(super) fn readable(count: usize) -> Result<String, PkiError> {
    let mut text = String::with_capacity(count);
    while text.len() < count {
        // 248 = 8 × 31: bytes from there on would make some characters likelier than others.
        let drawn = bytes::<32>()?.into_iter().filter(|byte| *byte < 248);
        let drawn = drawn.filter_map(|byte| UNAMBIGUOUS.get(usize::from(byte) % UNAMBIGUOUS.len()));
        text.extend(drawn.take(count - text.len()));
    }
    Ok(text)
}
