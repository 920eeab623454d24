//! Whether a `Content-Type` is a form's, and its boundary.
//!
//! Django 4.2 reads it with code of its own, later releases with Python's `email` package, 6.1
//! answers 400 to more. All agree on a plain list of parameters; a content type that names a form
//! anywhere and is no such list is refused.

use super::FormError;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Form<'a> {
    Urlencoded,
    Multipart { boundary: &'a [u8] },
}

/// 6.1 answers 400 to a longer one.
const LONGEST: usize = 10_000;

/// The form of a content type; none if it is another one's.
pub(super) fn form_of(content_type: &[u8]) -> Result<Option<Form<'_>>, FormError> {
    const URLENCODED: &str = "application/x-www-form-urlencoded";
    const MULTIPART: &str = "multipart/form-data";
    let mentions =
        |name: &str| content_type.windows(name.len()).any(|window| window.eq_ignore_ascii_case(name.as_bytes()));
    // Both releases' parsers find a name only where it stands letter by letter.
    if !mentions(URLENCODED) && !mentions(MULTIPART) {
        return Ok(None);
    }
    let text =
        std::str::from_utf8(content_type).ok().filter(|text| text.bytes().all(is_plain) && text.len() <= LONGEST);
    let text = text.ok_or(FormError::ContentType)?;
    let mut pieces = text.split(';').map(str::trim);
    let essence = pieces.next().unwrap_or_default();
    let multipart = essence.eq_ignore_ascii_case(MULTIPART);
    if !multipart && !essence.eq_ignore_ascii_case(URLENCODED) {
        return Err(FormError::ContentType);
    }
    let (mut charset, mut boundary) = (None, None);
    for piece in pieces.filter(|piece| !piece.is_empty()) {
        let (name, value) = piece.split_once('=').ok_or(FormError::ContentType)?;
        let value = value_of(value.trim()).ok_or(FormError::ContentType)?;
        let name = name.trim();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
            return Err(FormError::ContentType);
        }
        let slot = match name.to_ascii_lowercase().as_str() {
            "charset" => &mut charset,
            "boundary" => &mut boundary,
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(FormError::ContentType);
        }
    }
    // Django looks for it letter by letter, once it knows that it is multipart.
    if multipart && !text.starts_with("multipart/") {
        return Err(FormError::Boundary);
    }
    if multipart && !boundary.is_some_and(is_boundary) {
        return Err(FormError::Boundary);
    }
    if charset.is_some_and(|charset| !charset.eq_ignore_ascii_case("utf-8")) {
        return Err(FormError::Charset);
    }
    Ok(Some(match boundary {
        Some(boundary) if multipart => Form::Multipart { boundary: boundary.as_bytes() },
        _ => Form::Urlencoded,
    }))
}

fn is_plain(b: u8) -> bool {
    matches!(b, b' ' | b'\t') || b.is_ascii_graphic() && b != b'\\'
}

/// A value, bare or between quotes with neither quotes nor semicolons inside.
fn value_of(value: &str) -> Option<&str> {
    let inner = value.strip_prefix('"').map_or(Some(value), |rest| rest.strip_suffix('"'))?;
    let quoted = inner.len() < value.len();
    let plain = |b: u8| b != b'"' && (quoted || !matches!(b, b' ' | b'\t' | b'<' | b'>'));
    inner.bytes().all(plain).then_some(inner)
}

fn is_boundary(boundary: &str) -> bool {
    let bytes = boundary.as_bytes();
    bytes.len() <= 201
        && bytes.last().is_some_and(u8::is_ascii_graphic)
        && bytes.iter().all(|&b| b == b' ' || b.is_ascii_graphic())
}
