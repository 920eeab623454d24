//! `token = "django"`: Django's own token, checked before the app runs.
//!
//! [`decide`](crate::decide) sees the head alone, and the token may stand in the body. So where
//! identity and intent hold and a route asks for the token, the verdict is [`Pending`]: whoever has
//! it gets the route's form reader from it, feeds it the body, and then
//! [`with`](Pending::with) the evidence a verdict. There is no other way from it to a [`Permit`].
//!
//! Not asked: safe methods, as in Django; WebSocket handshakes, which are GETs to Django, carry no
//! token and have proved their `Origin`, without which there is none; and requests that were let
//! through as a machine's: they have neither cookie nor page, so that there is nothing to compare
//! and nobody to forge for.

use std::str::FromStr;

use crate::{
    Basis, Head, Observer, Outcome, Permit, Reason, Refusal, Rule, Verdict,
    django::{self, Answer, Meta, Rejection},
    form::{FormError, FormReader},
    report_only,
};

/// Which token a route asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Token {
    /// None.
    #[default]
    Off,
    /// Django's.
    Django,
}

impl Token {
    /// As configuration has it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Django => "django",
        }
    }
}

impl FromStr for Token {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Off, Self::Django].into_iter().find(|t| t.code() == text).ok_or(())
    }
}

/// Identity and intent hold; the token is still to be checked.
#[derive(Debug)]
#[must_use]
pub struct Pending<'s> {
    permit: Permit<'s>,
    /// Django reads the form of no other method.
    post: bool,
    form: Option<Box<FormReader>>,
}

/// What a request has to show.
#[derive(Clone, Copy)]
pub struct Evidence<'e> {
    /// `request.META` of the app.
    pub meta: &'e dyn Meta,
    /// The token of the form, as [`FormReader`] has it.
    pub form: Option<&'e str>,
}

impl std::fmt::Debug for Evidence<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Evidence(…)")
    }
}

/// The verdict of a head that everything else holds for.
pub(crate) fn pending<'s, O: Observer>(
    permit: Permit<'s>,
    head: &Head<'_>,
    observer: &mut O,
) -> Result<Verdict<'s>, Refusal> {
    let asked = permit.route.token == Token::Django && permit.basis != Basis::Machine;
    // Of a request whose intent was refused already, and reported only, no more has to be known.
    if !asked || head.is_safe() || head.is_websocket() || permit.reported.lacks_intent() {
        return Ok(Verdict::Permit(report_only::told(permit, observer)));
    }
    let post = head.method() == "POST";
    let form = if post { head.fields().content_type } else { None };
    let pending = Pending { permit, post, form: None };
    match FormReader::new(form) {
        Ok(form) => Ok(Verdict::Pending(Pending { form: form.map(Box::new), ..pending })),
        Err(error) => Ok(pending.unreadable(error, observer)),
    }
}

/// The refusal of a form that cannot be read, or only in two ways.
fn unreadable<O: Observer>(error: FormError, observer: &mut O) -> Refusal {
    observer.step(Rule::Token, Outcome::Refuse, || ("a form as browsers send it".into(), error.to_string()));
    Refusal::new(Reason::CsrfFormMalformed).received(error.to_string())
}

