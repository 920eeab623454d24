//! Requests that Django's own tests make, with its answers, recorded by `suite.py record` from 6.1.3.

use serde::Deserialize;

use crate::case::{DjangoSettings, Request};

#[derive(Deserialize)]
struct Recorded {
    /// Django's test that makes it.
    test: String,
    settings: DjangoSettings,
    request: Request,
    answer: String,
}

#[test]
fn what_djangos_tests_ask_is_answered_as_django_does() {
    let text = include_str!("../../../../testdata/django-csrf/recorded.json");
    let recorded: Vec<Recorded> = serde_json::from_str(text).unwrap();
    let mut wrong = String::new();
    for Recorded { test, settings, request, answer } in &recorded {
        let ours = request.answer(&settings.settings());
        if ours != *answer {
            wrong += &format!("{test}\n  Django: {answer}\n  ours:   {ours}\n  {request:?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(recorded.len() > 120, "only {} requests", recorded.len());
    let rejected = recorded.iter().filter(|entry| entry.answer.starts_with("reject")).count();
    assert!(rejected > 50, "only {rejected} are rejected");
}
