//! What a shared cache must not keep: an answer that sets a sealed cookie, or that depends on one.
//!
//! `Vary: Cookie` does not say it all any more: the same sealed value is another cookie, or none,
//! under another certificate, and a cache in front sees no certificates.

use http::{HeaderMap, HeaderValue, header};

pub(super) fn varies_on_cookie(headers: &HeaderMap) -> bool {
    directives(headers, &header::VARY).any(|name| name.eq_ignore_ascii_case(b"cookie"))
}

/// `Cache-Control: private`, unless what is there is as strict already.
pub(super) fn keep_private(headers: &mut HeaderMap) {
    let strict = |d: &[u8]| d.eq_ignore_ascii_case(b"private") || d.eq_ignore_ascii_case(b"no-store");
    let shares = |d: &[u8]| {
        d.eq_ignore_ascii_case(b"public")
            || d.split(|&b| b == b'=').next().is_some_and(|name| name.trim_ascii().eq_ignore_ascii_case(b"s-maxage"))
    };
    let (mut is_strict, mut is_shared) = (false, false);
    for directive in directives(headers, &header::CACHE_CONTROL) {
        is_strict |= strict(directive);
        is_shared |= shares(directive);
    }
    if is_strict && !is_shared {
        return;
    }
    let kept: Vec<&[u8]> =
        directives(headers, &header::CACHE_CONTROL).filter(|d| !d.is_empty() && !shares(d) && !strict(d)).collect();
    let mut field = kept.join(&b", "[..]);
    if !field.is_empty() {
        field.extend_from_slice(b", ");
    }
    field.extend_from_slice(b"private");
    if let Ok(value) = HeaderValue::from_bytes(&field) {
        headers.insert(header::CACHE_CONTROL, value);
    }
}

fn directives<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> impl Iterator<Item = &'h [u8]> {
    headers.get_all(name).into_iter().flat_map(|value| value.as_bytes().split(|&b| b == b',').map(<[u8]>::trim_ascii))
}
