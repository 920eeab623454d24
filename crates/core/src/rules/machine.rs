//! Proof that no web page sent the request: DESIGN 4, audience `machine`.
//!
//! For endpoints that have no CSRF token. "Exempt" never means "open to any page in a browser
//! that holds the certificate": a request passes only if it bears nothing that browsers add
//! (`Sec-Fetch-*`, `Origin`, `Referer`, `Cookie`) and, unless it is safe, something that a page
//! cannot add without a preflight; preflights are refused. A page can leave out `Referer`; in current
//! browsers it can leave out neither `Origin` nor, over https, `Sec-Fetch-Site`.
//!
//! Markers are the API key that the route asks for, `Countersign-Client: NAME`, and a content type
//! outside the Fetch standard's CORS-safelist, unless browsers send it of their own accord. No marker:
//! - `Authorization`: a browser adds Basic, Digest and Negotiate credentials that it remembers to the
//!   request of any page, without a preflight, as it adds the certificate.
//! - `X-Requested-With`: Android's WebView has added it to every request, navigations of a foreign page
//!   included; and where a script sets it, it shows a page rather than a program.
//! - A key in a header that the route does not name: nobody looks at it.
//! - No content type at all: a `Blob` without a type, or any in `no-cors` mode, is sent like that.

use crate::{ApiKey, Basis, Head, Observer, Outcome, Reason, Refusal, Rule};

pub(crate) const NO_SIGNALS: &str = "no Origin, Referer, Cookie or Sec-Fetch headers";

/// `api_key` is the one that the route asks for; it was checked.
pub(crate) fn judge<O: Observer>(head: &Head<'_>, api_key: Option<&ApiKey>, obs: &mut O) -> Result<Basis, Refusal> {
    if let Some(signal) = browser_signal(head) {
        obs.step(Rule::MachineSignals, Outcome::Refuse, || (NO_SIGNALS.into(), signal.into()));
        return Err(Refusal::new(Reason::BrowserOnMachineRoute).received(signal).expected(NO_SIGNALS));
    }
    obs.step(Rule::MachineSignals, Outcome::Pass, || (NO_SIGNALS.into(), "none of them".into()));

    const MARKER: &str = "Countersign-Client: NAME, or a content type such as application/json";
    if api_key.is_some() {
        obs.step(Rule::MachineMarker, Outcome::Pass, || (MARKER.into(), "the route's API key".into()));
        return Ok(Basis::ApiKey);
    }
    let fields = head.fields();
    let marked = fields.machine_client.is_some_and(is_token) || fields.content_type.is_some_and(needs_preflight);
    if head.is_safe() {
        obs.step(Rule::MachineMarker, Outcome::Skip, || (MARKER.into(), format!("{} is safe", head.method())));
    } else if marked {
        obs.step(Rule::MachineMarker, Outcome::Pass, || (MARKER.into(), "present".into()));
    } else {
        let received: Vec<u8> = match fields.content_type {
            Some(content_type) => [b"Content-Type: ", content_type].concat(),
            None => b"neither".to_vec(),
        };
        let refusal = Refusal::new(Reason::MachineMarkerMissing).expected(MARKER).received(received);
        obs.step(Rule::MachineMarker, Outcome::Refuse, || {
            (MARKER.into(), refusal.receipt().unwrap_or_default().into())
        });
        return Err(refusal);
    }
    Ok(Basis::Machine)
}

/// The first header that shows a browser.
pub(crate) fn browser_signal(head: &Head<'_>) -> Option<&'static str> {
    let f = head.fields();
    [(f.sec_fetch, "Sec-Fetch"), (f.origin.is_some(), "Origin"), (f.referer.is_some(), "Referer"), (f.cookie, "Cookie")]
        .into_iter()
        .find_map(|(present, name)| present.then_some(name))
}

/// Content types that reach a foreign host without a preflight: the three that forms can send
/// (Fetch standard, CORS-safelisted request-header), and those of requests that a page or a
/// certificate can aim and the browser makes by itself: `<a ping>`, CSP's report-uri, the
/// Reporting API, OCSP.
static UNASKED: &[&str] = &[
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
    "text/ping",
    "application/csp-report",
    "application/reports+json",
    "application/ocsp-request",
];

/// Whether a page needs a preflight to make a browser send this content type: it is a well-formed
/// media type other than the [`UNASKED`] ones.
fn needs_preflight(value: &[u8]) -> bool {
    let essence = value.split(|&b| b == b';').next().unwrap_or_default().trim_ascii();
    let Some(slash) = essence.iter().position(|&b| b == b'/') else { return false };
    let (kind, sub) = essence.split_at(slash);
    is_token(kind)
        && sub.get(1..).is_some_and(is_token)
        && !UNASKED.iter().any(|unasked| essence.eq_ignore_ascii_case(unasked.as_bytes()))
}

/// RFC 9110 section 5.6.2.
fn is_token(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_that_need_a_preflight() {
        for (value, expect) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/vnd.api+json", true),
            ("text/plain", false),
            ("TEXT/PLAIN;charset=utf-8", false),
            ("text/plain ; x=application/json", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=x", false),
            ("text/ping", false),
            ("application/csp-report", false),
            ("Application/Reports+JSON", false),
            ("application/ocsp-request", false),
            ("", false),
            ("json", false),
            ("/json", false),
            ("application/", false),
            ("application/json, text/plain", false),
            ("text/plain, application/json", false),
        ] {
            assert_eq!(needs_preflight(value.as_bytes()), expect, "{value}");
        }
    }
}
