//! URIs that may stand in a certificate: absolute, with a host where there is an authority.
//!
//! RFC 5280 (4.2.1.6) refuses relative ones and hosts that are neither a name nor an address. User
//! names are refused as well: what stands before an `@` is easily read as the host. A `spiffe://`
//! URI must be the ID of a workload by the SPIFFE standard, since other verifiers refuse the
//! certificate when it is not.

use std::{borrow::Cow, net::IpAddr};

use super::host_name;

/// RFC 3986's characters, a scheme, and a host where there is an authority.
pub(super) fn check(text: &str) -> Result<(), Cow<'static, str>> {
    if let Some(bad) = text.chars().find(|c| !c.is_ascii_graphic() || "\"<>\\^`{|}".contains(*c)) {
        return Err(format!("expected the characters of a URI, {bad:?} must be percent-encoded").into());
    }
    let mut escapes = text.split('%');
    escapes.next();
    if !escapes.all(|rest| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2) {
        return Err("expected two hexadecimal digits after each %".into());
    }
    let (scheme, rest) = text.split_once(':').ok_or("expected a scheme, such as \"spiffe://example.com/billing\"")?;
    let letters = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b));
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !letters {
        return Err("expected a scheme that starts with a letter, such as \"spiffe://example.com/billing\"".into());
    }
    if scheme.eq_ignore_ascii_case("spiffe") {
        return spiffe(text);
    }
    let Some(rest) = rest.strip_prefix("//") else {
        return if rest.is_empty() { Err("expected something after the scheme".into()) } else { Ok(()) };
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    if authority.contains('@') {
        return Err("expected no user name before the host".into());
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, ""),
    };
    if !port.bytes().all(|b| b.is_ascii_digit()) {
        return Err("expected a number as port".into());
    }
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    if literal.unwrap_or(host).parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv6() == literal.is_some()) {
        return Ok(());
    }
    host_name::parse(host).map(drop).map_err(|expected| format!("its host: {expected}").into())
}

/// A SPIFFE ID of a workload: <https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md>.
fn spiffe(text: &str) -> Result<(), Cow<'static, str>> {
    const FORM: &str = "expected a SPIFFE ID such as \"spiffe://example.com/billing\"";
    let rest = text.strip_prefix("spiffe://").ok_or("expected \"spiffe://\" in lower case")?;
    let (domain, path) = rest.split_once('/').ok_or(FORM)?;
    let in_domain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b);
    let in_path = |b: u8| b.is_ascii_alphanumeric() || b".-_".contains(&b);
    if text.len() > 2048 || domain.is_empty() || domain.len() > 255 || !domain.bytes().all(in_domain) {
        return Err(
            format!("{FORM}: at most 2048 characters, a trust domain of a-z, 0-9, \".\", \"-\" and \"_\"").into()
        );
    }
    let segment = |s: &str| !matches!(s, "" | "." | "..") && s.bytes().all(in_path);
    if !path.split('/').all(segment) {
        return Err(format!(
            "{FORM}: path segments of letters, digits, \".\", \"-\" and \"_\", none empty or dots alone"
        )
        .into());
    }
    Ok(())
}
