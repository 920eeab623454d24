//! Header parameters, as Python's `email` package and Django 4.2 both read them.

/// What Python's `str.strip` strips.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

/// The pieces between semicolons that stand outside quotes. A quote counts unless a backslash is
/// before it, and an odd number of them swallows semicolons.
pub(super) fn split(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let mut open = false;
        let mut before = '\0';
        for (at, c) in line.char_indices() {
            // A semicolon at the very beginning ends an empty piece, whatever is counted.
            if c == ';' && !open {
                rest = line.get(at + 1..);
                return line.get(..at);
            }
            open ^= c == '"' && before != '\\';
            before = c;
        }
        rest = None;
        Some(line)
    })
}

/// The value without its quotes; none if the releases differ on it.
pub(super) fn unquoted(value: &str) -> Option<String> {
    let value = strip(value);
    if value.len() > 1 {
        if let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            return Some(inner.replace("\\\\", "\\").replace("\\\"", "\""));
        }
        // Since 5.0 these are taken for quotes as well.
        if value.starts_with('<') && value.ends_with('>') {
            return None;
        }
    }
    Some(value.to_owned())
}
