//! The request head that rules see. An ambiguous head never becomes one.
//!
//! [`HeadBuilder`] is fed the method, the target and every field in order, and keeps what a
//! decision depends on. Refused here, because two parsers could read them differently: several
//! `Host`, `Origin`, `Referer`, `Content-Type` or `Sec-Fetch-*` fields, a target that names
//! another host than `Host`, another spelling of a header that the decision reads
//! (`Sec_Fetch_Site`), a method in lower case, a path or query that servers decode differently.
//! RFC 9110 section 5.3, RFC 9112 section 3.2, RFC 9113 section 8.3.

use crate::{CanonicalPath, Host, Reason, Refusal, protected::folds_to};

/// The parts of a request target.
#[derive(Clone, Copy, Debug, Default)]
pub struct Target<'a> {
    /// HTTP/2 `:authority`, or that of an absolute-form target.
    pub authority: Option<&'a str>,
    /// The path as it was sent.
    pub path: &'a str,
    /// What follows `?`, as it was sent.
    pub query: Option<&'a str>,
    /// The `:protocol` of an extended CONNECT (RFC 8441).
    pub protocol: Option<&'a str>,
}

/// A request head that can be read in one way only.
#[derive(Clone, Debug)]
pub struct Head<'a> {
    method: &'a str,
    path: CanonicalPath<'a>,
    query: Option<&'a str>,
    host: Host<'a>,
    websocket: bool,
    fields: Fields<'a>,
}

/// The fields that a decision depends on. Values as sent, without surrounding white space.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fields<'a> {
    host: Option<&'a [u8]>,
    pub(crate) origin: Option<&'a [u8]>,
    pub(crate) referer: Option<&'a [u8]>,
    pub(crate) sec_fetch_site: Option<&'a [u8]>,
    pub(crate) sec_fetch_mode: Option<&'a [u8]>,
    sec_fetch_dest: Option<&'a [u8]>,
    sec_fetch_user: Option<&'a [u8]>,
    /// Any `Sec-Fetch-*`, whatever comes after the hyphen.
    pub(crate) sec_fetch: bool,
    pub(crate) cookie: bool,
    pub(crate) content_type: Option<&'a [u8]>,
    pub(crate) machine_client: Option<&'a [u8]>,
    pub(crate) request_method: Option<&'a [u8]>,
    pub(crate) request_headers: Option<&'a [u8]>,
    pub(crate) private_network: bool,
    upgrade: Option<&'a [u8]>,
}

/// Collects a [`Head`].
#[derive(Clone, Debug)]
pub struct HeadBuilder<'a> {
    method: &'a str,
    target: Target<'a>,
    fields: Fields<'a>,
    flaw: Option<Refusal>,
}

/// Headers that the gateway or Django decides on, folded: no other spelling of them gets through.
static DECISIVE: &[&str] = &[
    "access-control-request-headers",
    "access-control-request-method",
    "access-control-request-private-network",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "origin",
    "referer",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-fetch-user",
    "transfer-encoding",
    "upgrade",
    "x-api-key",
    "x-csrf-token",
    "x-csrftoken",
    "x-requested-with",
];

impl<'a> HeadBuilder<'a> {
    /// Starts with the request line.
    #[must_use]
    pub fn new(method: &'a str, target: Target<'a>) -> Self {
        Self { method, target, fields: Fields::default(), flaw: None }
    }

