//! A session under another certificate.
//!
//! The session cookie of the first certificate's holder, sent with the second certificate (`--second-cert`): a
//! stolen or fixed session, or a shared machine.

use crate::{
    case::{Case, Class, Needs, Outcome},
    client::Failure,
    evidence::{Layer, alike},
    forgery::refused,
    request::Who,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "session-swap",
    class: Class::Session,
    title: "A session under another certificate",
    severity: Severity::High,
    confidence: Confidence::Medium,
    references: &["RFC 8705 section 3", "CWE-384"],
    proves: "A stolen session cookie works with anybody's certificate: the certificate says one person, the session another.",
    cannot: "That the session is bound to the connection or the key.",
    fix: "Compare the session's user with the certificate on every request (RemoteUserMiddleware, django-countersign), or bind the cookie (`bind_cookies`).",
    needs: Needs::Page,
    source: include_str!("session_swap.rs"),
    run: |probe| {
        let Some(second) = &probe.certificates.second else {
            return Outcome::not_tested("--second-cert and --second-key");
        };
        if probe.jar.borrow().get(&probe.site.session_cookie).is_none() {
            return Outcome::not_tested(format!(
                "a session: the site set no cookie {:?} (--session-cookie, --login)",
                probe.site.session_cookie
            ));
        }
        let theirs = probe.client.send(probe.bare(&probe.site.whoami).by(Who::Other(second.clone())));
        let exchange = probe.client.send(probe.browse(&probe.site.whoami).by(Who::Other(second.clone())));
        let replay = probe.client.replay(&exchange.request);
        let (Ok(answer), Ok(theirs)) = (&exchange.result, &theirs.result) else {
            let says = exchange
                .result
                .as_ref()
                .err()
                .map_or_else(|| "the second certificate is not let in".into(), ToString::to_string);
            return refused(exchange.result.as_ref().err().and_then(Failure::layer), &says, replay);
        };
        let name = probe.certificates.own.name.as_deref().unwrap_or("\0");
        let shown = answer.names(name) && !theirs.names(name);
        let moved = !alike(answer, theirs) && alike(answer, &probe.whoami);
        if answer.is_success() && (shown || moved) {
            return Outcome::vulnerable("the page is the first holder's, under the second's certificate", replay);
        }
        if answer.status >= 400 || answer.is_redirect() {
            return Outcome::held(Layer::behind(answer), replay);
        }
        if alike(theirs, &probe.whoami) && theirs.text() == probe.whoami.text() {
            return Outcome::inconclusive(
                "both certificates see the same page: name one that shows who is signed in with --whoami",
                Some(replay),
            );
        }
        Outcome::held(Layer::Application("the page is the second holder's own".into()), replay)
    },
};
