//! A cookie that browsers drop.
//!
//! `SESSION_COOKIE_NAME` or `CSRF_COOKIE_NAME` begins with `__Host-` or `__Secure-`, and the cookie is not what that promises:
//! it is not Secure, or a `__Host-` cookie has a domain or another path than `/`.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    settings::{Settings, Value},
};

pub(super) const CHECK: Check = Check {
    id: "cookie-prefix-broken",
    side: Side::Django,
    title: "A cookie that browsers drop",
    severity: Severity::Medium,
    references: &["RFC 6265bis section 4.1.3"],
    why: "A browser refuses a cookie whose name promises more than its attributes keep, without a word. Nobody stays signed in, or every form fails, until somebody takes the prefix away and its protection from sibling sites with it.",
    fix: "Set the cookie's _SECURE to True, and for __Host- leave its _DOMAIN and _PATH as Django has them: None and \"/\".",
    source: include_str!("cookie_prefix_broken.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (_, settings) in project.deployed() {
        for cookie in ["SESSION_COOKIE", "CSRF_COOKIE"] {
            judge(settings, cookie, found);
        }
    }
}

fn judge(settings: &Settings, cookie: &str, found: &mut Found<'_>) {
    let get = |part: &str| settings.get(&format!("{cookie}_{part}"));
    let Some(name) = get("NAME") else { return };
    let Value::Str(text) = &name.value else { return };
    let for_host = text.starts_with("__Host-");
    if !(for_host || text.starts_with("__Secure-")) || (cookie == "CSRF_COOKIE" && !settings.unset("CSRF_USE_SESSIONS"))
    {
        return;
    }
    let named = [(&name.span, "the name promises otherwise")];
    match get("SECURE") {
        Some(secure) if secure.value == Value::Bool(false) => {
            let message = format!("{cookie}_SECURE is False, and browsers drop a {text:?} that is not Secure");
            found.add(Confidence::High, message, (&secure.span, "the cookie is not Secure"), &named);
        }
        None if !settings.partly_elsewhere => {
            let message = format!("{cookie}_SECURE is not set, and browsers drop a {text:?} that is not Secure");
            found.add(Confidence::High, message, (&name.span, "the cookie is not Secure"), &[]);
        }
        _ => {}
    }
    if !for_host {
        return;
    }
    for (part, kept) in [("DOMAIN", ""), ("PATH", "/")] {
        if let Some(setting) = get(part)
            && let Value::Str(value) = &setting.value
            && value != kept
        {
            let message = format!("{cookie}_{part} is {value:?}, and browsers drop a {text:?} with that");
            found.add(Confidence::High, message, (&setting.span, "not with __Host-"), &named);
        }
    }
}
