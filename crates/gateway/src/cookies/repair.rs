//! Attributes of cookies that apps forget.
//!
//! `Secure` and `SameSite` are given to every cookie: the gateway speaks https alone, and a browser
//! that knows no default would send a cookie along with every page's request. The rest is for bound
//! cookies, whose readers are known: only the CSRF cookie is for scripts, and no sibling host can
//! open one. What the app says of `SameSite` stays; attributes that nobody knows stay.

/// What is done to the attributes of cookies; each can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CookieRepair {
    /// `Secure`, for every cookie.
    pub secure: bool,
    /// `HttpOnly`, for bound cookies other than the CSRF cookie.
    pub http_only: bool,
    /// `SameSite`, for every cookie of which the app says none.
    pub same_site: Option<SameSite>,
    /// No `Domain`, for bound cookies.
    pub host_only: bool,
    /// Bound cookies are called `__Host-NAME` in the browser.
    pub host_prefix: bool,
}

/// From which pages a cookie goes along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// The site's own, and links to it.
    Lax,
    /// The site's own alone.
    Strict,
}

impl SameSite {
    /// As configuration has it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Lax => "lax",
            Self::Strict => "strict",
        }
    }
}

impl Default for CookieRepair {
    fn default() -> Self {
        Self { secure: true, http_only: true, same_site: Some(SameSite::Lax), host_only: true, host_prefix: false }
    }
}

/// Whose attributes they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bound,
    Csrf,
    Other,
}

impl CookieRepair {
    /// Writes the attributes of a cookie, each with its semicolon, behind what is there.
    pub(super) fn write(&self, attributes: &[&[u8]], kind: Kind, out: &mut Vec<u8>) {
        let bound = kind != Kind::Other;
        let prefixed = bound && self.host_prefix;
        let (mut secure, mut http_only, mut same_site) = (false, false, false);
        for attribute in attributes {
            let name = attribute.split(|&b| b == b'=').next().unwrap_or_default().trim_ascii();
            let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
            if (bound && (self.host_only || prefixed) && is("domain")) || (prefixed && is("path")) {
                continue;
            }
            secure |= is("secure");
            http_only |= is("httponly");
            same_site |= is("samesite");
            out.push(b';');
            out.extend_from_slice(attribute);
        }
        if prefixed {
            out.extend_from_slice(b"; Path=/");
        }
        if !secure && (self.secure || prefixed) {
            out.extend_from_slice(b"; Secure");
        }
        if !http_only && self.http_only && kind == Kind::Bound {
            out.extend_from_slice(b"; HttpOnly");
        }
        match self.same_site.filter(|_| !same_site) {
            Some(SameSite::Lax) => out.extend_from_slice(b"; SameSite=Lax"),
            Some(SameSite::Strict) => out.extend_from_slice(b"; SameSite=Strict"),
            None => {}
        }
    }
}
