//! Host names as certificates carry them: ASCII, lower case, no trailing dot.
//!
//! This is the preferred name syntax that RFC 5280 (4.2.1.6) asks for. An underscore is refused,
//! since only some verifiers accept one, and so is a name that ends in a number, which some readers
//! take for an IP address. A single label such as `localhost` is fine.

use std::borrow::Cow;

/// The preferred name syntax of RFC 1034, 3.5 with RFC 1123, 2.1, in lower case.
pub(super) fn parse(text: &str) -> Result<String, Cow<'static, str>> {
    if !text.is_ascii() {
        return Err("expected ASCII, write an international name in its xn-- form".into());
    }
    if text.contains("//") {
        return Err("expected a host name alone, without scheme and path".into());
    }
    if text.ends_with('.') && text.len() > 1 {
        return Err("expected no trailing dot".into());
    }
    if text.len() > 253 {
        return Err(format!("expected at most 253 characters, it has {}", text.len()).into());
    }
    for label in text.split('.') {
        if label.is_empty() || label.len() > 63 {
            return Err("expected labels of 1 to 63 characters between dots".into());
        }
        if let Some(bad) = label.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-') {
            return Err(match bad {
                '*' => "expected no wildcard, or in a server's name one alone as the first label".into(),
                ':' => "expected a host name without port".into(),
                '[' => "expected an IP address without brackets".into(),
                _ => format!("expected letters, digits, hyphens and dots, it contains {bad:?}").into(),
            });
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(format!("expected no hyphen at the start or end of label {label:?}").into());
        }
    }
    let top = text.rsplit('.').next().unwrap_or(text);
    if top.bytes().all(|b| b.is_ascii_digit()) {
        return Err("expected a last label with letters, this reads like an IP address".into());
    }
    Ok(text.to_ascii_lowercase())
}
