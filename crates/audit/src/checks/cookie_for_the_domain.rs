//! Cookies for the whole domain.
//!
//! `SESSION_COOKIE_DOMAIN` or `CSRF_COOKIE_DOMAIN` is set: every host under the domain gets the cookie.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    settings::Value,
};

pub(super) const CHECK: Check = Check {
    id: "cookie-for-the-domain",
    side: Side::Django,
    title: "Cookies for the whole domain",
    severity: Severity::Medium,
    references: &["RFC 6265 section 8.6"],
    why: "Every sibling host reads the cookie, and can set it: a tossed CSRF cookie fits the attacker's token. With CSRF_COOKIE_DOMAIN Django also accepts a Referer of every sibling.",
    fix: "Leave it unset; name the cookies with the prefix __Host-.",
    source: include_str!("cookie_for_the_domain.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (_, settings) in project.deployed() {
        for name in ["SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_DOMAIN"] {
            if let Some(setting) = settings.get(name)
                && let Value::Str(domain) = &setting.value
                && !domain.is_empty()
            {
                found.add(
                    Confidence::High,
                    format!("{name} is {domain:?}"),
                    (&setting.span, "every host below it gets the cookie"),
                    &[],
                );
            }
        }
    }
}
