//! A token of another certificate.
//!
//! The CSRF cookie and token that the second certificate's holder got, in an otherwise honest request of the
//! first: Django's pair is bound to nobody. It is what makes a tossed cookie (`tossed-pair`) possible wherever the
//! origin check fails.

use crate::{
    case::{Case, Class, Needs, Outcome},
    cookies::{Jar, line},
    forgery::{Carried, Forgery},
    request::Who,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "token-swap",
    class: Class::Session,
    title: "A token of another certificate",
    severity: Severity::Low,
    confidence: Confidence::High,
    references: &["OWASP: naive double submit"],
    proves: "Whoever can write one cookie has a token that fits.",
    cannot: "That a page can send it: `Origin` was the site's own here, which only its own pages have.",
    fix: "Bind the cookie to the certificate (`bind_cookies = [\"csrftoken\"]` in countersign), or keep the token in the session (CSRF_USE_SESSIONS).",
    needs: Needs::Write,
    source: include_str!("token_swap.rs"),
    run: |probe| {
        let Some(second) = &probe.certificates.second else {
            return Outcome::not_tested("--second-cert and --second-key");
        };
        let page = probe.client.send(probe.bare(&probe.site.page).by(Who::Other(second.clone())));
        let mut theirs = Jar::default();
        match &page.result {
            Ok(answer) => theirs.learn(answer, &probe.site.page),
            Err(failure) => {
                return Outcome::inconclusive(format!("the second certificate is not let in: {failure}"), None);
            }
        }
        let Some(token) = theirs.get(&probe.site.csrf_cookie) else {
            return Outcome::not_tested(format!(
                "a cookie {:?}, which the page does not set (--csrf-cookie)",
                probe.site.csrf_cookie
            ));
        };
        let mut cookies = probe.jar.borrow().all().to_vec();
        cookies.retain(|(name, _)| *name != probe.site.csrf_cookie);
        cookies.push((probe.site.csrf_cookie.clone(), token.into()));
        let own = probe.client.target.origin();
        let forged = Forgery::new(probe)
            .origin(own)
            .fetch_site("same-origin")
            .cookies(Carried::These(line(&cookies).unwrap_or_default()));
        forged.token(token).run(probe)
    },
};
