//! Cookies for every site.
//!
//! `SESSION_COOKIE_SAMESITE` or `CSRF_COOKIE_SAMESITE` is "None" or False.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    settings::Value,
};

pub(super) const CHECK: Check = Check {
    id: "cookie-same-site-none",
    side: Side::Django,
    title: "Cookies for every site",
    severity: Severity::Medium,
    references: &["RFC 6265bis section 5.6.7"],
    why: "Browsers attach the cookie to every other site's requests. What limits forgery by default is off.",
    fix: "Set it to \"Lax\" or \"Strict\".",
    source: include_str!("cookie_same_site_none.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (_, settings) in project.deployed() {
        for name in ["SESSION_COOKIE_SAMESITE", "CSRF_COOKIE_SAMESITE"] {
            let Some(setting) = settings.known(name) else { continue };
            let none = match setting.value {
                Value::Str(text) => text.eq_ignore_ascii_case("none"),
                Value::Bool(false) => true,
                _ => false,
            };
            if none {
                found.add(
                    setting.confidence(Confidence::High),
                    setting.told(&format!("{name} lets every site send the cookie")),
                    (setting.span, "no SameSite"),
                    &[],
                );
            }
        }
    }
}
