//! Percent-encoding (RFC 3986 section 2.1).

use std::fmt::Write;

/// All but letters, digits, `-._~` and what is named `safe`.
pub(super) fn encode(text: &str, safe: &[u8]) -> String {
    encode_where(text, |b| !(b.is_ascii_alphanumeric() || b"-._~".contains(&b) || safe.contains(&b)))
}

/// The bytes for which `odd` holds.
pub(super) fn encode_where(text: &str, odd: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for b in text.bytes() {
        if odd(b) || !b.is_ascii() {
            // Writing to a String does not fail.
            let _ = write!(out, "%{b:02X}");
        } else {
            out.push(char::from(b));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_nginx_and_aws_write_it() {
        let pem = "-----BEGIN CERTIFICATE-----\nMA+/=\n";
        assert_eq!(encode(pem, b""), "-----BEGIN%20CERTIFICATE-----%0AMA%2B%2F%3D%0A");
        assert_eq!(encode(pem, b"+=/"), "-----BEGIN%20CERTIFICATE-----%0AMA+/=%0A");
        assert_eq!(encode_where("a,é%", |b| b == b','), "a%2C%C3%A9%");
    }
}
