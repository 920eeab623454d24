//! `_origin_verified` and `_check_referer`.

use super::{
    Rejection, Request, Settings,
    host::{host, is_secure, port},
    url::{Split, is_same_domain},
};

/// Whether this `Origin` is the own one or trusted, byte by byte but for wildcards.
pub(super) fn verified(settings: &Settings, request: &Request<'_>, origin: &str) -> bool {
    let scheme = if is_secure(settings, request) { "https" } else { "http" };
    if host(settings, request).is_some_and(|host| origin == format!("{scheme}://{host}")) {
        return true;
    }
    if settings.trusted.iter().any(|trusted| !trusted.wildcard && trusted.text == origin) {
        return true;
    }
    let Some(split) = Split::of(origin) else { return false };
    settings.trusted.iter().any(|trusted| {
        trusted.wildcard && trusted.scheme == split.scheme && is_same_domain(&split.netloc, &trusted.netloc)
    })
}

/// The check of a request over https without `Origin`.
pub(super) fn referer(settings: &Settings, request: &Request<'_>) -> Result<(), Rejection> {
    let referer = request.meta.get("HTTP_REFERER").ok_or(Rejection::NoReferer)?;
    let split = Split::of(&referer).ok_or(Rejection::MalformedReferer)?;
    if split.scheme.is_empty() || split.netloc.is_empty() {
        return Err(Rejection::MalformedReferer);
    }
    if split.scheme != "https" {
        return Err(Rejection::InsecureReferer);
    }
    // The scheme of what is trusted does not matter here.
    if settings.trusted.iter().any(|trusted| is_same_domain(&split.netloc, &trusted.netloc)) {
        return Ok(());
    }
    let domain = if settings.use_sessions { &settings.session_cookie_domain } else { &settings.cookie_domain };
    let good = match domain {
        None => host(settings, request).map(|host| host.into_owned()),
        Some(domain) => match &*port(settings, request) {
            "443" | "80" => Some(domain.clone()),
            port => Some(format!("{domain}:{port}")),
        },
    };
    if good.is_some_and(|good| is_same_domain(&split.netloc, &good)) {
        Ok(())
    } else {
        Err(Rejection::BadReferer(split.url()))
    }
}
