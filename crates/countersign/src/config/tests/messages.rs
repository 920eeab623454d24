//! Files to be checked, and every word that is said about them: `testdata/config/*.toml` and
//! `.txt`. A bug report becomes a file there.

use std::{fs, path::Path};

use super::{NOW, material};
use crate::{check, config, report::Format, snapshot};

#[test]
fn every_file_has_its_words() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/config");
    let mut names: Vec<String> = fs::read_dir(&dir)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().unwrap().strip_suffix(".toml").map(str::to_owned))
        .collect();
    names.sort();
    assert!(names.len() > 10);
    for name in names {
        let text = fs::read_to_string(dir.join(format!("{name}.toml"))).unwrap();
        let read = config::parse(&text, Path::new(&format!("{name}.toml")), NOW, material::files());
        let report = check::answer(&read, Format::Text);
        let said = format!("{}{}exit {}\n", report.stdout, report.stderr, report.code);
        snapshot::assert_same(&format!("testdata/config/{name}.txt"), &said);
    }
}

#[test]
fn programs_get_the_same_as_json() {
    let text = include_str!("../../../testdata/config/everything.toml");
    let read = config::parse(text, Path::new("everything.toml"), NOW, material::files());
    snapshot::assert_same("testdata/config/everything.json", &check::answer(&read, Format::Json).stdout);
    let text = include_str!("../../../testdata/config/ten-errors.toml");
    let read = config::parse(text, Path::new("ten-errors.toml"), NOW, material::files());
    snapshot::assert_same("testdata/config/ten-errors.json", &check::answer(&read, Format::Json).stdout);
}

/// Modes are of the disk, not of the map.
#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    for (path, bytes) in material::files() {
        fs::write(dir.path().join(path), bytes).unwrap();
    }
    let file = dir.path().join("c.toml");
    fs::write(&file, include_str!("../../../testdata/config/minimal.toml")).unwrap();
    let warnings = |mode| {
        fs::set_permissions(dir.path().join("app.key"), fs::Permissions::from_mode(mode)).unwrap();
        config::load(&file, NOW).unwrap().warnings.records()
    };
    assert_eq!(warnings(0o600), []);
    for mode in [0o640, 0o604, 0o644] {
        let told = warnings(mode);
        assert_eq!(told.len(), 1, "{mode:o}");
        assert!(told[0].message.contains(&format!("(mode 0{mode:o})")), "{told:?}");
    }
}

#[test]
fn what_cannot_be_read_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let told = |path: &Path| config::load(path, NOW).unwrap_err().records()[0].message.clone();
    assert!(told(&dir.path().join("no.toml")).contains("there is no file"));
    assert!(told(dir.path()).contains("no regular file"));
    let file = dir.path().join("latin1.toml");
    fs::write(&file, b"# caf\xe9\n").unwrap();
    assert!(told(&file).contains("no UTF-8"));
}
