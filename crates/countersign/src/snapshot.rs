//! Expected texts that are files: a test prints the first difference, `UPDATE=1` rewrites.

use std::{fs, path::Path};

/// Compares with `testdata/NAME` (or another path from the crate's directory).
#[track_caller]
pub(crate) fn assert_same(path: &str, found: &str) {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let plain = anstream::adapter::strip_str(found).to_string();
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        return fs::write(full, plain).unwrap();
    }
    let expected = fs::read_to_string(&full).unwrap_or_default();
    if expected != plain {
        let at = expected.lines().zip(plain.lines()).take_while(|(a, b)| a == b).count();
        panic!(
            "{path} differs in line {}:\n  expected {:?}\n  found    {:?}\nUPDATE=1 rewrites it. All of it:\n{plain}",
            at + 1,
            expected.lines().nth(at),
            plain.lines().nth(at),
        );
    }
}
