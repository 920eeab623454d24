//! A file that `process.rs` does not name would be silently left out.

use std::fs;

#[test]
fn every_file_is_run() {
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
    let named = fs::read_to_string(format!("{tests}/process.rs")).unwrap();
    for entry in fs::read_dir(tests).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.trim_end_matches(".rs");
        assert!(module == "process" || named.contains(&format!("mod {module};")), "process.rs does not name {name}");
    }
}
