//! Which file a certificate's name becomes.
//!
//! `Ada Lovelace` becomes `Ada_Lovelace`, `*.example.com` becomes `_wildcard.example.com`: letters
//! and digits of any script and `.-_@+` stay, the rest is `_`, so that no name needs quoting in a
//! shell. Refused is what would be another place (`/`), a hidden file (`.` first) or an option of
//! some command (`-` first). Two names that become one file are no danger: nothing is overwritten.

use std::path::{Path, PathBuf};

use super::RequestError;

/// Leaves room for `.p12.password` within the 255 bytes that file systems allow.
const MAX_BYTES: usize = 240;

/// The file of `stem` with `extension` in directory `out`, without a needless `./`.
pub(super) fn path(out: &Path, stem: &str, extension: &str) -> PathBuf {
    let name = format!("{stem}.{extension}");
    if out == Path::new(".") { name.into() } else { out.join(name) }
}

/// The file name, without extension, for the certificate of `name`.
pub(super) fn stem(name: &str) -> Result<String, RequestError> {
    let refuse = |expected: &'static str| Err(RequestError::FileName { value: name.to_owned(), expected });
    if name.contains('/') {
        return refuse("expected no \"/\"");
    }
    if name.starts_with(['.', '-']) {
        return refuse("expected neither \".\" nor \"-\" as the first character");
    }
    let (prefix, rest) = match name.strip_prefix("*.") {
        Some(rest) => ("_wildcard.", rest),
        None => ("", name),
    };
    let kept = |c: char| {
        if c.is_alphanumeric() || ".-_@+".contains(c) { c } else { '_' }
    };
    let stem: String = prefix.chars().chain(rest.chars().map(kept)).collect();
    if stem.len() > MAX_BYTES {
        return refuse("expected at most 240 bytes, give a shorter name first");
    }
    Ok(stem)
}
