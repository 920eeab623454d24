//! What is answered to which path.

use std::{collections::BTreeMap, fmt::Write};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, Version, header};
use http_body_util::Full;

use super::{Jwks, Snapshot, State, guard};
use crate::metrics::Scrape;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const JWK_SET: &str = "application/jwk-set+json";

/// What `/` says.
const INDEX: &str = "countersign admin\n\n\
/healthz    200 as long as the process lives\n\
/readyz     200 while connections are accepted, 503 once the gateway stops\n\
/metrics    Prometheus metrics\n\
/jwks       sites with public assertion keys, each at /jwks/SITE\n";

/// The answer to a request of this head; bodies are not read.
pub(super) fn answer(
    method: &Method,
    uri: &Uri,
    version: Version,
    headers: &HeaderMap,
    state: &State,
) -> Response<Full<Bytes>> {
    if let Err(denied) = guard::check(uri, version, headers) {
        return respond(denied.status, TEXT, format!("{}\n", denied.text));
    }
    let path = uri.path();
    let site = path.strip_prefix("/jwks/");
    if site.is_none() && !matches!(path, "/" | "/healthz" | "/readyz" | "/metrics" | "/jwks") {
        return respond(StatusCode::NOT_FOUND, TEXT, "not found; / lists what there is\n");
    }
    if method != Method::GET && method != Method::HEAD {
        let mut response = respond(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET and HEAD\n");
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match (path, site) {
        (_, Some(site)) => key_set(&state.snapshot(), site),
        ("/jwks", _) => respond(StatusCode::OK, JSON, key_sets(&state.snapshot())),
        ("/metrics", _) => {
            respond(StatusCode::OK, Scrape::CONTENT_TYPE, Scrape::new(&state.metrics, state.snapshot()).text())
        }
        ("/readyz", _) if state.stops() => respond(StatusCode::SERVICE_UNAVAILABLE, TEXT, "draining\n"),
        ("/readyz", _) => respond(StatusCode::OK, TEXT, "ready\n"),
        ("/healthz", _) => respond(StatusCode::OK, TEXT, "ok\n"),
        _ => respond(StatusCode::OK, TEXT, INDEX),
    }
}

fn respond(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    for (name, value) in [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// As in the names of key files: `*` cannot stand in a path everywhere.
fn in_path(site: &str) -> String {
    site.replace('*', "_")
}

/// Paths of the key sets by site.
fn key_sets(snapshot: &Snapshot) -> String {
    let public = snapshot.keys.iter().filter(|keys| matches!(keys.jwks, Jwks::Public(_)));
    let paths: BTreeMap<&str, String> =
        public.map(|keys| (&*keys.site, format!("/jwks/{}", in_path(&keys.site)))).collect();
    let mut text = serde_json::json!({ "sites": paths }).to_string();
    text.push('\n');
    text
}

fn key_set(snapshot: &Snapshot, site: &str) -> Response<Full<Bytes>> {
    match snapshot.keys.iter().find(|keys| in_path(&keys.site) == site).map(|keys| &keys.jwks) {
        Some(Jwks::Public(set)) => respond(StatusCode::OK, JWK_SET, set.clone()),
        Some(Jwks::Secret) => respond(
            StatusCode::NOT_FOUND,
            TEXT,
            "the assertions of this site are signed with a secret (HS256), and secrets are never served: the app reads the key file\n",
        ),
        None => {
            let mut text = String::from("no site of this name signs assertions");
            for keys in &snapshot.keys {
                // Writing to a String does not fail.
                let _ = write!(text, "\n/jwks/{}", in_path(&keys.site));
            }
            text.push('\n');
            respond(StatusCode::NOT_FOUND, TEXT, text)
        }
    }
}

#[cfg(test)]
mod tests;
