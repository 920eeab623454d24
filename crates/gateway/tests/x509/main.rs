//! Chains that are judged here, by OpenSSL and by webpki, one row for each way a certificate can be
//! right or wrong.
//!
//! A row says what must come of it here and, if another verifier comes to another verdict, why. A
//! difference that is not listed fails, and so does a listed one that is none: each is a claim
//! about what is right. `docs/x509-conformance.md` is this table, for people; `UPDATE=1` rewrites it.

// Clippy's exceptions for tests end at functions that are no tests themselves.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unwrap_used)]

mod asn1;
mod keys;
mod make;
mod others;
mod page;
mod row;
mod rows;

use std::collections::HashSet;

use countersign_core::UnixTime;
use countersign_gateway::{Trust, judge};
use row::{Made, Ours, Row};
use rustls::pki_types::CertificateDer;

/// Whether what comes of the chain is what was expected; else what came.
fn ours(made: &Made, expected: Ours) -> Result<(), String> {
    let ders = |list: &[Vec<u8>]| list.iter().cloned().map(CertificateDer::from).collect::<Vec<_>>();
    let trust = match Trust::new("table", &ders(&made.anchors), made.max_depth, UnixTime(made.loaded)) {
        Ok(trust) => trust,
        Err(errors) => {
            let told = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            let fits = matches!(expected, Ours::Unloadable(said) if told.contains(said));
            return if fits { Ok(()) } else { Err(format!("unloadable: {told}")) };
        }
    };
    match judge(&ders(&made.chain), &trust, UnixTime(made.now)) {
        Ok(chain) => {
            let end = chain.holds_until();
            assert!(end >= UnixTime(made.now), "accepted until {end}, which is past");
            let sent = chain.chain().iter().all(|ca| made.chain[1..].iter().any(|der| der[..] == ca[..]));
            assert!(sent && chain.leaf()[..] == made.chain[0][..], "other certificates than were sent");
            if expected == Ours::Accepted { Ok(()) } else { Err(format!("accepted: {}", chain.identity().subject)) }
        }
        Err(refusal) => {
            let told = format!("{} {}", refusal.receipt().unwrap_or(""), refusal.expectation().unwrap_or(""));
            let code = refusal.reason().code();
            assert!(!told.chars().any(char::is_control), "{told:?} holds a control character");
            let fits = matches!(expected, Ours::Refused(reason, said) if reason == code && told.contains(said));
            if fits { Ok(()) } else { Err(format!("{code}: {told}")) }
        }
    }
}

/// What is wrong about a row.
fn complaints(row: &Row) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Err(got) = ours(&row.made, row.ours) {
        wrong.push(format!("expected {:?}, got {got}", row.ours));
    }
    for (who, refusal, differs) in [
        ("OpenSSL", others::openssl(&row.made), row.openssl.is_some()),
        ("webpki", others::webpki(&row.made), row.webpki.is_some()),
    ] {
        let accepts = refusal.is_none();
        let said = refusal.as_deref().map_or("accepts it".into(), |refusal| format!("refuses it: {refusal}"));
        match (accepts == row.accepts(), differs) {
            (true, false) | (false, true) => {}
            (false, false) => wrong.push(format!("a difference that is not listed: {who} {said}")),
            (true, true) => wrong.push(format!("a difference is listed, but there is none: {who} {said}")),
        }
    }
    wrong
}

#[test]
fn every_chain_gets_its_verdict_and_every_difference_is_listed() {
    let rows = rows::all();
    let mut names = HashSet::new();
    let mut report = String::new();
    let count = rows.iter().map(|(_, rows)| rows.len()).sum::<usize>();
    // A process of OpenSSL for each row is what takes time.
    let lists: Vec<Vec<&Row>> =
        (0..4).map(|n| rows.iter().flat_map(|(_, rows)| rows).skip(n).step_by(4).collect()).collect();
    let complaints = std::thread::scope(|scope| {
        let running: Vec<_> = lists
            .iter()
            .map(|list| scope.spawn(|| list.iter().map(|row| (row.name, complaints(row))).collect::<Vec<_>>()))
            .collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    for (name, complaints) in complaints {
        assert!(names.insert(name), "{name} occurs twice");
        for complaint in complaints {
            report += &format!("{name}: {complaint}\n");
        }
    }
    assert!(report.is_empty(), "\n{report}");
    assert!(count >= 80, "only {count} rows");
    page::keep_true(&rows);
}

/// Rows whose chains are the seeds of `fuzz/targets/certificate.rs`: the anchor, then the chain.
const SEEDS: &[&str] = &[
    "direct",
    "one-intermediate",
    "impostor",
    "loop",
    "every-form",
    "cn-in-bmp",
    "cn-in-teletex",
    "cn-with-separators",
    "named-by-alternative-name",
    "unique-identifier",
    "policies-critical",
    "distribution-point-critical",
    "path-length-and-a-renewed-key",
    "names-twice",
    "version-1",
    "ed25519",
    "constrained-anchor-inside",
    "constrained-anchor-every-form",
];

#[test]
#[ignore = "writes fuzz/corpus/certificate; the seeds have to stay what they are while they find what they do"]
fn seeds() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/certificate");
    std::fs::create_dir_all(&directory).unwrap();
    let rows = rows::all();
    for name in SEEDS {
        let row = rows.iter().flat_map(|(_, rows)| rows).find(|row| row.name == *name).unwrap();
        let seed = row.made.anchors[..1].iter().chain(&row.made.chain).flatten().copied().collect::<Vec<u8>>();
        std::fs::write(directory.join(name), seed).unwrap();
    }
}
