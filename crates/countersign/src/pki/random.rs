//! Randomness for serial numbers, from the cryptographic library alone.

use super::PkiError;

/// Random bytes.
pub(super) fn bytes<const N: usize>() -> Result<[u8; N], PkiError> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| PkiError::Random)?;
    Ok(bytes)
}
