//! The answer: a [`Permit`], which only [`decide`](crate::decide) can build, or a [`Refusal`].

use std::fmt;

use crate::{ApiKey, Pending, Preflight, Reason, Reported, Route, Site};

/// The longest piece of a peer's value that is repeated to people, in characters.
const SHOWN: usize = 200;

/// A verdict, with the route that it fell under.
#[derive(Debug)]
pub struct Decision<'s> {
    /// The route; none if no route matched, or if the request was refused before routing.
    pub route: Option<&'s Route>,
    /// What was decided.
    pub verdict: Verdict<'s>,
}

/// What was decided.
#[derive(Debug)]
pub enum Verdict<'s> {
    /// Both proofs hold.
    Permit(Permit<'s>),
    /// Both hold, and the route asks for a token beside them.
    Pending(Pending<'s>),
    /// One does not.
    Refuse(Refusal),
    /// A CORS preflight that the site's policy grants: to be answered, never forwarded.
    Preflight(Preflight<'s>),
}

impl Verdict<'_> {
    /// What was proved so far, or why not.
    ///
    /// # Errors
    /// The refusal.
    pub fn basis(&self) -> Result<Basis, &Refusal> {
        match self {
            Self::Permit(permit) => Ok(permit.basis),
            Self::Pending(pending) => Ok(pending.basis()),
            Self::Preflight(_) => Ok(Basis::Preflight),
            Self::Refuse(refusal) => Err(refusal),
        }
    }
}

/// Proof that [`decide`](crate::decide) let this request through; forwarding asks for it.
#[derive(Debug)]
#[must_use]
pub struct Permit<'s> {
    pub(crate) site: &'s Site,
    pub(crate) route: &'s Route,
    pub(crate) basis: Basis,
    pub(crate) api_key: Option<&'s ApiKey>,
    pub(crate) reported: Reported,
}

impl<'s> Permit<'s> {
    /// The site that serves the request.
    #[must_use]
    pub fn site(&self) -> &'s Site {
        self.site
    }

    /// The route that it falls under.
    #[must_use]
    pub fn route(&self) -> &'s Route {
        self.route
    }

    /// What the intent was proved by.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// The API key that the route asked for and got.
    #[must_use]
    pub fn api_key(&self) -> Option<&'s ApiKey> {
        self.api_key
    }

    /// What would have been refused, were its route not on trial (`report_only`).
    #[must_use]
    pub fn reported(&self) -> &Reported {
        &self.reported
    }

    /// Whether the app must not be told of the client's certificate: if there is one, it does not hold,
    /// and that was reported only.
    #[must_use]
    pub fn hides_client(&self) -> bool {
        self.reported.denies_certificate()
    }
}

macro_rules! bases {
    ($($variant:ident $code:literal $text:literal)*) => {
        /// What proved the intent of a permitted request.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Basis { $(#[doc = $text] $variant,)* }

        /// All bases: the only list.
        pub static BASES: &[Basis] = &[$(Basis::$variant,)*];

        impl Basis {
            /// Stable identifier for logs and metrics.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Its place in [`BASES`], for tables with a row for each.
            #[must_use]
            pub const fn index(self) -> usize {
                self as usize
            }
        }
    };
}

bases! {
    SafeMethod "safe-method" "GET, HEAD or OPTIONS on a route that browsers may use."
    SameOrigin "same-origin" "`Origin` is the site's own."
    TrustedOrigin "trusted-origin" "`Origin` is a listed one."
    FetchMetadata "fetch-metadata" "No `Origin`, and `Sec-Fetch-Site: same-origin`."
    Navigation "navigation" "No `Origin`, `Sec-Fetch-Site: none`, and a navigation: the user's own act."
    Referer "referer" "No `Origin` and no Fetch Metadata; `Referer` is of the site or a listed origin."
    Preflight "preflight" "A CORS preflight that the declared policy grants: answered, never forwarded."
    Machine "machine" "A request that no web page can send."
    ApiKey "api-key" "A request without a browser's headers and with the API key that its route asks for."
    ReportOnly "report-only" "Nothing: the route reports what it would refuse."
}