    /// Takes the next field. `name` in lower case, `value` without surrounding white space.
    pub fn field(&mut self, name: &'a str, value: &'a [u8]) {
        let f = &mut self.fields;
        let slot = match name {
            "host" => &mut f.host,
            "origin" => &mut f.origin,
            "referer" => &mut f.referer,
            "sec-fetch-site" => &mut f.sec_fetch_site,
            "sec-fetch-mode" => &mut f.sec_fetch_mode,
            "sec-fetch-dest" => &mut f.sec_fetch_dest,
            "sec-fetch-user" => &mut f.sec_fetch_user,
            "content-type" => &mut f.content_type,
            "countersign-client" => &mut f.machine_client,
            "access-control-request-method" => &mut f.request_method,
            "access-control-request-headers" => &mut f.request_headers,
            "upgrade" => &mut f.upgrade,
            "access-control-request-private-network" => {
                f.private_network = true;
                return;
            }
            "cookie" => {
                f.cookie = true; // HTTP/2 may split it (RFC 9113 section 8.2.3)
                return;
            }
            _ => {
                f.sec_fetch |= name.starts_with("sec-fetch-");
                if !name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
                    self.odd_name(name);
                }
                return;
            }
        };
        if slot.replace(value).is_some() && self.flaw.is_none() {
            self.flaw = Some(Refusal::new(Reason::HeaderDuplicate).received(name));
        }
        f.sec_fetch |= name.starts_with("sec-fetch-");
    }

    #[cold]
    fn odd_name(&mut self, name: &str) {
        if self.flaw.is_none() && DECISIVE.iter().any(|decisive| folds_to(name, decisive)) {
            self.flaw = Some(Refusal::new(Reason::HeaderNameAmbiguous).received(name));
        }
    }

    /// The head, if it can be read in one way only.
    ///
    /// # Errors
    /// A [`Refusal`] whose reason has [`Stage::Head`](crate::Stage::Head).
    pub fn finish(self) -> Result<Head<'a>, Refusal> {
        let Self { method, target, fields, flaw } = self;
        if method.is_empty() || !method.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_')) {
            return Err(Refusal::new(Reason::MethodMalformed).received(method));
        }
        let extended = method == "CONNECT" && target.protocol.is_some_and(|p| p.eq_ignore_ascii_case("websocket"));
        if method == "TRACE" || (method == "CONNECT" && !extended) {
            return Err(Refusal::new(Reason::MethodRefused).received(method));
        }
        if let Some(flaw) = flaw {
            return Err(flaw);
        }
        if let Some(protocol) = target.protocol
            && !extended
        {
            // RFC 8441 section 4: it belongs to CONNECT.
            return Err(Refusal::new(Reason::TargetMalformed).received(protocol));
        }
        let host = host(&target, &fields)?;
        let path = CanonicalPath::parse(target.path)?;
        if let Some(query) = target.query
            && !query.bytes().all(|b| b.is_ascii_graphic() && b != b'#')
        {
            return Err(Refusal::new(Reason::TargetMalformed).received(query));
        }
        let websocket = extended || (method == "GET" && fields.upgrade.is_some_and(offers_websocket));
        Ok(Head { method, path, query: target.query, host, websocket, fields })
    }
}

/// Whether a list of protocols names WebSocket (RFC 9110 section 7.8): apps look for it anywhere in
/// the list, and some ignore the version.
fn offers_websocket(upgrade: &[u8]) -> bool {
    upgrade.split(|&b| b == b',').any(|protocol| {
        let name = protocol.split(|&b| b == b'/').next().unwrap_or_default();
        name.trim_ascii().eq_ignore_ascii_case(b"websocket")
    })
}

/// The one host that target and `Host` agree on.
fn host<'a>(target: &Target<'a>, fields: &Fields<'a>) -> Result<Host<'a>, Refusal> {
    let parse = |raw: &'a [u8]| {
        Host::parse(raw).map_err(|e| Refusal::new(Reason::HostMalformed).received(raw).expected(e.to_string()))
    };
    match (target.authority, fields.host) {
        (None, None) => Err(Refusal::new(Reason::HostMissing)),
        (None, Some(host)) => parse(host),
        (Some(authority), None) => parse(authority.as_bytes()),
        (Some(authority), Some(host)) => {
            let (parsed, other) = (parse(authority.as_bytes())?, parse(host)?);
            let same = parsed.name().eq_ignore_ascii_case(other.name()) && parsed.port() == other.port();
            if same { Ok(parsed) } else { Err(Refusal::new(Reason::HostMismatch).received(host).expected(authority)) }
        }
    }
}

