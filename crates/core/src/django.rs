//! Django's `CsrfViewMiddleware`, 4.2 to 6.1, to the bit: what it says of a request, reason included.
//!
//! A pure function of settings, request and secret. [`check`] is `process_view`: what is exempt, which
//! methods are safe, then `Origin`, or else over https `Referer`, then cookie and token, in this order
//! and with these words. Strings are Python's: header values are Latin-1, lengths are code points,
//! `strip` and `lower` are its own.
//!
//! Invariant: nothing here is stricter or laxer than Django. What it accepts and no browser sends
//! (a user name in a wildcard's origin, a cookie in octal) is accepted here too; to be stricter is the
//! business of the rules, which come before. Where releases of Python read a bracketed
//! host differently, the stricter reading counts.
//!
//! Evidence: requests recorded from Django's own tests, its unmodified tests with this function in the
//! place of the middleware, and a comparison with live Django (`tests/django`).
//!
//! What it does not do: read bodies ([`form`](crate::form) does), issue or rotate cookies, set `Vary`.

mod cookie;
mod forwarded;
mod host;
mod origin;
mod python;
mod secret;
mod settings;
mod url;

use std::{borrow::Cow, fmt};

pub use self::{
    cookie::cookie,
    forwarded::Forwarded,
    secret::Flaw,
    settings::{Settings, SettingsError, TrustedOrigins},
};

/// The request as Django's handlers see it.
pub trait Meta {
    /// `request.META[name]`: `HTTP_ORIGIN`, `SERVER_PORT` and the like; Latin-1.
    fn get(&self, name: &str) -> Option<Cow<'_, str>>;
}

/// What a verdict depends on.
pub struct Request<'r> {
    /// In capitals, as both handlers make it.
    pub method: &'r str,
    /// The scheme of the connection to the app: what `SECURE_PROXY_SSL_HEADER` does not say.
    pub https: bool,
    /// Header fields and server variables.
    pub meta: &'r dyn Meta,
    /// `request.COOKIES[CSRF_COOKIE_NAME]`, or the session's `_csrftoken` with `CSRF_USE_SESSIONS`.
    pub stored: Option<&'r str>,
    /// `request.POST.get("csrfmiddlewaretoken", "")`; looked at for POST alone.
    pub form: &'r str,
    /// What of Django itself lets a request pass.
    pub marks: Marks,
}

/// Marks that other parts of Django put on a view or a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// `request.csrf_processing_done`
    pub processing_done: bool,
    /// `callback.csrf_exempt`
    pub exempt: bool,
    /// `request._dont_enforce_csrf_checks`, of the test client
    pub dont_enforce: bool,
}

/// What the middleware does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Looks at nothing.
    Skip,
    /// Lets it pass.
    Accept,
    /// 403
    Reject(Rejection),
    /// It raises an exception: the session's secret has 64 characters and some are no token's.
    Error,
}

/// Why a request is rejected. [`Display`](fmt::Display) is Django's sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// `Origin` is neither the own one nor trusted.
    BadOrigin(String),
    /// No `Referer`, over https and without `Origin`.
    NoReferer,
    /// `Referer` is no absolute URL.
    MalformedReferer,
    /// `Referer` is of a page over http.
    InsecureReferer,
    /// `Referer` is of another host.
    BadReferer(String),
    /// No cookie.
    NoCookie,
    /// The cookie is none.
    Cookie(Flaw),
    /// Neither form nor header has a token.
    TokenMissing,
    /// The token is none.
    Token(Source, Flaw),
    /// The token belongs to another cookie.
    TokenIncorrect(Source),
}

/// Where a token was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The form.
    Post,
    /// The header, as `HttpHeaders.parse_header_name` has its name.
    Header(Option<String>),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Post => f.write_str("POST"),
            Self::Header(Some(name)) => write!(f, "the {} HTTP header", python::repr(name)),
            Self::Header(None) => f.write_str("the None HTTP header"),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadOrigin(origin) => {
                write!(f, "Origin checking failed - {origin} does not match any trusted origins.")
            }
            Self::NoReferer => f.write_str("Referer checking failed - no Referer."),
            Self::MalformedReferer => f.write_str("Referer checking failed - Referer is malformed."),
            Self::InsecureReferer => f.write_str("Referer checking failed - Referer is insecure while host is secure."),
            Self::BadReferer(referer) => {
                write!(f, "Referer checking failed - {referer} does not match any trusted origins.")
            }
            Self::NoCookie => f.write_str("CSRF cookie not set."),
            Self::Cookie(flaw) => write!(f, "CSRF cookie {flaw}."),
            Self::TokenMissing => f.write_str("CSRF token missing."),
            Self::Token(source, flaw) => write!(f, "CSRF token from {source} {flaw}."),
            Self::TokenIncorrect(source) => write!(f, "CSRF token from {source} incorrect."),
        }
    }
}

/// `CsrfViewMiddleware.process_view`
#[must_use]
pub fn check(settings: &Settings, request: &Request<'_>) -> Answer {
    let Marks { processing_done, exempt, dont_enforce } = request.marks;
    if processing_done || exempt {
        return Answer::Skip;
    }
    // TRACE is safe to Django.
    if matches!(request.method, "GET" | "HEAD" | "OPTIONS" | "TRACE") || dont_enforce {
        return Answer::Accept;
    }
    let source = match request.meta.get("HTTP_ORIGIN") {
        Some(origin) if !origin::verified(settings, request, &origin) => Err(Rejection::BadOrigin(origin.into_owned())),
        Some(_) => Ok(()),
        None if host::is_secure(settings, request) => origin::referer(settings, request),
        None => Ok(()),
    };
    match source.map_or_else(|rejection| Err(Stop::Reject(rejection)), |()| token(settings, request)) {
        Ok(()) => Answer::Accept,
        Err(Stop::Reject(rejection)) => Answer::Reject(rejection),
        Err(Stop::Error) => Answer::Error,
    }
}

enum Stop {
    Reject(Rejection),
    Error,
}

/// `_check_token`
fn token(settings: &Settings, request: &Request<'_>) -> Result<(), Stop> {
    if !settings.use_sessions
        && let Some(Err(flaw)) = request.stored.map(secret::check)
    {
        return Err(Stop::Reject(Rejection::Cookie(flaw)));
    }
    let stored = request.stored.ok_or(Stop::Reject(Rejection::NoCookie))?;
    let secret = secret::unmasked(stored).ok_or(Stop::Error)?;
    let form = if request.method == "POST" { request.form } else { "" };
    let header;
    let (token, source) = if form.is_empty() {
        header = request.meta.get(&settings.header_name).ok_or(Stop::Reject(Rejection::TokenMissing))?;
        (&*header, Source::Header(python::header_name(&settings.header_name)))
    } else {
        (form, Source::Post)
    };
    if let Err(flaw) = secret::check(token) {
        return Err(Stop::Reject(Rejection::Token(source, flaw)));
    }
    let token = secret::unmasked(token).ok_or(Stop::Error)?;
    if python::same(&token, &secret) { Ok(()) } else { Err(Stop::Reject(Rejection::TokenIncorrect(source))) }
}
