//! Random requests under random settings, answered by the engine and by live Django.

use std::{
    collections::BTreeMap,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use serde::Serialize;

use crate::{
    case::{DjangoSettings, Request},
    generate,
    installed::{Django, installed},
    random::Random,
};

/// Settings, and requests under them.
#[derive(Serialize)]
struct Batch {
    settings: DjangoSettings,
    requests: Vec<Request>,
}

const REQUESTS: usize = 20;

fn answers(django: &Django, batches: &[Batch]) -> Vec<Vec<String>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/django/oracle.py");
    let mut child = Command::new(&django.python)
        .arg("-B")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            for batch in batches {
                writeln!(stdin, "{}", serde_json::to_string(batch).unwrap()).unwrap();
            }
        });
        child.wait_with_output().unwrap()
    });
    let text = String::from_utf8(output.stdout).unwrap();
    let lists: Vec<Vec<String>> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lists.len(), batches.len(), "Django {} ended early", django.release);
    lists
}

/// The sentence, without the value in it.
fn kind(answer: &str) -> String {
    match answer.split_once(" failed - ") {
        Some((what, why)) if why.ends_with("does not match any trusted origins.") => format!("{what}: does not match"),
        _ if answer.contains("HTTP header") => {
            answer.split_whitespace().filter(|word| !word.contains('\'')).collect::<Vec<_>>().join(" ")
        }
        _ => answer.into(),
    }
}

/// At least 100,000 of them, shared out among the releases that are installed.
#[test]
fn live_django_says_the_same() {
    let number = |name: &str, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let (cases, seed) = (number("DJANGO_CASES", 120_000), number("DJANGO_SEED", 0x5eed));
    let installed = installed();
    let batches = usize::try_from(cases).unwrap() / REQUESTS / installed.len() + 1;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (n, django) in installed.iter().enumerate() {
        let mut random = Random(seed + n as u64);
        let batches: Vec<Batch> = (0..batches)
            .map(|_| {
                let settings = generate::settings(&mut random);
                let requests = (0..REQUESTS).map(|_| generate::request(&mut random, &settings)).collect();
                Batch { settings, requests }
            })
            .collect();
        let theirs = answers(django, &batches);
        let mut differences = 0;
        for (batch, theirs) in batches.iter().zip(&theirs) {
            let settings = batch.settings.settings();
            for (request, theirs) in batch.requests.iter().zip(theirs) {
                let ours = request.answer(&settings);
                *counts.entry(kind(&ours)).or_default() += 1;
                if ours != *theirs {
                    differences += 1;
                    if differences < 5 {
                        eprintln!(
                            "Django {}: {theirs}\nours: {ours}\n{:?}\n{request:?}\n",
                            django.release, batch.settings
                        );
                    }
                }
            }
        }
        assert_eq!(differences, 0, "Django {}, seed {seed:#x}", django.release);
    }
    // What is never reached proves nothing.
    for (what, least) in [
        ("skip", 1_000),
        ("accept", 10_000),
        ("error", 20),
        ("reject: Origin checking: does not match", 5_000),
        ("reject: Referer checking: does not match", 500),
        ("reject: Referer checking failed - no Referer.", 500),
        ("reject: Referer checking failed - Referer is malformed.", 500),
        ("reject: Referer checking failed - Referer is insecure while host is secure.", 500),
        ("reject: CSRF cookie not set.", 500),
        ("reject: CSRF cookie has incorrect length.", 500),
        ("reject: CSRF cookie has invalid characters.", 100),
        ("reject: CSRF token missing.", 500),
        ("reject: CSRF token from POST has incorrect length.", 300),
        ("reject: CSRF token from POST has invalid characters.", 100),
        ("reject: CSRF token from POST incorrect.", 500),
        ("reject: CSRF token from the HTTP header has incorrect length.", 200),
        ("reject: CSRF token from the HTTP header has invalid characters.", 50),
        ("reject: CSRF token from the HTTP header incorrect.", 200),
        ("reject: CSRF token from the None HTTP header incorrect.", 10),
    ] {
        let count = counts.get(what).copied().unwrap_or_default() as u64;
        assert!(count >= least * cases / 120_000, "only {count} of {what:?}: {counts:#?}");
    }
    eprintln!("{counts:#?}");
}
