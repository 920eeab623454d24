//! Who may ask: everything but the pages of web sites.
//!
//! The admin address has no password: whoever reaches it may read it. But a browser on the same
//! host reaches it too, on behalf of any page that it shows. A page could name its own host and
//! have that resolve to 127.0.0.1 (DNS rebinding), and then read the answers as its own; so the
//! `Host` has to be an address or `localhost`, which no page can make its own. And a page that asks
//! across origins says so in `Origin` or `Sec-Fetch-Site` (Fetch standard, W3C Fetch Metadata).

use countersign_core::Host;
use http::{HeaderMap, StatusCode, Uri, Version, header, uri::Authority};

/// Why a request gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Denied {
    pub(super) status: StatusCode,
    pub(super) text: &'static str,
}

const HOST: Denied = Denied {
    status: StatusCode::MISDIRECTED_REQUEST,
    text: "ask by an IP address or localhost: another Host could be a web page's (DNS rebinding)",
};
const NO_HOST: Denied = Denied { status: StatusCode::BAD_REQUEST, text: "send one Host header" };
const ORIGIN: Denied = Denied { status: StatusCode::FORBIDDEN, text: "web pages may not ask here: Origin is present" };
const SITE: Denied = Denied {
    status: StatusCode::FORBIDDEN,
    text: "web pages of other sites may not ask here: Sec-Fetch-Site is neither none nor same-origin",
};

/// Refuses what a web page could have sent.
pub(super) fn check(uri: &Uri, version: Version, headers: &HeaderMap) -> Result<(), Denied> {
    if headers.contains_key(header::ORIGIN) {
        return Err(ORIGIN);
    }
    // `none` is a person's own navigation, `same-origin` the page that is served here.
    if headers.get_all("sec-fetch-site").iter().any(|site| site != "none" && site != "same-origin") {
        return Err(SITE);
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        // Fails open on purpose: health checks of load balancers speak HTTP/1.0 without Host, and
        // every browser sends it.
        (None, _) if version == Version::HTTP_10 && uri.authority().is_none() => Ok(()),
        (Some(host), None) => {
            let named = uri.authority().map(Authority::as_str).map(str::as_bytes);
            if is_local(host.as_bytes()) && named.is_none_or(is_local) { Ok(()) } else { Err(HOST) }
        }
        _ => Err(NO_HOST),
    }
}

fn is_local(host: &[u8]) -> bool {
    let Ok(host) = Host::parse(host) else { return false };
    let name = host.name();
    let literal = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || literal.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(fields: &[(&'static str, &'static str)]) -> Result<(), Denied> {
        let fields = fields.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            let name: http::HeaderName = name;
            headers.append(name, value);
        }
        check(&Uri::from_static("/metrics"), Version::HTTP_11, &headers)
    }

    #[test]
    fn who_asks_by_address_is_answered() {
        for host in ["127.0.0.1", "127.0.0.1:9440", "10.1.2.3:9440", "[::1]:9440", "[::1]", "localhost", "LOCALHOST:80"]
        {
            assert_eq!(checked(&[("host", host)]), Ok(()), "{host}");
            assert_eq!(checked(&[("host", host), ("sec-fetch-site", "none")]), Ok(()));
            assert_eq!(checked(&[("host", host), ("sec-fetch-site", "same-origin")]), Ok(()));
        }
    }

    #[test]
    fn a_rebound_name_is_refused() {
        for host in [
            "evil.test",
            "evil.test:9440",
            "localhost.evil.test",
            "127.0.0.1.evil.test",
            "127.0.0.1.nip.io:9440",
            "evil.localhost",
            "localhost.",
            "127.1",
            "0x7f000001",
            "2130706433",
            "127.0.0.1@evil.test",
            "[::1].evil.test",
            "::1",
            "",
            " ",
            "127.0.0.1, evil.test",
        ] {
            assert_eq!(checked(&[("host", host)]), Err(HOST), "{host}");
        }
        assert_eq!(checked(&[("host", "127.0.0.1"), ("host", "127.0.0.1")]), Err(NO_HOST));
        assert_eq!(checked(&[]), Err(NO_HOST));
    }

    #[test]
    fn a_target_that_names_another_host_is_refused() {
        let headers = HeaderMap::from_iter([(header::HOST, http::HeaderValue::from_static("127.0.0.1"))]);
        for (target, expected) in [("http://127.0.0.1/metrics", Ok(())), ("http://evil.test/metrics", Err(HOST))] {
            assert_eq!(check(&Uri::from_static(target), Version::HTTP_11, &headers), expected);
            assert_eq!(check(&Uri::from_static(target), Version::HTTP_10, &HeaderMap::new()), Err(NO_HOST));
        }
        assert_eq!(check(&Uri::from_static("/readyz"), Version::HTTP_10, &HeaderMap::new()), Ok(()));
    }

    #[test]
    fn a_page_of_another_origin_is_refused() {
        for origin in ["https://evil.test", "null", "http://127.0.0.1:9440", ""] {
            assert_eq!(checked(&[("host", "127.0.0.1"), ("origin", origin)]), Err(ORIGIN), "{origin}");
        }
        for site in ["cross-site", "same-site", "None", "", "none, cross-site"] {
            assert_eq!(checked(&[("host", "127.0.0.1"), ("sec-fetch-site", site)]), Err(SITE), "{site}");
        }
        assert_eq!(
            checked(&[("host", "127.0.0.1"), ("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")]),
            Err(SITE)
        );
    }
}
