//! From http to https, and nothing else.
//!
//! Only GET and HEAD are sent on. Another method has already told the network what it had to say, and
//! a redirect would hide that from whoever wrote the link: it is refused. So is a host that no site
//! serves, which would make this an open redirect, and a head that can be read in two ways: what
//! stands in `Location` is the host and path that the gateway would decide on. RFC 9110 section 15.4.9
//! (308: the method is kept), RFC 6797 for what https answers add (`hsts` of a site).

use std::net::SocketAddr;

use bytes::Bytes;
use countersign_core::{Head, Reason, Refusal};
use http::{HeaderValue, Method, Response, StatusCode, header, request::Parts};
use http_body_util::Full;

use crate::{live::Serving, refuse, request, request_id::RequestId};

/// Connections at once; each is over in an instant.
pub(crate) const CONNECTIONS: usize = 512;

/// The answer to a request that came in clear. `came_to` is the address that it came to, `https` the
/// port of the first https listener.
pub(crate) fn answer(parts: &Parts, came_to: SocketAddr, serving: &Serving, https: u16) -> Response<Full<Bytes>> {
    match location(parts, came_to, serving, https) {
        Ok(location) => {
            let mut response = Response::new(Full::default());
            *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
            response.headers_mut().insert(header::LOCATION, location);
            response
        }
        Err(refusal) => {
            let id = RequestId::new();
            tracing::debug!(reason = refusal.reason().code(), detail = %refusal, "refused in clear");
            refuse::words(&refusal, refuse::wants_page(&parts.headers), id).map(Full::new)
        }
    }
}

fn location(parts: &Parts, came_to: SocketAddr, serving: &Serving, https: u16) -> Result<HeaderValue, Refusal> {
    let head = request::head(parts, &[])?;
    if !serving.sites.iter().any(|site| site.policy.serves(&head.host())) {
        return Err(Refusal::new(Reason::MisdirectedRequest).received(head.host().to_string()));
    }
    if parts.method != Method::GET && parts.method != Method::HEAD {
        return Err(Refusal::new(Reason::HttpsRequired).expected("GET or HEAD in clear").received(head.method()));
    }
    let port = port(head.host().port(), came_to.port(), https).map_or_else(String::new, |port| format!(":{port}"));
    let query = head.query().map_or_else(String::new, |query| format!("?{query}"));
    let location = format!("https://{}{port}{}{query}", head.host().name(), path(&head));
    HeaderValue::try_from(location).map_err(|_| Refusal::new(Reason::TargetMalformed))
}

fn path<'h>(head: &'h Head<'_>) -> &'h str {
    head.path().wire()
}

/// The port to name. Whoever maps ports in front of the gateway maps both of them: then the client
/// asked another port than the one that it came to, and for the default one of http, that of https is
/// right.
fn port(asked: Option<u16>, came_to: u16, https: u16) -> Option<u16> {
    let asked = asked.unwrap_or(80);
    let mapped = asked != came_to;
    if https == 443 || (mapped && asked == 80) { None } else { Some(https) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_with_and_without_a_mapping_in_front() {
        assert_eq!(port(None, 80, 443), None);
        assert_eq!(port(Some(80), 80, 443), None);
        assert_eq!(port(None, 80, 8443), Some(8443));
        assert_eq!(port(Some(8080), 8080, 8443), Some(8443));
        assert_eq!(port(None, 8080, 8443), None);
        assert_eq!(port(Some(9080), 8080, 8443), Some(8443));
        assert_eq!(port(Some(8080), 8080, 443), None);
    }
}
