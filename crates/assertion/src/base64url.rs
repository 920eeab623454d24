//! Base64url without padding (RFC 7515 appendix C), read in one way only: no padding, no other
//! alphabet, no white space, no stray bits after the last byte. Two texts for one value would let a
//! token be sent twice under two spellings.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn push(bytes: impl AsRef<[u8]>, out: &mut String) {
    URL_SAFE_NO_PAD.encode_string(bytes, out);
}

/// None for what is not exactly what [`encode`] makes.
pub(crate) fn decode(text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_per_value() {
        assert_eq!(decode("_-8").as_deref(), Some(&[0xff, 0xef][..]));
        for bad in ["_-8=", "/+8", "_-9", "_-8 ", "_", "_-8\n", "_ -8", "é"] {
            assert_eq!(decode(bad), None, "{bad:?}");
        }
    }
}
