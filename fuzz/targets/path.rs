//! Paths: what is matched is what is forwarded.

use countersign_core::{CanonicalPath, Reason, Stage};

/// The input is a path as it came on the wire.
pub fn path(data: &[u8]) {
    let Ok(raw) = std::str::from_utf8(data) else { return };
    let path = match CanonicalPath::parse(raw) {
        Ok(path) => path,
        Err(refusal) => {
            assert_eq!(refusal.reason().info().stage, Stage::Head);
            assert!(refusal.receipt().is_some_and(|text| text.chars().count() <= 200 * 10 + 1));
            return;
        }
    };
    let (decoded, wire) = (path.decoded(), path.wire());
    assert!(decoded.starts_with('/') && wire.starts_with('/'));
    assert_eq!(decode(raw.as_bytes()), decoded.as_bytes(), "the peer's path decodes to what is matched");
    assert_eq!(decode(wire.as_bytes()), decoded.as_bytes(), "what is forwarded decodes to what is matched");
    assert_eq!(decode(decoded.as_bytes()), decoded.as_bytes(), "a server that decodes twice sees the same");
    let again = CanonicalPath::parse(wire).map_err(|refusal| refusal.reason());
    assert_eq!(again.as_ref().map(|again| (again.decoded(), again.wire())), Ok((decoded, wire)), "a fixed point");
    assert!(wire.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'?' | b'#')), "{wire}");
    assert!(!decoded.chars().any(char::is_control), "{decoded:?}");
    let lower = wire.to_ascii_lowercase();
    assert!(!["//", "%2f", "%2e", "%5c", "%0", "%1", "%7f"].iter().any(|bad| lower.contains(bad)), "{wire}");
    // What a server may strip from a segment must not leave a dot segment behind.
    assert!(!decoded.split('/').any(|segment| matches!(segment.split(';').next(), Some("." | ".."))), "{decoded}");
    for (what, reason) in
        [("/..", Reason::PathAmbiguous), ("%2f", Reason::PathAmbiguous), ("%00", Reason::PathMalformed)]
    {
        let worse = CanonicalPath::parse(&format!("{wire}{what}")).map(drop).map_err(|refusal| refusal.reason());
        assert_eq!(worse, Err(reason), "{wire}{what}");
    }
}

/// Decodes every escape once; what is none stays.
fn decode(text: &[u8]) -> Vec<u8> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        let value = match (first, tail) {
            (b'%', [high, low, ..]) => digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        out.push(value.unwrap_or(first));
        rest = tail.get(if value.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    out
}
