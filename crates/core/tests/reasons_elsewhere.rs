//! Reasons that no head can cause: those of the wire and of the app. Their tests live with the
//! gateway and the binary; this one demands that there is a test at all.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use countersign_core::{REASONS, Stage};

/// Every Rust file below a directory.
fn rust_files(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_reason_of_the_wire_and_of_the_app_is_named_in_a_test() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    rust_files(&crates.join("gateway/src"), &mut files);
    for member in fs::read_dir(crates).unwrap().map(|entry| entry.unwrap().path()) {
        if !member.ends_with("core") {
            rust_files(&member.join("tests"), &mut files);
        }
    }
    let texts: Vec<String> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let missing: Vec<&str> = REASONS
        .iter()
        .filter(|reason| matches!(reason.info().stage, Stage::Wire | Stage::Upstream))
        .map(|reason| reason.code())
        .filter(|code| !texts.iter().any(|text| text.contains(&format!("\"{code}\""))))
        .collect();
    assert!(missing.is_empty(), "no test names {missing:?}");
}
