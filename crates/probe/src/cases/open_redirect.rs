//! A redirect to wherever one asks.
//!
//! The page and the login are asked with `next=`, `url=` and `return=` naming the attacker's site, also as
//! `//attacker.example`. A redirect of the site itself replays a POST (307, 308) with `Origin: null`, and lends
//! its name to a lure.

use super::elsewhere;
use crate::{
    case::{Case, Class, Needs, Outcome},
    evidence::Layer,
    forgery::refused,
};
use countersign_audit::{Confidence, Severity};

pub(super) const CASE: Case = Case {
    id: "open-redirect",
    class: Class::Forgery,
    title: "A redirect to wherever one asks",
    severity: Severity::Medium,
    confidence: Confidence::High,
    references: &["CWE-601"],
    proves: "The site sends its users wherever a link says.",
    cannot: "That no other parameter does so.",
    fix: "Check targets with `url_has_allowed_host_and_scheme`.",
    needs: Needs::Page,
    source: include_str!("open_redirect.rs"),
    run: |probe| {
        let paths = std::iter::once(&probe.site.page).chain(&probe.site.login);
        let mut last = None;
        for path in paths {
            for to in ["https%3A%2F%2Fattacker.example%2F", "%2F%2Fattacker.example%2F", "%2F%5Cattacker.example"] {
                let separator = if path.contains('?') { '&' } else { '?' };
                let asked = format!("{path}{separator}next={to}&url={to}&return={to}");
                let signs_in = probe.site.login.as_ref() == Some(path);
                let mut requests = vec![probe.browse(&asked)];
                if signs_in {
                    requests.push(probe.honest_login(&asked));
                }
                for request in requests {
                    let exchange = probe.client.send(request);
                    let replay = probe.client.replay(&exchange.request);
                    match &exchange.result {
                        Ok(answer) if answer.is_redirect() && elsewhere(answer.location()) => {
                            return Outcome::vulnerable(format!("{} to {}", answer.status, answer.location()), replay);
                        }
                        Ok(answer) => {
                            let says = format!("{} {}", answer.status, answer.location());
                            last = Some(Outcome::held(Layer::Application(says.trim().into()), replay));
                        }
                        Err(failure) => last = Some(refused(failure.layer(), &failure.to_string(), replay)),
                    }
                }
            }
        }
        last.unwrap_or_else(|| Outcome::not_tested("a page"))
    },
};
