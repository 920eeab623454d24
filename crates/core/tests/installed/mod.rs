//! The releases of Django that `./test` has installed.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

pub(crate) struct Django {
    pub(crate) python: PathBuf,
    pub(crate) release: String,
}

/// That of the tests' environment, which must be there, and those of the package's.
pub(crate) fn installed() -> Vec<Django> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("target");
    let first = std::env::var_os("COUNTERSIGN_VENV").map_or_else(|| target.join("venv"), PathBuf::from);
    let python = |venv: &Path| venv.join("bin/python");
    assert!(python(&first).exists(), "{} is not there: run ./test, which makes it", first.display());
    let mut all = vec![python(&first)];
    all.extend(["4.2", "5.2", "6.1"].map(|release| python(&target.join(format!("venv-django-{release}")))));
    let mut found: Vec<Django> = all.into_iter().filter(|p| p.exists()).filter_map(Django::new).collect();
    found.sort_by(|a, b| a.release.cmp(&b.release));
    found.dedup_by(|a, b| a.release == b.release);
    found
}

impl Django {
    /// None if there is no Django in it: another test run is just making it.
    fn new(python: PathBuf) -> Option<Self> {
        let version = "import django; print('.'.join(map(str, django.VERSION[:2])))";
        let output = Command::new(&python).args(["-c", version]).output().unwrap();
        let release = String::from_utf8(output.stdout).unwrap().trim().to_owned();
        output.status.success().then_some(Self { python, release })
    }
}