/// Why a request was refused, and what exactly was expected and received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    reason: Reason,
    expected: Option<Box<str>>,
    received: Option<Box<str>>,
    allow: Option<Box<str>>,
    challenge: Option<Box<str>>,
}

impl Refusal {
    /// A refusal for this reason, without particulars.
    #[must_use]
    pub const fn new(reason: Reason) -> Self {
        Self { reason, expected: None, received: None, allow: None, challenge: None }
    }

    /// Says what would have been accepted.
    #[must_use]
    pub fn expected(mut self, text: impl Into<Box<str>>) -> Self {
        self.expected = Some(text.into());
        self
    }

    /// Says what came instead. A peer's bytes: cut, and escaped where they are not plain text.
    #[must_use]
    pub fn received(mut self, value: impl AsRef<[u8]>) -> Self {
        self.received = Some(shown(value.as_ref()));
        self
    }

    /// For 405: the methods that are allowed, as the `Allow` header has them.
    #[must_use]
    pub fn allow(mut self, methods: impl Into<Box<str>>) -> Self {
        self.allow = Some(methods.into());
        self
    }

    /// Says what would have been accepted, unless that was said.
    pub(crate) fn or_expected(self, text: impl FnOnce() -> String) -> Self {
        if self.expected.is_some() { self } else { self.expected(text()) }
    }

    /// For 401: how a client proves who it is, as the `WWW-Authenticate` header has it.
    #[must_use]
    pub(crate) fn challenge(mut self, challenge: impl Into<Box<str>>) -> Self {
        self.challenge = Some(challenge.into());
        self
    }

    /// The reason.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// What would have been accepted.
    #[must_use]
    pub fn expectation(&self) -> Option<&str> {
        self.expected.as_deref()
    }

    /// What came instead: printable, at most some 200 characters.
    #[must_use]
    pub fn receipt(&self) -> Option<&str> {
        self.received.as_deref()
    }

    /// The value of the `Allow` header.
    #[must_use]
    pub fn allowed_methods(&self) -> Option<&str> {
        self.allow.as_deref()
    }

    /// The value of the `WWW-Authenticate` header.
    #[must_use]
    pub fn authentication(&self) -> Option<&str> {
        self.challenge.as_deref()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason.info().text)?;
        if let Some(received) = &self.received {
            write!(f, "; received {received}")?;
        }
        if let Some(expected) = &self.expected {
            write!(f, "; expected {expected}")?;
        }
        Ok(())
    }
}

/// Peer bytes for people: no control characters, no direction marks, no endless text.
pub(crate) fn shown(value: &[u8]) -> Box<str> {
    let text = String::from_utf8_lossy(value);
    if text.len() <= SHOWN && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
        return text.into();
    }
    let mut out = String::with_capacity(SHOWN + 8);
    for c in text.chars().take(SHOWN) {
        if c == ' ' || c.is_alphanumeric() || c.is_ascii_graphic() {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
    }
    if text.chars().nth(SHOWN).is_some() {
        out.push('…');
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peers_value_is_cut_and_escaped() {
        let refusal = Refusal::new(Reason::OriginMismatch).received("a\nb\u{202e}c");
        assert_eq!(refusal.receipt(), Some("a\\u{a}b\\u{202e}c"));
        let long = Refusal::new(Reason::OriginMismatch).received("x".repeat(10_000));
        assert_eq!(long.receipt().map(|r| r.chars().count()), Some(SHOWN + 1));
        let bytes = Refusal::new(Reason::OriginMismatch).received([0xff, b'a']);
        assert_eq!(bytes.receipt(), Some("\\u{fffd}a"));
    }

    #[test]
    fn reads_as_one_sentence() {
        let refusal =
            Refusal::new(Reason::OriginMismatch).received("https://evil.example").expected("https://app.example.com");
        assert_eq!(
            refusal.to_string(),
            "the page that sent this request belongs to another site; received https://evil.example; expected https://app.example.com"
        );
    }
}
