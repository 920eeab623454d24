//! `parse_cookie` and `http.cookies._unquote`.

use super::python::strip;

/// `request.COOKIES.get(name)` of a `Cookie` field: the last of the name, unquoted.
#[must_use]
pub fn cookie(field: &str, name: &str) -> Option<String> {
    let last = field.split(';').rev().find_map(|chunk| {
        let (key, value) = chunk.split_once('=').unwrap_or(("", chunk));
        let (key, value) = (strip(key), strip(value));
        (key == name && !(key.is_empty() && value.is_empty())).then_some(value)
    });
    last.map(unquoted)
}

/// A value in double quotes: `\"` and the like stand for the character, `\141` for the one of that
/// number in octal.
fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return value.into() };
    let mut plain = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let octal = after.get(..3).filter(|digits| {
            let bytes = digits.as_bytes();
            bytes.first().is_some_and(|b| (b'0'..=b'3').contains(b)) && bytes.iter().all(|b| (b'0'..=b'7').contains(b))
        });
        let mut chars = after.chars();
        if let Some(number) = octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            plain.push(char::from(number));
            rest = after.get(3..).unwrap_or_default();
        } else if let Some(c) = chars.next().filter(|&c| c != '\n') {
            plain.push(c);
            rest = chars.as_str();
        } else {
            plain.push('\\');
            rest = after;
        }
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::cookie;

    #[test]
    fn cookies_are_read_as_djangos() {
        for (field, value) in [
            ("csrftoken=a", Some("a")),
            ("csrftoken=a; csrftoken=b", Some("b")),
            ("csrftoken=a, csrftoken=b", Some("a, csrftoken=b")),
            (" csrftoken = a ;", Some("a")),
            ("CSRFTOKEN=a", None),
            ("csrftoken", None),
            ("csrftoken=", Some("")),
            (r#"csrftoken="a\"\141\\\18\"#, Some(r#""a\"\141\\\18\"#)),
            (r#"csrftoken="a\"\141\\\18""#, Some(r#"a"a\18"#)),
            (r#"csrftoken=""#, Some("\"")),
            (r#"csrftoken="""#, Some("")),
        ] {
            assert_eq!(cookie(field, "csrftoken").as_deref(), value, "{field}");
        }
        assert_eq!(cookie("a;b", "").as_deref(), Some("b"));
    }
}
