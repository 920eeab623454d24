//! From a request as hyper has it to a [`Head`], and what is kept of it for forwarding.

use countersign_assertion::RequestFacts;
use countersign_core::{Head, HeadBuilder, Refusal, Target};
use http::{HeaderValue, Method, Uri, request::Parts, uri::PathAndQuery};
use hyper::ext::Protocol;

use crate::websocket::Opening;

/// The head that core decides on; `api_keys` are the headers that bear keys at this site.
///
/// # Errors
/// A [`Refusal`] if the head can be read in two ways.
pub(crate) fn head<'p>(parts: &'p Parts, api_keys: &'p [Box<str>]) -> Result<Head<'p>, Refusal> {
    let target = Target {
        authority: parts.uri.authority().map(http::uri::Authority::as_str),
        path: parts.uri.path(),
        query: parts.uri.query(),
        protocol: parts.extensions.get::<Protocol>().map(Protocol::as_str),
    };
    let mut builder = HeadBuilder::new(parts.method.as_str(), target).keeping(api_keys);
    for (name, value) in &parts.headers {
        builder.field(name.as_str(), value.as_bytes());
    }
    builder.finish()
}

/// What the request line and `Host` of the forwarded request are: taken from the head that was
/// decided on, never from the original.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) target: PathAndQuery,
    /// Of a WebSocket: the decoded path, by which its tunnel is judged later on.
    pub(crate) tunnel_path: Option<Box<str>>,
    /// What the path decodes to, if that is another text.
    decoded: Option<Box<str>>,
    pub(crate) host: HeaderValue,
    pub(crate) port: u16,
    pub(crate) websocket: bool,
    /// How it opens, once that was checked.
    pub(crate) opening: Option<Box<Opening>>,
}

impl Line {
    /// None if the parts do not make a request line, which after the checks of the head cannot be.
    pub(crate) fn of(head: &Head<'_>, uri: &Uri) -> Option<Self> {
        let wire = head.path().wire();
        let target = match uri.path_and_query() {
            // The common case: nothing was normalised, so nothing is copied.
            Some(same) if wire == uri.path() => same.clone(),
            _ => match head.query() {
                Some(query) => PathAndQuery::try_from(format!("{wire}?{query}")).ok()?,
                None => PathAndQuery::try_from(wire).ok()?,
            },
        };
        let decoded = Some(head.path().decoded()).filter(|decoded| *decoded != wire).map(Into::into);
        let host = head.host();
        let websocket = head.is_websocket();
        let tunnel_path = websocket.then(|| head.path().decoded().into());
        let value = match host.port() {
            None => HeaderValue::from_str(host.name()),
            Some(_) => HeaderValue::from_str(&host.to_string()),
        };
        Some(Self {
            target,
            decoded,
            host: value.ok()?,
            port: host.port().unwrap_or(443),
            websocket,
            opening: None,
            tunnel_path,
        })
    }

    /// The forwarded request, as the assertion is bound to it.
    pub(crate) fn facts<'l>(&'l self, method: &'l Method) -> RequestFacts<'l> {
        RequestFacts {
            method: method.as_str(),
            authority: self.host.to_str().unwrap_or_default(),
            path: self.decoded.as_deref().unwrap_or(self.target.path()),
            query: self.target.query().unwrap_or_default(),
        }
    }
}
