//! What a person reads who asks why: the whole rule trace, word for word.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod fixture;

use countersign_core::{Audience, HeadBuilder, Route, Target, Trace, decide};

fn explain(method: &str, path: &str, fields: &[(&str, &str)]) -> String {
    let api = Route { path: "/api/".into(), audience: Audience::Any, ..Route::everything() };
    let site = fixture::site(vec![Route::everything(), api], &["https://partner.example"]);
    let mut builder = HeadBuilder::new(method, Target { path, ..Target::default() });
    builder.field("host", b"app.example.com");
    for (name, value) in fields {
        builder.field(name, value.as_bytes());
    }
    let head = builder.finish().unwrap();
    let (alice, mut trace) = (fixture::alice(), Trace::default());
    let decision = decide(&site, &head, &fixture::known(&alice), fixture::NOW, &mut trace);
    let mut text = String::new();
    for step in &trace.0 {
        let outcome = format!("{:?}", step.outcome).to_lowercase();
        text +=
            &format!("{outcome:6} {}: expected {}; received {}\n", step.rule.info().code, step.expected, step.received);
    }
    text + &match decision.verdict.basis() {
        Ok(basis) => format!("permit {}\n", basis.code()),
        Err(refusal) => format!("refuse {}: {refusal}\n", refusal.reason().code()),
    }
}

#[test]
fn an_honest_form() {
    let fields = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", "https://app.example.com"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-mode", "navigate"),
    ];
    assert_eq!(
        explain("POST", "/transfer", &fields),
        "\
pass   host: expected app.example.com; received app.example.com
pass   route: expected / for browser; received POST /transfer
pass   client-certificate: expected client mode soft; received a certificate that holds
skip   safe-method: expected GET, HEAD or OPTIONS; received POST
pass   origin-form: expected scheme://host[:port]; received https://app.example.com
pass   origin: expected https://app.example.com or https://partner.example; received https://app.example.com
permit same-origin
"
    );
}

#[test]
fn a_forged_form() {
    let fields = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
    ];
    assert_eq!(
        explain("POST", "/transfer", &fields),
        "\
pass   host: expected app.example.com; received app.example.com
pass   route: expected / for browser; received POST /transfer
pass   client-certificate: expected client mode soft; received a certificate that holds
skip   safe-method: expected GET, HEAD or OPTIONS; received POST
pass   origin-form: expected scheme://host[:port]; received https://evil.example
refuse origin: expected https://app.example.com or https://partner.example; received https://evil.example
refuse origin-mismatch: the page that sent this request belongs to another site; received https://evil.example; \
expected https://app.example.com or https://partner.example
"
    );
}

#[test]
fn a_foreign_page_at_an_api_for_both() {
    let fields = [("content-type", "text/plain"), ("origin", "null"), ("sec-fetch-site", "cross-site")];
    assert_eq!(
        explain("POST", "/api/orders", &fields),
        "\
pass   host: expected app.example.com; received app.example.com
pass   route: expected /api/ for any; received POST /api/orders
pass   client-certificate: expected client mode soft; received a certificate that holds
skip   machine-signals: expected no Origin, Referer, Cookie or Sec-Fetch headers; received Sec-Fetch
skip   safe-method: expected GET, HEAD or OPTIONS; received POST
refuse origin-form: expected scheme://host[:port]; received null
refuse origin-null: the Origin is null; received null; expected https://app.example.com
"
    );
}
