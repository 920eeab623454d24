//! Form bodies: the answer does not depend on the pieces, and a settled token is the only one.

use countersign_core::form::{FormError, FormReader, MAX_TOKEN_CHARS};

/// The input is a content type, a line feed and a body; the number of lines in it sizes the pieces.
pub fn form(data: &[u8]) {
    let end = data.iter().position(|&b| b == b'\n').unwrap_or(data.len());
    let (content_type, body) = data.split_at(end);
    let body = body.get(1..).unwrap_or_default();
    let Ok(Some(mut whole)) = FormReader::new(Some(content_type)) else { return };
    let pushed = whole.push(body);
    let so_far = whole.token().map(str::to_owned);
    let answer = pushed.and_then(|()| whole.finish());
    for size in [1, 2 + body.iter().filter(|&&b| b == b'\n').count()] {
        let again = read(content_type, body, size, None);
        assert_eq!(again, answer, "in pieces of {size}");
    }
    let Ok(Some(token)) = answer else { return };
    assert!(token.chars().count() <= MAX_TOKEN_CHARS);
    // Whoever settles for the last one is told of any other, and of none if there was none.
    match read(content_type, body, 3, Some(&token)) {
        Ok(again) => assert_eq!(again.as_deref(), Some(&*token)),
        Err(error) => assert_eq!(error, FormError::Changed),
    }
    let other = format!("{token}x");
    if other.chars().count() <= MAX_TOKEN_CHARS {
        assert_eq!(read(content_type, body, 3, Some(&other)), Err(FormError::Changed), "after {so_far:?}");
    }
}

fn read(content_type: &[u8], body: &[u8], size: usize, settled: Option<&str>) -> Result<Option<Box<str>>, FormError> {
    let Some(mut reader) = FormReader::new(Some(content_type))? else { return Ok(None) };
    if let Some(settled) = settled {
        reader.settle(settled);
    }
    for piece in body.chunks(size) {
        reader.push(piece)?;
    }
    reader.finish()
}
