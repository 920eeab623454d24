//! The vectors of `testdata/assertion`, which Python reads too: this verifier's answer to each, and
//! that the files are what the generator makes. `UPDATE=1` rewrites them; ES256 signatures are
//! random, so that only that changes those tokens.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

mod cases;
mod format;
mod material;

use std::{collections::BTreeSet, fs, sync::Once};

use countersign_assertion::{CODES, Code, KeySet, MemoryReplayCache, RequestFacts, Verifier, binding};
use countersign_core::UnixTime;
use format::{Algorithm, Vector, directory, read};

/// With `UPDATE=1` the files are written once, before the first of these tests reads them.
fn updated() {
    static WRITTEN: Once = Once::new();
    if format::updates() {
        WRITTEN.call_once(|| {
            material::write_keys();
            for (file, make) in cases::FILES {
                format::write(file, &make());
            }
            format::write("binding.json", &format::bindings());
        });
    }
}

fn all() -> Vec<(String, Vec<Vector>)> {
    updated();
    cases::FILES.iter().map(|(name, _)| ((*name).to_owned(), read(name))).collect()
}

fn verifier(vector: &Vector) -> Verifier {
    let told = &vector.verifier;
    let algorithm = match told.algorithm {
        Algorithm::HS256 => countersign_assertion::Algorithm::Hs256,
        Algorithm::ES256 => countersign_assertion::Algorithm::Es256,
    };
    let text = fs::read(directory().join("keys").join(&told.keys)).unwrap();
    let verifier = Verifier::new(KeySet::read(algorithm, &text).unwrap(), &told.issuer, &told.audience);
    if told.session { verifier.allow_session() } else { verifier }
}

#[test]
fn the_verifier_answers_as_the_vectors_say() {
    for (file, vectors) in all() {
        for vector in vectors {
            let (verifier, cache) = (verifier(&vector), MemoryReplayCache::new(16));
            for (n, step) in vector.steps.iter().enumerate() {
                let values: Vec<Vec<u8>> = step.assertions.iter().map(|value| format::latin1(value)).collect();
                let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
                let request = RequestFacts {
                    method: &step.method,
                    authority: &step.authority,
                    path: &step.path,
                    query: &step.query,
                };
                let place = format!("{file}: {} step {}", vector.name, n + 1);
                match verifier.verify(&values, &request, &cache, UnixTime(step.now)) {
                    Ok(claims) => {
                        assert_eq!(step.expect, "ok", "{place}");
                        assert_eq!(Some(serde_json::to_value(&claims).unwrap()), step.claims, "{place}");
                    }
                    Err(error) => assert_eq!(error.code().code(), step.expect, "{place}: {error}"),
                }
            }
        }
    }
}

#[test]
fn the_files_are_what_the_generator_makes() {
    updated();
    material::assert_keys();
    let mut names = BTreeSet::new();
    for (file, make) in cases::FILES {
        let made = make();
        for vector in &made {
            assert!(names.insert(vector.name.clone()), "{} is there twice", vector.name);
        }
        format::assert_same(file, &made);
    }
    assert!(names.len() >= 60);
}

#[test]
fn every_code_has_a_vector_and_every_expectation_is_a_code() {
    let expected: BTreeSet<String> =
        all().into_iter().flat_map(|(_, v)| v).flat_map(|v| v.steps).map(|step| step.expect).collect();
    for code in CODES {
        assert!(expected.contains(code.code()), "no vector shows {code}");
    }
    for text in expected {
        assert!(text == "ok" || Code::from_code(&text).is_some(), "{text}");
    }
}

#[test]
fn request_bindings() {
    updated();
    let mut seen = BTreeSet::new();
    let rows: Vec<format::Binding> = format::read("binding.json");
    assert_eq!(rows, format::bindings(), "UPDATE=1 rewrites binding.json");
    for row in rows {
        let request =
            RequestFacts { method: &row.method, authority: &row.authority, path: &row.path, query: &row.query };
        assert_eq!(binding(&request), row.req, "{row:?}");
        assert!(seen.insert(row.req) || row.same, "{} {}", row.authority, row.path);
    }
}
