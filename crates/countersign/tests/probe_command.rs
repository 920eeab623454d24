//! `countersign probe` as a command: what it refuses to do, what it says, how it ends.

use std::process::Output;

use serde_json::Value;

use crate::support::{
    command::{countersign, output},
    target::{Front, Plan, Target},
};

fn run(target: &Target, more: &[&str]) -> Output {
    let mut words = target.args();
    words.extend(more.iter().map(|word| (*word).to_owned()));
    countersign(&words.iter().map(String::as_str).collect::<Vec<_>>()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn only_loopback_without_the_owners_word() {
    let refused = output(&["probe", "https://192.0.2.1/", "--cert", "a", "--key", "b"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("--i-am-authorized"), "{}", text(&refused.stderr));
}

#[test]
fn a_wrong_command_line_is_told_so() {
    for (words, said) in [
        (&["probe"][..], "name the site"),
        (&["probe", "http://localhost/"], "expected https://HOST"),
        (&["probe", "https://localhost/"], "--cert FILE --key FILE"),
        (&["probe", "https://localhost/", "--only", "cross-site"], "--list-cases"),
        (&["probe", "https://localhost/", "--class", "csrf"], "expected one of forgery, identity"),
        (&["probe", "https://localhost/", "--cert", "none.pem", "--key", "none.key", "-k"], "cannot read \"none.pem\""),
        (&["probe", "https://localhost/", "--page", "notes", "-k"], "begins with a slash"),
    ] {
        let refused = output(words);
        assert_eq!(refused.status.code(), Some(2), "{words:?}: {}", text(&refused.stderr));
        assert!(text(&refused.stderr).contains(said), "{words:?}: {}", text(&refused.stderr));
    }
}

#[test]
fn a_baseline_that_does_not_work_is_no_green_report() {
    let target = Target::start(&Plan::sound(Front::Nginx));
    for (more, said) in [
        (&["--endpoint", "/nothing/"][..], "--endpoint"),
        (&["--page", "/nothing/"], "--page"),
        (&["--read-back", "/login/"], "--read-back"),
        (&["--login-field", "user=wrong"], "--login"),
    ] {
        let mut words: Vec<String> = target.args();
        let name = more[0];
        if let Some(at) = words.iter().position(|word| word == name) {
            words[at + 1] = more[1].into();
        } else {
            words.extend(more.iter().map(|word| (*word).to_owned()));
        }
        let failed = countersign(&words.iter().map(String::as_str).collect::<Vec<_>>()).output().unwrap();
        let stderr = text(&failed.stderr);
        assert_eq!(failed.status.code(), Some(3), "{more:?}: {stderr}");
        assert!(stderr.contains("hint: ") && stderr.contains(said), "{more:?}: {stderr}");
        assert!(stderr.contains("again: curl "), "{more:?}: {stderr}");
        assert!(failed.stdout.is_empty());
    }
    let gone = output(&[
        "probe",
        "https://localhost:1/",
        "-k",
        "--cert",
        &file(&target, "--cert"),
        "--key",
        &file(&target, "--key"),
    ]);
    assert_eq!(gone.status.code(), Some(3), "{}", text(&gone.stderr));
}

/// Refusals of a limit are no defence: without a word about it, every case after the first 60 would be "held".
#[test]
fn a_site_that_limits_requests_is_no_green_report() {
    let target = Target::start(&Plan { mistake: "rate-limited".into(), ..Plan::sound(Front::Nginx) });
    let limited = run(&target, &[]);
    let stderr = text(&limited.stderr);
    assert_eq!(limited.status.code(), Some(3), "{}{stderr}", text(&limited.stdout));
    assert!(stderr.contains("lower --rate") && limited.stdout.is_empty(), "{stderr}");
}

fn file(target: &Target, name: &str) -> String {
    let words = target.args();
    let at = words.iter().position(|word| word == name).unwrap();
    words[at + 1].clone()
}

#[test]
fn findings_can_be_replayed_known_and_ranked() {
    let target = Target::start(&Plan::broken("cross-site-form"));
    let folder = tempfile::tempdir().unwrap();
    let known = folder.path().join("known.json").display().to_string();
    let only = ["--class", "forgery"];
    let first = run(&target, &[&only[..], &["--write-baseline", &known]].concat());
    assert_eq!(first.status.code(), Some(1), "{}", text(&first.stderr));
    let shown = text(&first.stdout);
    assert!(shown.contains("cross-site-form") && shown.contains("a browser attaches it"), "{shown}");

    // The line that a finding ends with does it again.
    let again =
        shown.lines().filter_map(|line| line.trim().strip_prefix("again ")).find(|line| line.contains("urlencoded"));
    let again = again.unwrap_or_else(|| panic!("{shown}"));
    let curl = std::process::Command::new("sh").args(["-c", again]).output().unwrap();
    assert!(text(&curl.stdout).contains("201 Created"), "{again}: {}{}", text(&curl.stdout), text(&curl.stderr));

    let second = run(&target, &[&only[..], &["--baseline", &known]].concat());
    assert_eq!(second.status.code(), Some(0), "{}", text(&second.stderr));
    assert!(text(&second.stderr).contains("are in the baseline"), "{}", text(&second.stderr));
    let low = run(&target, &["--only", "cross-site-form", "--fail-on", "critical"]);
    assert_eq!(low.status.code(), Some(1));
}

#[test]
fn without_leave_nothing_is_written() {
    let target = Target::start(&Plan::broken("cross-site-form"));
    let mut words = target.args();
    words.retain(|word| word != "--unsafe-methods");
    words.extend(["--only", "cross-site-form", "--format", "json"].map(Into::into));
    let found = countersign(&words.iter().map(String::as_str).collect::<Vec<_>>()).output().unwrap();
    let report: Value = serde_json::from_slice(&found.stdout).unwrap();
    // The app answered as it answers an honest marker: 400, "text is missing".
    assert_eq!(report["cases"][0]["verdict"], "vulnerable", "{report:#}");
    assert!(report["notes"][0].as_str().unwrap().contains("--unsafe-methods"));
    let listed = run(&target, &["--only", "cors-reflection", "--whoami", "/notes/", "--format", "json"]);
    assert!(!text(&listed.stdout).contains("<li>"), "{}", text(&listed.stdout));
}

#[test]
fn every_format_tells_the_same() {
    let target = Target::start(&Plan::broken("null-origin"));
    let only = ["--only", "null-origin", "--only", "suffix-origin", "--only", "get-changes-state"];
    let json: Value =
        serde_json::from_slice(&run(&target, &[&only[..], &["--format", "json"]].concat()).stdout).unwrap();
    assert_eq!(json["counts"]["vulnerable"], 1, "{json:#}");
    assert_eq!(json["counts"]["held"], 2, "{json:#}");
    let sarif: Value =
        serde_json::from_slice(&run(&target, &[&only[..], &["--format", "sarif"]].concat()).stdout).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!((results.len(), &results[0]["ruleId"]), (1, &"null-origin".into()));
    let rule = results[0]["ruleIndex"].as_u64().unwrap();
    let rules = &sarif["runs"][0]["tool"]["driver"]["rules"];
    assert_eq!(rules[usize::try_from(rule).unwrap()]["id"], "null-origin");
    let markdown = text(&run(&target, &[&only[..], &["--format", "markdown"]].concat()).stdout);
    assert!(markdown.contains("| `null-origin` | critical | **vulnerable** |"), "{markdown}");
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html");
    let html = run(&target, &[&only[..], &["--format", "html", "--output", &page.display().to_string()]].concat());
    assert_eq!(html.status.code(), Some(1));
    assert!(text(&html.stdout).contains("1 of 3 attacks came through"), "{}", text(&html.stdout));
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("null-origin") && !page.contains("<script") && !page.contains("http-equiv=\"refresh\""));
    for outside in ["src=", "href=", "url("] {
        assert!(!page.contains(outside), "{outside} in the page");
    }
}

/// Laid out by Chromium as wide as a phone: nothing sticks out, and there is something to see.
#[test]
fn the_page_can_be_read_on_a_phone() {
    let target = Target::start(&Plan::broken("cross-site-form"));
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let page = file("report.html").display().to_string();
    assert_eq!(run(&target, &["--format", "html", "--output", &page]).status.code(), Some(1));
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(html.contains("<code>cross-site-multipart</code>"), "the variants are told in one place");
    // A page beside it measures it: the report itself has no script, and may have none.
    let frame = "<iframe id=r src=report.html style='width:390px;height:800px;border:0'></iframe>";
    let script = "<script>onload = () => { const d = r.contentDocument.documentElement;
        document.title = `${d.scrollWidth} ${d.clientWidth} ${r.contentDocument.querySelectorAll('article').length}` }</script>";
    std::fs::write(file("measure.html"), format!("<!doctype html>{frame}{script}")).unwrap();
    let chromium = |words: &[&str], page: &str| {
        std::process::Command::new("chromium")
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .arg(format!("--user-data-dir={}", file("profile").display()))
            .args(words)
            .arg(format!("file://{}", file(page).display()))
            .env("HOME", folder.path())
            .output()
            .unwrap()
    };
    let dom = text(&chromium(&["--allow-file-access-from-files", "--dump-dom"], "measure.html").stdout);
    let title = dom.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).map(|(title, _)| title);
    let numbers: Vec<u32> = title.unwrap_or_else(|| panic!("{dom}")).split(' ').map(|n| n.parse().unwrap()).collect();
    // Some of the 390 pixels are the frame's own scroll bar.
    assert_eq!(numbers[0], numbers[1], "it is wider than a phone");
    assert!(numbers[2] >= 2, "{numbers:?}");
    let shot = file("phone.png");
    let screenshot = format!("--screenshot={}", shot.display());
    chromium(&["--window-size=500,1600", "--hide-scrollbars", &screenshot], "report.html");
    // Text on a page compresses worse than an empty one.
    assert!(std::fs::metadata(&shot).unwrap().len() > 40_000, "the page is empty");
}

