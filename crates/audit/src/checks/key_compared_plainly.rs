//! A key compared with ==.
//!
//! `==` or `!=` between a request header, or what was read from one, and a value whose name says that it is a key, token or
//! secret.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
};

pub(super) const CHECK: Check = Check {
    id: "key-compared-plainly",
    side: Side::Django,
    title: "A key compared with ==",
    severity: Severity::Medium,
    references: &["CWE-208", "CWE-1254"],
    why: "The comparison takes longer the more of the key is right, which can be measured from outside, one letter after the other.",
    fix: "Use hmac.compare_digest.",
    source: include_str!("key_compared_plainly.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for comparison in &project.facts.comparisons {
        let side = |text: &str| text.to_ascii_lowercase();
        let (left, right) = (side(&comparison.sides[0]), side(&comparison.sides[1]));
        let request = |text: &str| {
            text.contains("request.headers")
                || text.contains("request.meta")
                || text.contains("headers.get(")
                || text.contains("headers[")
        };
        let secret = |text: &str| {
            let named = ["api_key", "apikey", "secret", "token", "shared_key"].iter().any(|word| text.contains(word));
            named && !text.starts_with(['"', '\'']) && !request(text)
        };
        if (request(&left) && secret(&right)) || (request(&right) && secret(&left)) {
            let at = (&comparison.span, "takes longer the more is right");
            found.add(Confidence::High, "a key from the request is compared with ==", at, &[]);
        }
    }
}
