//! `HttpRequest.get_host`, `get_port` and `is_secure`.

use std::borrow::Cow;

use super::{Request, Settings, python::strip, url::is_same_domain};

/// `request.is_secure()`
pub(super) fn is_secure(settings: &Settings, request: &Request<'_>) -> bool {
    if let Some((header, secure)) = &settings.secure_proxy_ssl_header
        && let Some(value) = request.meta.get(header)
    {
        return strip(value.split(',').next().unwrap_or_default()) == secure;
    }
    request.https
}

/// `request.get_port()`
pub(super) fn port<'r>(settings: &Settings, request: &'r Request<'_>) -> Cow<'r, str> {
    let forwarded = if settings.use_x_forwarded_port { request.meta.get("HTTP_X_FORWARDED_PORT") } else { None };
    forwarded.or_else(|| request.meta.get("SERVER_PORT")).unwrap_or_default()
}

/// `request.get_host()`, raw; none: `DisallowedHost`.
pub(super) fn host<'r>(settings: &Settings, request: &'r Request<'_>) -> Option<Cow<'r, str>> {
    let host = raw(settings, request);
    let lower = host.to_lowercase();
    let domain = domain(&lower)?;
    let debug: &[&str] = &[".localhost", "127.0.0.1", "[::1]"];
    let allowed = if settings.debug && settings.allowed_hosts.is_empty() {
        debug.iter().any(|pattern| is_same_domain(domain, pattern))
    } else {
        settings.allowed_hosts.iter().any(|pattern| pattern == "*" || is_same_domain(domain, pattern))
    };
    allowed.then_some(host)
}

/// `_get_raw_host`
fn raw<'r>(settings: &Settings, request: &'r Request<'_>) -> Cow<'r, str> {
    let forwarded = if settings.use_x_forwarded_host { request.meta.get("HTTP_X_FORWARDED_HOST") } else { None };
    if let Some(host) = forwarded.or_else(|| request.meta.get("HTTP_HOST")) {
        return host;
    }
    let name = request.meta.get("SERVER_NAME").unwrap_or_default();
    let port = port(settings, request);
    let default = if is_secure(settings, request) { "443" } else { "80" };
    if port == default { name } else { Cow::Owned(format!("{name}:{port}")) }
}

/// `split_domain_port`: the domain without one trailing dot; none if that is empty or the host is
/// malformed.
fn domain(host: &str) -> Option<&str> {
    let (domain, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (address, _) = rest.split_once(']')?;
            let (before, after) = address.split_once(':')?;
            let hexadecimal = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
            let address = before.bytes().all(hexadecimal)
                && !after.is_empty()
                && after.bytes().all(|b| hexadecimal(b) || matches!(b, b':' | b'.'));
            let after = host.find(']').and_then(|at| host.split_at_checked(at + 1));
            after.filter(|_| address)?
        }
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let name = |b: u8| b.is_ascii_digit() || b.is_ascii_lowercase() || matches!(b, b'.' | b'-');
    let named = host.starts_with('[') || (!domain.is_empty() && domain.bytes().all(name));
    let port = match port.strip_prefix(':') {
        Some(digits) => !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()),
        None => port.is_empty(),
    };
    if !named || !port {
        return None;
    }
    Some(domain.strip_suffix('.').unwrap_or(domain)).filter(|domain| !domain.is_empty())
}

#[cfg(test)]
mod tests {
    use super::domain;

    #[test]
    fn domains() {
        for (host, expected) in [
            ("a.example", Some("a.example")),
            ("a.example.:80", Some("a.example")),
            ("a.example..", Some("a.example.")),
            ("a:", None),
            ("a:x", None),
            ("a_b", None),
            (".", None),
            ("", None),
            ("[::1]:8", Some("[::1]")),
            ("[a:b.c]", Some("[a:b.c]")),
            ("[abc]", None),
            ("[a:]", None),
            ("[::1", None),
            ("[::1].", None),
            ("u@a", None),
        ] {
            assert_eq!(domain(host), expected, "{host:?}");
        }
    }
}
