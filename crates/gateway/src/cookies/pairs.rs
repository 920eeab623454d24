//! The pieces of a `Cookie` field, as the servers behind us read them.
//!
//! Django splits at `;`, then at the first `=`, and strips what Python takes for white space, of
//! which Latin-1 has more than HTTP; Rack and PHP decode `%73` in names. A cookie under a name that
//! one of them reads as a bound one would come past the seal, so it counts as disguised.

use std::borrow::Cow;

/// One piece between semicolons.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'a> {
    /// All of it, spaces included.
    pub(super) raw: &'a [u8],
    /// Without spaces around it.
    pub(super) name: &'a [u8],
    /// Without spaces and one pair of quotes around it; none without `=`.
    pub(super) value: Option<&'a [u8]>,
}

pub(super) fn pairs(field: &[u8]) -> impl Iterator<Item = Pair<'_>> {
    field.split(|&b| b == b';').map(|raw| {
        let (name, value) = match raw.iter().position(|&b| b == b'=').and_then(|at| raw.split_at_checked(at)) {
            Some((name, value)) => (name, value.strip_prefix(b"=")),
            None => (raw, None),
        };
        Pair { raw, name: name.trim_ascii(), value: value.map(|value| unquoted(value.trim_ascii())) }
    })
}

/// Without one pair of quotes around it.
pub(super) fn unquoted(value: &[u8]) -> &[u8] {
    match value {
        [b'"', inner @ .., b'"'] => inner,
        _ => value,
    }
}

/// The name as the most generous server reads it.
pub(super) fn as_anybody_reads(name: &[u8]) -> Cow<'_, [u8]> {
    let blank = |b: &u8| !b.is_ascii_graphic();
    let start = name.iter().position(|b| !blank(b)).unwrap_or(name.len());
    let end = name.iter().rposition(|b| !blank(b)).map_or(start, |at| at + 1);
    let name = name.get(start..end).unwrap_or_default();
    if !name.contains(&b'%') && !name.contains(&b'"') {
        return Cow::Borrowed(name);
    }
    let mut read = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((first, others)) = rest.split_first() {
        rest = others;
        let escaped = others.first_chunk::<2>().filter(|_| *first == b'%').and_then(|[high, low]| {
            let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
            Some(digit(*high)? << 4 | digit(*low)?)
        });
        match escaped {
            Some(byte) => {
                read.push(byte);
                rest = others.get(2..).unwrap_or_default();
            }
            None if *first == b'"' => {}
            None => read.push(*first),
        }
    }
    Cow::Owned(read.trim_ascii().to_vec())
}
