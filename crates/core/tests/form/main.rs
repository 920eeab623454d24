//! The form reader beside live Django, of every release that is installed, over random bodies: where
//! ours gives a token, or none, each of them gives the same; where ours says that Django answers
//! 400, it does. Only a refusal of ours because releases differ stands alone, and forms as browsers
//! and HTTP libraries write them never meet one.
//!
//! `COUNTERSIGN_VENV` or `target/venv` has one Django, `target/venv-django-*` more of them, as
//! `./test` makes them. `FORM_CASES` and `FORM_SEED` repeat or extend a run.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test ends at the first surprise")]
#![allow(clippy::print_stderr, reason = "what was compared is the evidence")]

mod django;
mod generate;
#[path = "../installed/mod.rs"]
mod installed;
mod random;

use std::collections::BTreeMap;

use countersign_core::form::{FormError, FormReader};
use random::Random;

/// One body.
struct Case {
    content_type: Vec<u8>,
    body: Vec<u8>,
    /// A browser or an HTTP library could have sent it.
    honest: bool,
}

fn ours(case: &Case, random: &mut Random) -> Result<Option<String>, FormError> {
    let read = |pieces: &mut dyn Iterator<Item = &[u8]>| {
        let Some(mut reader) = FormReader::new(Some(&case.content_type))? else { return Ok(None) };
        for piece in pieces {
            reader.push(piece)?;
        }
        reader.finish().map(|token| token.map(String::from))
    };
    let whole = read(&mut std::iter::once(&*case.body));
    let longest = if case.body.len() < 10_000 && random.one_in(3) { 1 } else { 1 << random.below(14) };
    let mut rest = &*case.body;
    let mut pieces = std::iter::from_fn(|| {
        let (piece, after) = rest.split_at(rest.len().min(1 + random.below(longest)));
        rest = after;
        (!piece.is_empty()).then_some(piece)
    });
    assert_eq!(read(&mut pieces), whole, "in pieces of up to {longest}: {}", shown(case));
    whole
}

fn shown(case: &Case) -> String {
    let text = |bytes: &[u8]| bytes[..bytes.len().min(3000)].escape_ascii().to_string();
    format!("{}\n{}", text(&case.content_type), text(&case.body).replace("\\r\\n", "\\r\\n\n"))
}

#[test]
fn reads_what_django_reads() {
    let number = |name: &str, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let (cases, seed) = (number("FORM_CASES", 24_000), number("FORM_SEED", 0x5eed));
    let mut random = Random(seed);
    let cases: Vec<Case> = (0..cases).map(|_| generate::case(&mut random)).collect();
    let answers: Vec<_> = cases.iter().map(|case| ours(case, &mut random)).collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (case, ours) in cases.iter().zip(&answers) {
        let what = match ours {
            Ok(Some(_)) => "token".into(),
            Ok(None) => "none".into(),
            Err(error) => format!("{error:?}"),
        };
        *counts.entry(what).or_default() += 1;
        let refused = ours.is_err_and_ours();
        assert!(!(case.honest && refused), "an honest form is refused, {ours:?}:\n{}", shown(case));
    }
    // What is never reached proves nothing.
    for (what, least) in [
        ("token", cases.len() / 4),
        ("none", cases.len() / 10),
        ("Boundary", 20),
        ("TooManyFields", 20),
        ("TooManyFiles", 20),
        ("PartHead", 20),
        ("TooLarge", 2),
        ("TransferEncoding", 20),
        ("StrayPart", 20),
        ("PartHeader", 20),
        ("Charset", 20),
        ("ContentType", 20),
    ] {
        let count = counts.get(what).copied().unwrap_or_default();
        assert!(count >= least.min(cases.len() / 100), "only {count} of {what}: {counts:?}");
    }
    for django in installed::installed() {
        let theirs = django.answers(&cases);
        let mut differences = 0;
        for ((case, ours), theirs) in cases.iter().zip(&answers).zip(&theirs) {
            let agreed = match ours {
                Ok(Some(token)) => *theirs == format!("token {}", django::hexadecimal(token)),
                Ok(None) => theirs == "none",
                // 4.2 takes such a part for a stray one and goes on.
                Err(FormError::PartHead) if django.release == "4.2" => true,
                Err(error) if error.is_djangos() => theirs.starts_with("400"),
                Err(_) => true,
            };
            if !agreed {
                differences += 1;
                eprintln!("Django {}: {theirs}; ours: {ours:?}\n{}\n", django.release, shown(case));
                assert!(differences < 5, "seed {seed:#x}");
            }
        }
        assert_eq!(differences, 0, "seed {seed:#x}");
        eprintln!("{} cases as Django {}: {counts:?}", cases.len(), django.release);
    }
}

trait Refused {
    /// Refused because releases differ.
    fn is_err_and_ours(&self) -> bool;
}

impl<T> Refused for Result<T, FormError> {
    fn is_err_and_ours(&self) -> bool {
        self.as_ref().is_err_and(|error| !error.is_djangos())
    }
}
