//! Requests that ask the app for another method than their own: in a header, or in `_method` of the query.
//!
//! The method that was judged is the one that has to run, so the headers never reach the app (they are
//! protected names). A query does, as it came: an app that reads `_method` there lets a link, which is a GET
//! and needs no proof, change things. That cannot be told from an honest parameter of that name, so it is
//! noticed, in log and metric, and not refused. A form's `_method` needs the proof of an unsafe method anyway.

use http::HeaderMap;

const HEADERS: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];
const PARAMETER: &str = "_method";

/// What asks for another method.
pub(crate) fn asked(headers: &HeaderMap, query: Option<&str>) -> Option<&'static str> {
    if let Some(header) = HEADERS.into_iter().find(|header| headers.contains_key(*header)) {
        return Some(header);
    }
    let named = |pair: &str| pair.split('=').next() == Some(PARAMETER);
    query.is_some_and(|query| query.split('&').any(named)).then_some(PARAMETER)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn headers_and_query() {
        for (query, expected) in [
            (None, None),
            (Some("a=1&_method=DELETE"), Some("_method")),
            (Some("_method"), Some("_method")),
            (Some("x_method=1&a=_method"), None),
        ] {
            assert_eq!(asked(&HeaderMap::new(), query), expected, "{query:?}");
        }
        let mut headers = HeaderMap::new();
        headers.insert("x-method-override", HeaderValue::from_static("PUT"));
        assert_eq!(asked(&headers, Some("_method=PUT")), Some("x-method-override"));
    }
}
