//! Cookies that go over http.
//!
//! `SESSION_COOKIE_SECURE` or `CSRF_COOKIE_SECURE` set to False in settings that are not for developers. Settings that do not
//! say are Django's own check's (`manage.py check --deploy`).

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    settings::Value,
};

pub(super) const CHECK: Check = Check {
    id: "cookie-insecure",
    side: Side::Django,
    title: "Cookies that go over http",
    severity: Severity::Medium,
    references: &["Django: security.W012, security.W016"],
    why: "The cookie is sent over plain http as well, where anybody on the way reads it. One link to http:// is enough.",
    fix: "Set it to True.",
    source: include_str!("cookie_insecure.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (_, settings) in project.deployed() {
        for name in ["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"] {
            let Some(setting) = settings.known(name).filter(|setting| *setting.value == Value::Bool(false)) else {
                continue;
            };
            let message = setting.told(&format!("{name} is False"));
            found.add(setting.confidence(Confidence::High), message, (setting.span, "sent over http too"), &[]);
            if let Some(text) = setting.span.text().strip_suffix("False") {
                found.edit(setting.span, format!("{text}True"));
            }
        }
    }
}
