//! Python's strings, as far as verdicts depend on them.

use subtle::ConstantTimeEq;

/// `str.strip()`
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

/// `constant_time_compare`, of UTF-8.
pub(super) fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// `repr()` of a name in ASCII.
pub(super) fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut shown = String::from(quote);
    for c in text.chars() {
        if c == quote || c == '\\' {
            shown.push('\\');
        }
        shown.push(c);
    }
    shown.push(quote);
    shown
}

/// `HttpHeaders.parse_header_name` of a key of `META`.
pub(super) fn header_name(key: &str) -> Option<String> {
    let name = match key.strip_prefix("HTTP_") {
        Some(name) => name,
        None if matches!(key, "CONTENT_TYPE" | "CONTENT_LENGTH") => key,
        None => return None,
    };
    Some(title(&name.replace('_', "-")))
}

/// `str.title()`: a letter after what is none begins a word.
fn title(text: &str) -> String {
    let mut inside = false;
    let mut cased = String::with_capacity(text.len());
    for c in text.chars() {
        let letter = c.is_alphabetic();
        cased.push(if letter && inside { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() });
        inside = letter;
    }
    cased
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names() {
        for (key, name) in [
            ("HTTP_X_CSRFTOKEN", Some("X-Csrftoken")),
            ("HTTP_X2Y_A1", Some("X2Y-A1")),
            ("CONTENT_TYPE", Some("Content-Type")),
            ("X_CSRFTOKEN", None),
        ] {
            assert_eq!(header_name(key).as_deref(), name, "{key}");
        }
    }

    #[test]
    fn strip_takes_separators_too() {
        assert_eq!(strip("\u{1f}\u{a0} a b\u{85}\t"), "a b");
    }
}
