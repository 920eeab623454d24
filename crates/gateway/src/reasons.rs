//! A page for each reason, which every refusal links to: `/.well-known/countersign/reasons/CODE`.
//!
//! The gateway answers these itself, on every site, before it asks who the client is: somebody who is
//! refused for the lack of a certificate has to be able to read why. They come after the checks of framing,
//! head and host, hold the registry of core and nothing of the request, and are written once, at the
//! first request for one. Nothing below `/.well-known/countersign/` ever reaches an app.

use std::{collections::HashMap, fmt::Write, sync::LazyLock};

use bytes::Bytes;
use countersign_core::{REASONS, Reason, Refusal};
use http::{HeaderValue, Method, Response, header};

use crate::{
    body::ResponseBody,
    refuse::{Escaped, sentence},
};

/// Paths that are the gateway's own.
const OWN: &str = "/.well-known/countersign/";
const REASONS_AT: &str = "/.well-known/countersign/reasons/";

/// Where the page of a reason is; a reference within the site that refused.
pub(crate) fn address(reason: Reason) -> String {
    format!("{REASONS_AT}{}", reason.code())
}

/// The answer to a path of the gateway's own; none: the path is the app's.
pub(crate) fn answer(method: &Method, decoded_path: &str) -> Option<Result<Response<ResponseBody>, Refusal>> {
    if !decoded_path.starts_with(OWN) {
        return None;
    }
    if *method != Method::GET && *method != Method::HEAD {
        return Some(Err(Refusal::new(Reason::MethodNotAllowed).allow("GET, HEAD")));
    }
    let page = decoded_path.strip_prefix(REASONS_AT).and_then(|code| PAGES.get(code));
    Some(page.map(|page| response(page, *method == Method::HEAD)).ok_or_else(|| Refusal::new(Reason::RouteNotFound)))
}

fn response(page: &Bytes, head: bool) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::own(if head { Bytes::new() } else { page.clone() }));
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// By code; the list of all under the empty one.
static PAGES: LazyLock<HashMap<&'static str, Bytes>> = LazyLock::new(|| {
    let mut pages: HashMap<_, _> = REASONS.iter().map(|reason| (reason.code(), page(*reason))).collect();
    pages.insert("", list());
    pages
});

fn written(title: &str, content: &str) -> Bytes {
    include_str!("reason_page.html").replace("{title}", title).replace("{content}", content).into()
}

fn page(reason: Reason) -> Bytes {
    let info = reason.info();
    let content = format!(
        "<p class=\"status\">{} · <code>{}</code></p>\n<h1>{}</h1>\n<h2>Why</h2>\n<p>{}</p>\n<h2>What you can do</h2>\n<p>{}</p>\n<h2>What it rests on</h2>\n<p>{}</p>\n<nav class=\"soft\"><a href=\"{REASONS_AT}\">All reasons</a></nav>",
        info.status,
        info.code,
        sentence(info.text),
        sentence(info.why),
        sentence(info.fix),
        Escaped(info.spec),
    );
    written(info.code, &content)
}

fn list() -> Bytes {
    let mut content = "<h1>Why requests are refused</h1>\n<ul>".to_owned();
    for reason in REASONS {
        let info = reason.info();
        // Writing to a String does not fail.
        let _ = write!(
            content,
            "\n<li><a href=\"{REASONS_AT}{}\"><code>{}</code></a> <span class=\"soft\">{}</span><br>{}</li>",
            info.code,
            info.code,
            info.status,
            sentence(info.text),
        );
    }
    written("Why requests are refused", &(content + "\n</ul>"))
}
