//! A key is written in the code.
//!
//! A private key in PEM, or a key, token or secret from a request's header that is compared with a text of the code. Tests
//! are left out, and so are texts that say that they stand for something else. `SECRET_KEY` is another check's.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    source::Span,
};

pub(super) const CHECK: Check = Check {
    id: "key-in-code",
    side: Side::Django,
    title: "A key is written in the code",
    severity: Severity::High,
    references: &["CWE-798", "CWE-321"],
    why: "Whoever reads the repository has the key, and it stays in every clone and backup after it was taken out. Nobody can replace it without a release.",
    fix: "Read it from a file or the environment at the start, and replace the one that was published.",
    source: include_str!("key_in_code.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for module in project.modules.iter().filter(|module| !module.is_for_tests()) {
        let text = &module.source.text;
        for (at, begin) in text.match_indices("-----BEGIN ") {
            let rest = text.get(at + begin.len()..).unwrap_or_default();
            let Some(kind) = rest.split("-----").next().filter(|kind| kind.ends_with("PRIVATE KEY")) else { continue };
            // Code that writes or looks for such a header has no lines of base64 behind it.
            let body: String =
                rest.chars().skip(kind.len() + "-----".len()).filter(|c| !c.is_whitespace()).take(40).collect();
            if body.len() == 40 && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)) {
                let span = Span::new(&module.source, at..at + begin.len() + kind.len() + "-----".len());
                found.add(Confidence::High, "a private key is part of the code", (&span, "in every clone"), &[]);
            }
        }
    }
    for comparison in &project.facts.comparisons {
        let [one, other] = &comparison.sides;
        let is_key = (from_header(one) && is_secret(other)) || (from_header(other) && is_secret(one));
        if is_key {
            let at = (&comparison.span, "in every clone");
            found.add(Confidence::High, "the key that a request has to bring is part of the code", at, &[]);
        }
    }
}

/// `request.headers["X-API-Key"]`, `request.META.get("HTTP_AUTHORIZATION")` and their kin.
fn from_header(code: &str) -> bool {
    let upper = code.to_ascii_uppercase();
    (code.contains(".headers") || code.contains(".META"))
        && ["KEY", "TOKEN", "SECRET", "AUTHORIZATION", "PASSWORD"].iter().any(|word| upper.contains(word))
}

/// A literal text, long and mixed enough to be a secret.
fn is_secret(code: &str) -> bool {
    let code = code.strip_prefix(['f', 'b', 'r']).unwrap_or(code);
    let Some(quote) = code.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return false };
    let Some(text) = code.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) else { return false };
    let text = ["Bearer ", "Token ", "Basic "].iter().find_map(|start| text.strip_prefix(start)).unwrap_or(text);
    let lower = text.to_ascii_lowercase();
    let stands_for = ["change", "example", "placeholder", "dummy", "replace", "xxx", "your"];
    text.len() >= 12
        && !text.contains([' ', '{', quote])
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !stands_for.iter().any(|word| lower.contains(word))
}
