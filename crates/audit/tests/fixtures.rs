//! Every check fires on one bundle of files, with exactly this text, and is quiet on another.
//!
//! A bundle is one file: `-- path --` begins each of its files, and `== says ==` what is printed. `UPDATE=1`
//! writes that.

// Clippy's exceptions for tests end at functions that are no tests themselves.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::{collections::BTreeSet, env, fs, path::Path, sync::OnceLock};

use countersign_audit::{CHECKS, audit, docs, report};

const SAYS: &str = "== says ==\n";

/// Unpacks a bundle, audits it, and leaves one check's findings; the text of the report.
fn audited(bundle: &str, id: &str) -> (usize, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut file: Option<fs::File> = None;
    for line in bundle.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("-- ").and_then(|rest| rest.trim_end().strip_suffix(" --")) {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            file = Some(fs::File::create(path).unwrap());
        } else {
            use std::io::Write as _;
            file.as_mut().expect("a bundle begins with -- path --").write_all(line.as_bytes()).unwrap();
        }
    }
    drop(file);
    let mut results = audit(&[folder.path().to_owned()], &[]).unwrap();
    assert!(results.notes.is_empty(), "{id}: {:?}", results.notes);
    results.findings.retain(|finding| finding.id == id);
    (results.findings.len(), report::text(&results, false))
}

/// What is wrong with the fixtures. Run once, because it writes what the pages quote.
fn wrong() -> &'static [String] {
    static WRONG: OnceLock<Vec<String>> = OnceLock::new();
    WRONG.get_or_init(run_fixtures)
}

fn run_fixtures() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("testdata/audit");
    let mut wrong = Vec::new();
    for check in CHECKS {
        let file = root.join(check.id).join("fires.txt");
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let (bundle, expected) = text.split_once(SAYS).unwrap_or((&text, ""));
        let (count, says) = audited(bundle, check.id);
        if count == 0 {
            wrong.push(format!("{} does not fire", check.id));
        }
        if env::var_os("UPDATE").is_some() {
            fs::write(&file, format!("{bundle}{SAYS}{says}")).unwrap();
        } else if says != expected {
            wrong.push(format!("{} says otherwise (UPDATE=1 writes it):\n{says}", check.id));
        }
        let quiet = fs::read_to_string(root.join(check.id).join("quiet.txt")).unwrap();
        let (count, says) = audited(&quiet, check.id);
        if count > 0 {
            wrong.push(format!("{} is not quiet:\n{says}", check.id));
        }
    }
    wrong
}

#[test]
fn every_check_fires_and_is_quiet() {
    assert!(wrong().is_empty(), "{}", wrong().join("\n"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("testdata/audit");
    let folders = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    for folder in folders {
        assert!(CHECKS.iter().any(|check| check.id == folder), "{folder} belongs to no check");
    }
}

#[test]
fn a_comment_ignores_with_a_reason_only() {
    let view = |comment: &str| {
        format!(
            "-- views.py --\nfrom django.views.decorators.csrf import csrf_exempt\n\n\n{comment}\n@csrf_exempt\ndef hook(request):\n    pass\n"
        )
    };
    let run = |text: &str| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("views.py"), text.split_once('\n').unwrap().1).unwrap();
        audit(&[folder.path().to_owned()], &[]).unwrap()
    };
    let ignored = run(&view("# countersign: ignore[csrf-exempt] a webhook, signed by its sender"));
    assert!(ignored.findings.is_empty() && ignored.notes.is_empty(), "{ignored:?}");
    assert_eq!(ignored.ignored[0].1, "a webhook, signed by its sender");
    let bare = run(&view("# countersign: ignore[csrf-exempt]"));
    assert_eq!(bare.findings.len(), 1);
    assert!(bare.notes[0].contains("gives no reason"), "{:?}", bare.notes);
    let unused = run(&view("# countersign: ignore[old-tls] not here"));
    assert!(unused.notes[0].contains("nothing is found there"), "{:?}", unused.notes);
    let unknown = run(&view("# countersign: ignore[csrf] wrong name"));
    assert!(unknown.notes[0].contains("no such check"), "{:?}", unknown.notes);
}

/// Deep nesting, endless sums, half a file: an answer each, never the end of the process.
#[test]
fn hostile_files_are_survived() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    write("deep.py", format!("x = {}{}\n", "[".repeat(60_000), "]".repeat(60_000)));
    write("sum.py", format!("x = {}1\n", "1+".repeat(100_000)));
    write("calls.py", format!("x = a{}\n", ".b()".repeat(60_000)));
    let sum = format!("request.META.get('HTTP_X') == {}1", "1+".repeat(50_000));
    write("in_function.py", format!("def f(request):\n    return {sum}\n\n\n# headers settings. getenv\n"));
    let not = "not ".repeat(50_000);
    write(
        "in_condition.py",
        format!("def f(request):\n    if {not}request:\n        request._dont_enforce_csrf_checks = 1\n"),
    );
    write("requirements.txt", "x==5.2.1[".repeat(10_000));
    write("pyproject.toml", format!("[project]\ndependencies = {}\n", "[\"'".repeat(20_000)));
    write("start.sh", "--forwarded-allow-ips --header-map=".repeat(10_000));
    write("half.py", "def x(:\n".into());
    write("deep.conf", "a {".repeat(50_000));
    write("settings.py", "from .settings import *\nMIDDLEWARE = []\n".into());
    let results = audit(&[folder.path().to_owned()], &[]).unwrap();
    assert!(results.findings.is_empty(), "{:?}", results.findings);
    assert!(results.notes.iter().any(|note| note.starts_with("half.py")), "{:?}", results.notes);
}

/// Names and lines of a stranger's files do not speak to the terminal.
#[test]
fn control_characters_are_shown_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("\x1b[31mhalf.py", "def x(:\n");
    write("\x1b[31mviews.py", "@csrf_exempt  # \x1b[2J\ndef pay(request):\n    pass\n");
    write(
        "nginx.conf",
        "server { location / { proxy_set_header X-\x1b[2J-SSL-Client $http_x_ssl_client; proxy_pass http://x; } }\n",
    );
    let results = audit(&[folder.path().to_owned()], &[]).unwrap();
    assert!(results.findings.len() > 2 && results.notes.len() == 1, "{results:?}");
    for said in [report::text(&results, false), report::markdown(&results)] {
        assert!(!said.chars().any(|c| c.is_control() && c != '\n'), "{said:?}");
    }
}

/// The pages about the checks are what their files and fixtures say.
#[test]
fn every_check_has_its_page() {
    wrong();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let folder = root.join("docs/checks");
    let mut pages: Vec<(String, String)> = vec![("README.md".into(), docs::index())];
    for check in CHECKS {
        let fires = fs::read_to_string(root.join("testdata/audit").join(check.id).join("fires.txt")).unwrap();
        let says = fires.split_once(SAYS).map_or("", |(_, says)| says);
        // The first finding is enough.
        let example = says.split("\n\n").next().unwrap_or_default();
        pages.push((format!("{}.md", check.id), docs::page(check, example)));
    }
    if env::var_os("UPDATE").is_some() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in &pages {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    let there: BTreeSet<String> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(there, pages.iter().map(|(name, _)| name.clone()).collect(), "run with UPDATE=1");
    for (name, text) in &pages {
        assert_eq!(fs::read_to_string(folder.join(name)).unwrap(), *text, "{name}: run with UPDATE=1");
    }
}