impl<'s> Pending<'s> {
    /// What the request falls under if it is permitted.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.permit.basis
    }

    /// Whether its body is a form, which is to be read before [`with`](Self::with).
    #[must_use]
    pub fn needs_form(&self) -> bool {
        self.form.is_some()
    }

    /// The reader for the form, once.
    pub fn take_form(&mut self) -> Option<Box<FormReader>> {
        self.form.take()
    }

    /// The verdict on a form that its reader could not read.
    pub fn unreadable<O: Observer>(self, error: FormError, observer: &mut O) -> Verdict<'s> {
        let refusal = unreadable(error, observer);
        self.unproved(refusal, observer)
    }

    /// The verdict where the token cannot be known. A permit only if the route reports what it would
    /// refuse (`report_only`), and if the refusal is one for the token's sake.
    pub fn unproved<O: Observer>(mut self, refusal: Refusal, observer: &mut O) -> Verdict<'s> {
        match self.permit.route.report_only.report(refusal, &mut self.permit.reported) {
            Ok(()) => {
                let permit = Permit { basis: Basis::ReportOnly, ..self.permit };
                Verdict::Permit(report_only::told(permit, observer))
            }
            Err(refusal) => Verdict::Refuse(refusal),
        }
    }

    /// As [`Permit::hides_client`].
    #[must_use]
    pub fn hides_client(&self) -> bool {
        self.permit.hides_client()
    }

    /// Whether the request is forwarded whatever its token is.
    #[must_use]
    pub fn only_reports(&self) -> bool {
        self.permit.route.report_only.intent
    }

    /// The verdict. Of a body that was not read to its end the token so far counts; the caller sees
    /// to it that no other one follows ([`FormReader::settle`]).
    pub fn with<O: Observer>(self, evidence: &Evidence<'_>, observer: &mut O) -> Verdict<'s> {
        let settings = &self.permit.site.django;
        let cookies = evidence.meta.get("HTTP_COOKIE");
        let stored = cookies.as_deref().and_then(|field| django::cookie(field, &settings.cookie_name));
        let request = django::Request {
            method: if self.post { "POST" } else { "PUT" },
            https: false,
            meta: evidence.meta,
            stored: stored.as_deref(),
            form: evidence.form.unwrap_or_default(),
            marks: django::Marks::default(),
        };
        let rejection = match django::check(settings, &request) {
            Answer::Accept | Answer::Skip => {
                observer.step(Rule::Token, Outcome::Pass, || (EXPECTED.into(), received(&request, settings)));
                return Verdict::Permit(report_only::told(self.permit, observer));
            }
            Answer::Reject(rejection) => rejection,
            // A secret in a session is never seen here.
            Answer::Error => Rejection::NoCookie,
        };
        let refusal = Refusal::new(reason(&rejection)).expected(EXPECTED).received(format!(
            "{} ({})",
            said(&rejection),
            received(&request, settings)
        ));
        observer.step(Rule::Token, Outcome::Refuse, || (EXPECTED.into(), refusal.receipt().unwrap_or_default().into()));
        self.unproved(refusal, observer)
    }
}

const EXPECTED: &str =
    "Origin or Referer that Django takes, and its token in the form or else the header, with the cookie's secret";

fn reason(rejection: &Rejection) -> Reason {
    match rejection {
        Rejection::BadOrigin(_) => Reason::CsrfOriginFailed,
        Rejection::NoReferer | Rejection::MalformedReferer | Rejection::InsecureReferer | Rejection::BadReferer(_) => {
            Reason::CsrfRefererFailed
        }
        Rejection::NoCookie => Reason::CsrfCookieMissing,
        Rejection::Cookie(_) => Reason::CsrfCookieMalformed,
        Rejection::TokenMissing => Reason::CsrfTokenMissing,
        Rejection::Token(..) => Reason::CsrfTokenMalformed,
        Rejection::TokenIncorrect(_) => Reason::CsrfTokenIncorrect,
    }
}

/// Django's sentence. Path and query of a `Referer` may hold secrets, and this is logged.
fn said(rejection: &Rejection) -> String {
    match rejection {
        Rejection::BadReferer(url) => {
            let end = url.match_indices('/').nth(2).map_or(url.len(), |(at, _)| at);
            Rejection::BadReferer(url.get(..end).unwrap_or_default().into()).to_string()
        }
        other => other.to_string(),
    }
}

/// Where a token was found, and how long it is: never the token itself.
fn received(request: &django::Request<'_>, settings: &django::Settings) -> String {
    let header = request.meta.get(&settings.header_name);
    let token = match (request.form, header) {
        ("", Some(token)) => format!("a token of {} characters in the header", token.chars().count()),
        ("", None) => "no token".into(),
        (form, _) => format!("a token of {} characters in the form", form.chars().count()),
    };
    let cookie = if request.stored.is_some() { "a" } else { "no" };
    format!("{token}, {cookie} cookie {}", settings.cookie_name)
}
