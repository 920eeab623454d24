//! Django's own tests, unmodified, with the engine in the place of its middleware.

use std::{path::Path, process::Command};

use crate::installed::installed;

/// The program that `suite.py` asks. Cargo builds it with all tests; where one test alone is run, here.
fn engine() -> std::path::PathBuf {
    let test = std::env::current_exe().unwrap();
    let debug = test.ancestors().nth(2).unwrap();
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--package", "countersign-core", "--example", "django_engine"])
        .env("CARGO_TARGET_DIR", debug.parent().unwrap())
        .status()
        .unwrap();
    assert!(built.success());
    debug.join("examples/django_engine")
}

#[test]
fn djangos_own_tests_pass() {
    let core = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = core.ancestors().nth(2).unwrap().join("target/django-src");
    let engine = engine();
    let mut releases = 0;
    for django in installed() {
        let version = "import django; print(django.__version__)";
        let version = Command::new(&django.python).args(["-c", version]).output().unwrap().stdout;
        let tests = sources.join(String::from_utf8(version).unwrap().trim()).join("tests");
        if !tests.is_dir() {
            continue;
        }
        releases += 1;
        let output = Command::new(&django.python)
            .arg("-B")
            .arg(core.join("tests/django/suite.py"))
            .arg("replace")
            .args([&tests, &engine])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "Django {}:\n{said}", django.release);
        let number = |before: &str, after: &str| {
            let (_, rest) = said.split_once(before).unwrap();
            rest.split_once(after).unwrap().0.parse::<usize>().unwrap()
        };
        let (ran, asked) = (number("Ran ", " tests"), number("the engine was asked ", " times"));
        assert!(ran > 130 && asked > 200, "Django {}: {ran} tests, {asked} questions", django.release);
        eprintln!("Django {}: {ran} tests passed, the engine was asked {asked} times", django.release);
    }
    assert!(releases > 0, "{} has no tests of an installed Django: run ./test, which brings them", sources.display());
}
