//! How a refusal is told: a page for a person who navigated here, `application/problem+json` (RFC
//! 9457) for everything else, and the reason code in `Countersign-Reason` for both.
//!
//! What a peer sent stands in it only as core prepared it (printable, cut) and escaped. It says
//! nothing of the app, the upstream or the configuration beyond what the rule expected.

use std::{collections::HashMap, fmt::Write, sync::LazyLock};

use bytes::Bytes;
use countersign_core::{Reason, Refusal, Stage};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use crate::{body::ResponseBody, reasons, request_id::RequestId};

const REASON: HeaderName = HeaderName::from_static("countersign-reason");
const REQUEST_ID: HeaderName = HeaderName::from_static("countersign-request-id");

/// Whether the answer is shown to a person.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    if let Some(mode) = headers.get("sec-fetch-mode") {
        return mode == "navigate";
    }
    headers.get(header::ACCEPT).is_some_and(|accept| accept.to_str().is_ok_and(|text| text.contains("text/html")))
}

/// The answer to a refused request.
pub(crate) fn response(refusal: &Refusal, page: bool, id: RequestId) -> Response<ResponseBody> {
    words(refusal, page, id).map(ResponseBody::own)
}

/// What is said to a refused request.
pub(crate) fn words(refusal: &Refusal, page: bool, id: RequestId) -> Response<Bytes> {
    let info = refusal.reason().info();
    // How the app failed is for the log.
    let bare = (info.stage == Stage::Upstream).then(|| Refusal::new(refusal.reason()));
    let refusal = bare.as_ref().unwrap_or(refusal);
    let (content_type, text) = if page {
        ("text/html; charset=utf-8", html(refusal, id))
    } else {
        ("application/problem+json", json(refusal, id))
    };
    let mut response = Response::new(Bytes::from(text));
    *response.status_mut() = StatusCode::from_u16(info.status).unwrap_or(StatusCode::FORBIDDEN);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(REASON, HeaderValue::from_static(info.code));
    headers.insert(REQUEST_ID, id.header());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if page {
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
        );
    }
    if let Some(Ok(challenge)) = refusal.authentication().map(HeaderValue::from_str) {
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    if let Some(Ok(allow)) = refusal.allowed_methods().map(HeaderValue::from_str) {
        headers.insert(header::ALLOW, allow);
    } else if refusal.reason() == Reason::UpgradeMalformed {
        // RFC 6455 section 4.4: the version that would be taken.
        headers.insert("sec-websocket-version", HeaderValue::from_static("13"));
    } else if refusal.reason() == Reason::MethodRefused {
        headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
    }
    response
}

/// RFC 9457, in the order in which a person reads it.
#[derive(serde::Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    reason: &'a str,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    received: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    why: &'a str,
    fix: &'a str,
    spec: &'a str,
    request_id: &'a str,
}

fn json(refusal: &Refusal, id: RequestId) -> String {
    let info = refusal.reason().info();
    let problem = Problem {
        r#type: reasons::address(refusal.reason()),
        title: info.text,
        status: info.status,
        reason: info.code,
        detail: refusal.to_string(),
        received: refusal.receipt(),
        expected: refusal.expectation(),
        why: info.why,
        fix: info.fix,
        spec: info.spec,
        request_id: id.as_str(),
    };
    // Strings and a number: there is nothing that could fail.
    serde_json::to_string(&problem).unwrap_or_default()
}

/// What stands before the particulars, between them and the request id, and after it.
type Page = [String; 3];

/// The pages, but for the particulars: refusing must cost less than what it refuses.
static PAGES: LazyLock<HashMap<Reason, Page>> =
    LazyLock::new(|| countersign_core::REASONS.iter().map(|reason| (*reason, page_of(*reason))).collect());

fn page_of(reason: Reason) -> Page {
    let info = reason.info();
    let text = include_str!("refusal.html")
        .replace("{status}", &info.status.to_string())
        .replace(
            "{what}",
            if info.stage == Stage::Upstream { "this request got no answer" } else { "this request was refused" },
        )
        .replace("{title}", &sentence(info.text))
        .replace("{why}", &sentence(info.why))
        .replace("{fix}", &sentence(info.fix))
        .replace("{spec}", &Escaped(info.spec).to_string())
        .replace("{page}", &reasons::address(reason))
        .replace("{code}", info.code);
    let (before, rest) = text.split_once("{facts}").unwrap_or((&text, ""));
    let (between, after) = rest.split_once("{id}").unwrap_or((rest, ""));
    [before.into(), between.into(), after.into()]
}

fn html(refusal: &Refusal, id: RequestId) -> String {
    let Some([before, between, after]) = PAGES.get(&refusal.reason()) else { return String::new() };
    let mut page = String::with_capacity(before.len() + between.len() + after.len() + 512);
    page.push_str(before);
    for (label, value) in [("Received", refusal.receipt()), ("Expected", refusal.expectation())] {
        if let Some(value) = value {
            // Writing to a String does not fail.
            let _ = write!(page, "<dt>{label}</dt><dd><code>{}</code></dd>", Escaped(value));
        }
    }
    page.push_str(between);
    page.push_str(id.as_str());
    page.push_str(after);
    page
}

/// A registry text as a sentence.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{}.", Escaped(&(first + chars.as_str())))
}

pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_escapes_what_the_peer_sent() {
        let refusal = Refusal::new(Reason::OriginMismatch).received("https://<script>{why}'\"&").expected("https://a");
        let page = html(&refusal, RequestId::new());
        assert!(page.contains("https://&lt;script&gt;{why}&#39;&quot;&amp;"), "{page}");
        assert!(!page.contains("<script>"));
        assert!(page.contains("origin-mismatch"));
    }

    #[test]
    fn a_problem_has_every_part() {
        let refusal = Refusal::new(Reason::OriginMismatch).received("\"").expected("https://a");
        let problem: serde_json::Value = serde_json::from_str(&json(&refusal, RequestId::new())).unwrap();
        assert_eq!(problem["reason"], "origin-mismatch");
        assert_eq!(problem["status"], 403);
        assert_eq!(problem["received"], "\"");
        assert_eq!(problem["request_id"].as_str().map(str::len), Some(32));
    }

    #[test]
    fn who_gets_a_page() {
        let with = |name: &'static str, value: &'static str| {
            HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))])
        };
        assert!(wants_page(&with("sec-fetch-mode", "navigate")));
        assert!(!wants_page(&with("sec-fetch-mode", "cors")));
        assert!(wants_page(&with("accept", "text/html,*/*;q=0.8")));
        assert!(!wants_page(&with("accept", "*/*")));
        assert!(!wants_page(&HeaderMap::new()));
    }
}