impl<'a> Head<'a> {
    /// The method, in upper case.
    #[must_use]
    pub fn method(&self) -> &'a str {
        self.method
    }

    /// The path to match and to forward.
    #[must_use]
    pub fn path(&self) -> &CanonicalPath<'a> {
        &self.path
    }

    /// What follows `?`, as it was sent.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        self.query
    }

    /// The host that the request is for.
    #[must_use]
    pub fn host(&self) -> Host<'a> {
        self.host
    }

    /// Whether it opens a WebSocket (RFC 6455 section 4.2.1, RFC 8441 section 5).
    #[must_use]
    pub fn is_websocket(&self) -> bool {
        self.websocket
    }

    /// Whether the method promises to change nothing (RFC 9110 section 9.2.1). A WebSocket
    /// handshake is a GET, but what it opens carries commands.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        matches!(self.method, "GET" | "HEAD" | "OPTIONS") && !self.websocket
    }

    /// Whether it is a CORS preflight.
    #[must_use]
    pub fn is_preflight(&self) -> bool {
        self.method == "OPTIONS" && self.fields.origin.is_some() && self.fields.request_method.is_some()
    }

    /// Whether a browser navigates with it and shows the answer to a person.
    #[must_use]
    pub fn is_navigation(&self) -> bool {
        self.fields.sec_fetch_mode.is_some_and(|mode| mode == b"navigate")
    }

    pub(crate) fn fields(&self) -> &Fields<'a> {
        &self.fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head<'a>(method: &'a str, target: Target<'a>, fields: &[(&'a str, &'a str)]) -> Result<Head<'a>, Reason> {
        let mut builder = HeadBuilder::new(method, target);
        for (name, value) in fields {
            builder.field(name, value.as_bytes());
        }
        builder.finish().map_err(|refusal| refusal.reason())
    }

    fn at(path: &str) -> Target<'_> {
        Target { path, ..Target::default() }
    }

    #[test]
    fn host_comes_from_one_place_or_from_two_that_agree() {
        let with = |authority| Target { authority, path: "/", ..Target::default() };
        assert_eq!(
            head("GET", with(None), &[("host", "A.example:8443")]).unwrap().host().to_string(),
            "A.example:8443"
        );
        assert_eq!(head("GET", with(Some("a.example")), &[]).unwrap().host().name(), "a.example");
        assert!(head("GET", with(Some("a.example")), &[("host", "A.EXAMPLE")]).is_ok());
        for (authority, fields, reason) in [
            (None, &[][..], Reason::HostMissing),
            (None, &[("host", "a.example"), ("host", "a.example")], Reason::HeaderDuplicate),
            (Some("a.example"), &[("host", "b.example")], Reason::HostMismatch),
            (Some("a.example"), &[("host", "a.example:8443")], Reason::HostMismatch),
            (Some("u@a.example"), &[], Reason::HostMalformed),
            (Some("a.example:"), &[], Reason::HostMalformed),
            (None, &[("host", "")], Reason::HostMalformed),
        ] {
            assert_eq!(head("GET", with(authority), fields).unwrap_err(), reason, "{authority:?} {fields:?}");
        }
    }

    #[test]
    fn a_websocket_handshake_is_not_safe() {
        let host = ("host", "a.example");
        let plain = head("GET", at("/"), &[host]).unwrap();
        assert!(plain.is_safe() && !plain.is_websocket());
        let upgrade = head("GET", at("/"), &[host, ("upgrade", "WebSocket")]).unwrap();
        assert!(!upgrade.is_safe() && upgrade.is_websocket());
        for list in ["h2c, websocket", "websocket/13", "websocket,", ",WEBSOCKET/13 ,h2c"] {
            assert!(head("GET", at("/"), &[host, ("upgrade", list)]).unwrap().is_websocket(), "{list}");
        }
        assert!(!head("GET", at("/"), &[host, ("upgrade", "h2c, websockets")]).unwrap().is_websocket());
        let post = head("POST", at("/"), &[host, ("upgrade", "websocket")]).unwrap();
        assert!(!post.is_websocket());
        let connect = Target { protocol: Some("websocket"), ..at("/ws") };
        assert!(head("CONNECT", connect, &[host]).unwrap().is_websocket());
        assert_eq!(head("GET", connect, &[host]).unwrap_err(), Reason::TargetMalformed);
        let other = Target { protocol: Some("connect-udp"), ..at("/ws") };
        assert_eq!(head("CONNECT", other, &[host]).unwrap_err(), Reason::MethodRefused);
    }

    #[test]
    fn other_spellings_of_decisive_headers_are_refused() {
        let host = ("host", "a.example");
        for name in ["sec_fetch_site", "x_csrftoken", "origin.", "content_length", "x.csrftoken"] {
            assert_eq!(head("GET", at("/"), &[host, (name, "x")]).unwrap_err(), Reason::HeaderNameAmbiguous, "{name}");
        }
        assert!(head("GET", at("/"), &[host, ("my_header", "x")]).is_ok());
    }

    #[test]
    fn queries_are_plain_ascii() {
        let with = |query| Target { query: Some(query), ..at("/") };
        assert!(head("GET", with("a=%c3%a9&b={x}"), &[("host", "a.example")]).is_ok());
        for bad in ["é", "a b", "a#b", "a\0"] {
            assert_eq!(head("GET", with(bad), &[("host", "a.example")]).unwrap_err(), Reason::TargetMalformed, "{bad}");
        }
    }
}