/// Only a certificate and an address: the page's own form is the measure, and nothing is written.
#[test]
fn a_first_look_needs_no_endpoint() {
    let look = |target: &Target| -> Value {
        let words = target.args();
        let mut first: Vec<String> = words[..2].to_vec();
        for name in ["--connect-to", "--cacert", "--cert", "--key"] {
            first.extend([name.to_owned(), file(target, name)]);
        }
        first.extend(["--rate=0", "--hang=1.5", "--format=json"].map(Into::into));
        let output = countersign(&first.iter().map(String::as_str).collect::<Vec<_>>()).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
    };
    let verdict = |report: &Value, id: &str| {
        let case = report["cases"].as_array().unwrap().iter().find(|case| case["id"] == id).unwrap().clone();
        case["verdict"].as_str().unwrap().to_owned()
    };
    let broken = look(&Target::start(&Plan::broken("cross-site-form")));
    assert_eq!(verdict(&broken, "cross-site-form"), "vulnerable", "{broken:#}");
    assert!(broken["notes"][0].as_str().unwrap().contains("/notes/, the first form of /"), "{}", broken["notes"]);
    let sound = look(&Target::start(&Plan::sound(Front::Nginx)));
    assert_eq!(verdict(&sound, "cross-site-form"), "held", "{sound:#}");
    // A page without a form: what can be asked of it is, and the rest says what it needs.
    let target = Target::start(&Plan::broken("plain-http"));
    let mut words = target.args();
    for (name, value) in [("--page", Some("/notes/")), ("--endpoint", None), ("--read-back", None), ("--field", None)] {
        if let Some(at) = words.iter().position(|word| word == name) {
            words.drain(at..at + 2);
        }
        words.extend(value.map(|value| [name.to_owned(), value.to_owned()]).into_iter().flatten());
    }
    words.retain(|word| word != "--unsafe-methods");
    words.extend(["--format".into(), "json".into()]);
    let output = countersign(&words.iter().map(String::as_str).collect::<Vec<_>>()).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    assert_eq!(verdict(&report, "plain-http"), "vulnerable", "{report:#}");
}
