//! A login that another site sends.
//!
//! Another site submits the login form with the attacker's own password. The victim then works in the
//! attacker's account, and what they enter there is the attacker's to read.

use crate::{
    answer::Answer,
    case::{Case, Class, Needs, Outcome},
    evidence::{Layer, alike},
    forgery::{ATTACKER_ORIGIN, refused},
    probe::{FORM, encode},
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "login-forgery",
    class: Class::Forgery,
    title: "A login that another site sends",
    severity: Severity::Medium,
    confidence: Confidence::High,
    references: &["CWE-352", "OWASP Cross-Site Request Forgery Prevention", "OWASP: login CSRF"],
    proves: "Any page signs its visitors in as somebody else.",
    cannot: "That the session counts beside another certificate: see session-swap.",
    fix: "Leave CsrfViewMiddleware on for the login; bind the session to the certificate.",
    needs: Needs::Page,
    source: include_str!("login_forgery.rs"),
    run: |probe| {
        let Some(login) = &probe.site.login else { return Outcome::not_tested("--login PATH and --login-field") };
        let honest = probe.client.send(probe.honest_login(login));
        let forged = probe
            .bare(login)
            .bodiless("POST")
            .with("Origin", ATTACKER_ORIGIN)
            .with("Referer", format!("{ATTACKER_ORIGIN}/"))
            .with("Sec-Fetch-Site", "cross-site")
            .with("Sec-Fetch-Mode", "navigate")
            .body(Some(FORM), encode(&probe.site.login_fields));
        let exchange = probe.client.send(forged);
        let replay = probe.client.replay(&exchange.request);
        match (&exchange.result, &honest.result) {
            (Err(failure), _) => refused(failure.layer(), &failure.to_string(), replay),
            // A refusal may set a session as well, of nobody.
            (Ok(answer), _) if answer.status >= 400 => Outcome::held(Layer::behind(answer), replay),
            (Ok(answer), Ok(honest)) if alike(answer, honest) => {
                Outcome::vulnerable(format!("it was answered as the honest login: {}", answer.status), replay)
            }
            (Ok(answer), _) if sets(answer, &probe.site.session_cookie) => {
                Outcome::vulnerable("the answer sets a session", replay)
            }
            (Ok(answer), _) => Outcome::inconclusive(format!("{} {}", answer.status, answer.excerpt()), Some(replay)),
        }
    },
};

fn sets(answer: &Answer, cookie: &str) -> bool {
    answer.all("set-cookie").any(|field| field.split_once('=').is_some_and(|(name, _)| name == cookie))
}
