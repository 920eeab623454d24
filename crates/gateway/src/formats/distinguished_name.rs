//! Distinguished names in a header. What comes in is an RFC 4514 string.

use std::fmt::Write;

/// In ASCII: bytes beyond it as `\C3\A9` (RFC 4514 section 2.4), as nginx writes them.
pub(super) fn ascii(name: &str) -> String {
    write(name, false)
}

/// For a place inside quotes: every escape is a hexadecimal pair (`\2C` for `\,`), which RFC 4514
/// section 2.4 allows for any character. No quote and no semicolon is left, and no backslash stands
/// before anything but two hexadecimal digits: whatever a reader takes `\"` and `\\` for, nothing
/// in the name ends the quotes. Envoy and Traefik write `\"` there, which readers take in two ways.
pub(super) fn quotable(name: &str) -> String {
    write(name, true)
}

fn write(name: &str, hex_escapes: bool) -> String {
    let mut out = String::with_capacity(name.len());
    let mut bytes = name.bytes().peekable();
    while let Some(b) = bytes.next() {
        // Writing to a String does not fail.
        let _ = match b {
            b'\\' if hex_escapes => match bytes.next_if(|next| !next.is_ascii_hexdigit()) {
                Some(escaped) => write!(out, "\\{escaped:02X}"),
                None => write!(out, "\\"),
            },
            b'"' | b';' if hex_escapes => write!(out, "\\{b:02X}"),
            b' '..=b'~' => write!(out, "{}", char::from(b)),
            _ => write!(out, "\\{b:02X}"),
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ascii_and_stay_valid() {
        assert_eq!(ascii("CN=Zoë \\2c O=x"), "CN=Zo\\C3\\AB \\2c O=x");
        assert_eq!(ascii(r#"CN=\"a\"\,b"#), r#"CN=\"a\"\,b"#);
    }

    #[test]
    fn quotable_names_hold_no_quote() {
        assert_eq!(quotable(r#"CN=\"a\"\,\\\+\ ,O=x\0a"#), r"CN=\22a\22\2C\5C\2B\20,O=x\0a");
        assert_eq!(quotable("CN=Zoë"), "CN=Zo\\C3\\AB");
        assert_eq!(quotable(r"CN=x\\,O=y"), r"CN=x\5C,O=y");
    }
}
