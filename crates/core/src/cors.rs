//! Cross-origin resource sharing, as the site declares it.
//!
//! A preflight carries no certificate in Firefox and one in Chromium, so it says nothing about who
//! asks: it is answered from the declared policy, to anyone, and never forwarded. What it grants is
//! leave to *ask*; the request that follows needs both proofs as any other, which for an unsafe
//! method means that the origin is trusted too.
//!
//! Invariant: a grant names one origin, methods and headers that stand in the policy. Refused are
//! an origin, method or header that does not, a preflight for a route that only programs call (a
//! page has no business there), one for a private network that the policy does not open (Private
//! Network Access), and one that asks for nothing. Fetch standard, "CORS protocol".

use crate::{
    Audience, Head, Observer, Origin, Outcome, Reason, Refusal, Route, Rule, TrustedOrigin, TrustedOriginError,
};

/// Methods that a page may use without being asked for, and so what a policy that names none means.
pub const SIMPLE_METHODS: [&str; 3] = ["GET", "HEAD", "POST"];

/// Request headers that a browser lists in a preflight only for their unusual values (Fetch standard,
/// "CORS-safelisted request-header"), and of which no policy needs to speak.
static SIMPLE_HEADERS: [&str; 4] = ["accept", "accept-language", "content-language", "range"];

/// A site's policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cors {
    /// Whose pages may ask.
    pub origins: CorsOrigins,
    /// Methods that they may use, in upper case.
    pub methods: Vec<Box<str>>,
    /// Headers that they may send, in lower case.
    pub headers: Vec<Box<str>>,
    /// Headers of an answer that they may read, in lower case.
    pub expose: Vec<Box<str>>,
    /// Whether cookies and certificates may go along.
    pub credentials: bool,
    /// How long a browser may remember a grant, in seconds.
    pub max_age: u32,
    /// Whether pages of public sites may ask though this one has a private address.
    pub private_network: bool,
}

/// Whose pages may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorsOrigins {
    /// `*`: every page, and so only what everybody may read: never an answer to a client with a
    /// certificate, since Chromium sends it even where a page asked for a request without.
    Any,
    /// Pages of these.
    Listed(Vec<TrustedOrigin>),
}

impl CorsOrigins {
    /// Parses the entries of a policy.
    ///
    /// # Errors
    /// Each entry that is no https origin, with its index. `*` stands alone or is an error too.
    pub fn parse(entries: &[&str]) -> Result<Self, Vec<(usize, TrustedOriginError)>> {
        if entries == ["*"] {
            return Ok(Self::Any);
        }
        let (mut origins, mut errors) = (Vec::new(), Vec::new());
        for (index, entry) in entries.iter().enumerate() {
            match TrustedOrigin::parse(entry) {
                Ok(origin) => origins.push(origin),
                Err(error) => errors.push((index, error)),
            }
        }
        if errors.is_empty() { Ok(Self::Listed(origins)) } else { Err(errors) }
    }

    /// Whether pages of this origin are among them.
    #[must_use]
    pub fn admit(&self, origin: &Origin<'_>) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(list) => list.iter().any(|listed| listed.matches(origin)),
        }
    }
}

impl std::fmt::Display for CorsOrigins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any => f.write_str("any origin"),
            Self::Listed(list) => f.write_str(&list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")),
        }
    }
}

/// A preflight that the policy grants. Only [`decide`](crate::decide) makes one; it is answered, and
/// never forwarded.
#[derive(Debug)]
#[must_use]
pub struct Preflight<'s> {
    pub(crate) cors: &'s Cors,
}

impl<'s> Preflight<'s> {
    /// The policy that grants it.
    #[must_use]
    pub fn policy(&self) -> &'s Cors {
        self.cors
    }
}

/// Judges a preflight for a route that was found for the method that it asks for.
///
/// # Errors
/// What the policy does not grant.
pub(crate) fn judge<'s, O: Observer>(
    cors: &'s Cors,
    route: &Route,
    head: &Head<'_>,
    obs: &mut O,
) -> Result<Preflight<'s>, Refusal> {
    let judged = grant(cors, route, head).map(|()| Preflight { cors });
    match &judged {
        Ok(_) => obs.step(Rule::Preflight, Outcome::Pass, || {
            (cors.origins.to_string(), text(head.fields().origin.unwrap_or_default()))
        }),
        Err(refusal) => obs.step(Rule::Preflight, Outcome::Refuse, || {
            (refusal.expectation().unwrap_or_default().into(), refusal.receipt().unwrap_or_default().into())
        }),
    }
    judged
}

/// A site without a policy grants nothing.
///
/// # Errors
/// Always.
pub(crate) fn undeclared<'s, O: Observer>(head: &Head<'_>, obs: &mut O) -> Result<Preflight<'s>, Refusal> {
    obs.step(Rule::Preflight, Outcome::Refuse, || ("a declared policy".into(), "none is declared".into()));
    Err(Refusal::new(Reason::PreflightRefused).received(head.fields().origin.unwrap_or_default()))
}

fn grant(cors: &Cors, route: &Route, head: &Head<'_>) -> Result<(), Refusal> {
    let fields = head.fields();
    let raw = fields.origin.unwrap_or_default();
    if route.audience == Audience::Machine {
        return Err(Refusal::new(Reason::PreflightRefused)
            .expected("a program, which sends no preflight")
            .received(raw));
    }
    match Origin::parse(raw) {
        Ok(origin) if cors.origins.admit(&origin) => {}
        _ => return Err(Refusal::new(Reason::CorsOrigin).expected(cors.origins.to_string()).received(raw)),
    }
    let method = fields.request_method.unwrap_or_default();
    if !cors.methods.iter().any(|listed| listed.as_bytes() == method) {
        return Err(Refusal::new(Reason::CorsMethod).expected(cors.methods.join(", ")).received(method));
    }
    for name in fields.request_headers.unwrap_or_default().split(|&b| b == b',').map(<[u8]>::trim_ascii) {
        if !name.is_empty() && !grants_header(cors, name) {
            return Err(Refusal::new(Reason::CorsHeader).expected(cors.headers.join(", ")).received(name));
        }
    }
    if fields.private_network && !cors.private_network {
        return Err(Refusal::new(Reason::CorsPrivateNetwork)
            .expected("private_network = true")
            .received("Access-Control-Request-Private-Network"));
    }
    Ok(())
}

fn grants_header(cors: &Cors, name: &[u8]) -> bool {
    SIMPLE_HEADERS.iter().any(|simple| simple.as_bytes().eq_ignore_ascii_case(name))
        || cors.headers.iter().any(|listed| listed.as_bytes().eq_ignore_ascii_case(name))
}

fn text(raw: &[u8]) -> String {
    String::from_utf8_lossy(raw).into_owned()
}
