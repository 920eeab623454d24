//! Bound cookies: what the app sets is sealed to the client that it was set for.
//!
//! Invariant: the app sees the value of a bound cookie only in a request of the client that it gave
//! it to, on the same site, under the same name. Whoever tosses a cookie in from a sibling host,
//! steals one, or fixes one before a login, has a value that opens for nobody else: it is dropped
//! before the app runs, never forwarded, and counted.
//!
//! - On the way out each `Set-Cookie` of a bound name is sealed and its attributes are repaired
//!   (`response`, `repair`); nobody may share the answer (`caching`).
//! - On the way in the `Cookie` field is rewritten, other cookies byte for byte as they were, and what
//!   JavaScript echoes of the CSRF cookie is opened too (`request`).
//! - Refused is one thing alone: two values of one name that both open (`cookie-duplicate`). Which of
//!   them a server takes differs, RFC 6265 section 4.2.2.

mod binding;
mod caching;
mod pairs;
mod repair;
mod request;
mod response;
mod ring;
mod seal;

use countersign_core::UnixTime;
use http::HeaderName;

pub use binding::{BindTo, Binding};
pub use repair::{CookieRepair, SameSite};
pub use request::Opened;
pub use ring::CookieRing;
pub use seal::{OVERHEAD, Unopened};

/// What a site does with cookies.
#[derive(Debug)]
pub struct CookiePolicy {
    /// The site's name: its first host. A cookie of another site does not open here, even if both
    /// have the same keys.
    pub site: Box<str>,
    /// The cookies that are bound, by the names that the app knows them by.
    pub names: Vec<Box<str>>,
    /// What they are bound to.
    pub bind_to: BindTo,
    /// What they are sealed with.
    pub ring: CookieRing,
    /// Until then values from before are let through as they are.
    pub accept_unbound_until: Option<UnixTime>,
    /// The cookie that scripts may read, to echo it.
    pub csrf_cookie: Box<str>,
    /// The header that they echo it in.
    pub csrf_header: HeaderName,
    /// What is done to the attributes of cookies.
    pub repair: CookieRepair,
}

impl CookiePolicy {
    /// What Django calls its CSRF cookie.
    pub const CSRF_COOKIE: &str = "csrftoken";
    /// The header that Django reads the echoed cookie from.
    pub const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrftoken");

    fn accepts_unbound(&self, now: UnixTime) -> bool {
        self.accept_unbound_until.is_some_and(|until| now < until)
    }

    /// What a value is sealed to, beside its key.
    fn context(&self, name: &str, binding: &Binding) -> Vec<u8> {
        seal::context(&self.site, name, binding)
    }
}

/// What became of a cookie of a bound name. The words are those of the metric and of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CookieOutcome {
    /// Sealed on the way out.
    Sealed,
    /// Opened on the way in.
    Opened,
    /// From before, and let through.
    AcceptedUnbound,
    /// Dropped: not sealed.
    Unbound,
    /// Dropped: sealed for another client, site or name.
    Foreign,
    /// Dropped: sealed with a key that is not there.
    UnknownKey,
    /// Dropped: it begins like a sealed value and is none.
    Malformed,
    /// Dropped: a name that some server reads as a bound one.
    Disguised,
}

impl CookieOutcome {
    /// All there are, in the order of `index`.
    pub(crate) const ALL: [Self; 8] = [
        Self::Sealed,
        Self::Opened,
        Self::AcceptedUnbound,
        Self::Unbound,
        Self::Foreign,
        Self::UnknownKey,
        Self::Malformed,
        Self::Disguised,
    ];

    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Opened => "opened",
            Self::AcceptedUnbound => "accepted-unbound",
            Self::Unbound => "unbound",
            Self::Foreign => "foreign",
            Self::UnknownKey => "unknown-key",
            Self::Malformed => "malformed",
            Self::Disguised => "disguised",
        }
    }

    /// Whether the app did not get it.
    pub(crate) const fn is_drop(self) -> bool {
        !matches!(self, Self::Sealed | Self::Opened | Self::AcceptedUnbound)
    }
}

impl From<Unopened> for CookieOutcome {
    fn from(why: Unopened) -> Self {
        match why {
            Unopened::Unsealed => Self::Unbound,
            Unopened::Malformed => Self::Malformed,
            Unopened::UnknownKey => Self::UnknownKey,
            Unopened::Foreign => Self::Foreign,
        }
    }
}

#[cfg(test)]
mod tests;
