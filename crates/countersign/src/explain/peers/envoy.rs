//! Envoy's `envoy.filters.http.csrf`, with the site's trusted hosts as `additional_origins`.

use super::Seen;

pub(super) fn says(seen: &Seen<'_>) -> Result<&'static str, String> {
    if !matches!(seen.method, "POST" | "PUT" | "DELETE" | "PATCH") {
        return Ok("a method that it does not look at");
    }
    // `null` is none to it, and Referer is not asked then.
    let source = match seen.origin {
        Some("null") => None,
        Some(origin) if !origin.is_empty() => Some(host_and_port(origin)),
        _ => seen.referer.filter(|referer| !referer.is_empty()).map(host_and_port),
    };
    match source {
        None => Err("Invalid origin (csrf_origin_mismatch: no source origin)".into()),
        Some(source) if source == seen.host => Ok("the host of Origin or Referer is :authority"),
        Some(source) if seen.trusted.iter().any(|known| host_and_port(known) == source) => Ok("an additional origin"),
        Some(_) => Err("Invalid origin (csrf_origin_mismatch)".into()),
    }
}

/// What does not parse is compared as it is.
fn host_and_port(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default())
}
