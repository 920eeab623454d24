//! Go's `net/http.CrossOriginProtection`, 1.25 and later.

use super::Seen;

pub(super) fn says(seen: &Seen<'_>) -> Result<&'static str, String> {
    if matches!(seen.method, "GET" | "HEAD" | "OPTIONS") {
        return Ok("a safe method");
    }
    let trusted = || seen.origin.is_some_and(|origin| seen.trusted.iter().any(|known| known == origin));
    match seen.fetch_site.unwrap_or_default() {
        "same-origin" | "none" => return Ok("Sec-Fetch-Site says same-origin or none"),
        "" => {}
        _ if trusted() => return Ok("a trusted origin"),
        _ => return Err("cross-origin request detected from Sec-Fetch-Site header".into()),
    }
    match seen.origin.unwrap_or_default() {
        "" => Ok("neither Sec-Fetch-Site nor Origin: taken for no browser's"),
        origin if host(origin) == Some(seen.host) => Ok("the host of Origin is Host"),
        _ if trusted() => Ok("a trusted origin"),
        _ => Err("cross-origin request detected, and/or browser is out of date: Sec-Fetch-Site is missing, and Origin does not match Host".into()),
    }
}

/// `url.Parse(origin).Host`: the scheme does not matter, nor a user name.
fn host(origin: &str) -> Option<&str> {
    let (_, rest) = origin.split_once("//")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    Some(authority.rsplit('@').next().unwrap_or_default())
}
