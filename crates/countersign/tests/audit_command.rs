//! `countersign audit` as a command: what it answers, how it ends.

use std::{fs, path::Path, process::Output};

use serde_json::Value;

use crate::support::command::countersign;

fn audit(folder: &Path, more: &[&str]) -> Output {
    let folder = folder.display().to_string();
    countersign(&[&["audit", &folder], more].concat()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A view that is exempt, and nginx that lets everybody in.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write(
        "views.py",
        "from django.views.decorators.csrf import csrf_exempt\n\n\n@csrf_exempt\ndef pay(request):\n    return request.META[\"HTTP_X_SSL_CLIENT_S_DN\"]\n",
    );
    write(
        "nginx.conf",
        "server {\n    listen 443 ssl;\n    ssl_verify_client optional;\n    location / { proxy_pass http://app; }\n}\n",
    );
    folder
}

#[test]
fn findings_are_told_in_every_format() {
    let folder = project();
    let shown = audit(folder.path(), &[]);
    assert_eq!(shown.status.code(), Some(1), "{}", text(&shown.stderr));
    let shown = text(&shown.stdout);
    assert!(
        shown.contains("critical[csrf-exempt]") && shown.contains("critical[seam-optional-certificate]"),
        "{shown}"
    );
    let json: Value = serde_json::from_slice(&audit(folder.path(), &["--format", "json"]).stdout).unwrap();
    let findings = json["findings"].as_array().unwrap();
    let seam = findings.iter().find(|finding| finding["id"] == "seam-optional-certificate").unwrap();
    assert_eq!(
        (&seam["marks"][0]["path"], &seam["marks"][1]["path"]),
        (&"nginx.conf".into(), &"views.py".into()),
        "both places"
    );
    let sarif: Value = serde_json::from_slice(&audit(folder.path(), &["--format", "sarif"]).stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), findings.len());
    let region = &results[0]["locations"][0]["physicalLocation"]["region"];
    assert!(region["startLine"].as_u64().unwrap() >= 1, "{sarif:#}");
    let github = text(&audit(folder.path(), &["--format", "github"]).stdout);
    assert!(
        github.contains("::error file=views.py,line=4,endLine=4,col=1,title=countersign csrf-exempt::"),
        "{github}"
    );
    let markdown = text(&audit(folder.path(), &["--format", "markdown"]).stdout);
    assert!(markdown.contains("| 4 | `csrf-exempt` | critical | high |"), "{markdown}");
}

#[test]
fn exit_codes_and_baselines() {
    let folder = project();
    let known = folder.path().join("known.json").display().to_string();
    assert_eq!(audit(folder.path(), &["--write-baseline", &known]).status.code(), Some(1));
    let quiet = audit(folder.path(), &["--baseline", &known]);
    assert_eq!(quiet.status.code(), Some(0), "{}", text(&quiet.stdout));
    // A line above does not make an old finding a new one.
    let views = folder.path().join("views.py");
    fs::write(&views, format!("import os\n{}", fs::read_to_string(&views).unwrap())).unwrap();
    assert_eq!(audit(folder.path(), &["--baseline", &known]).status.code(), Some(0));
    fs::remove_file(&views).unwrap();
    let gone = audit(folder.path(), &["--baseline", &known]);
    assert!(
        text(&gone.stderr).contains("csrf-exempt at views.py, which was not found any more"),
        "{}",
        text(&gone.stderr)
    );
    assert_eq!(audit(folder.path(), &["--only", "old-tls"]).status.code(), Some(0));
    assert_eq!(audit(folder.path(), &["--only", "csrf"]).status.code(), Some(2));
    assert_eq!(audit(&folder.path().join("nowhere"), &[]).status.code(), Some(3));
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(audit(empty.path(), &[]).status.code(), Some(3), "nothing was audited");
    let listed = countersign(&["audit", "--list-checks"]).output().unwrap();
    assert!(text(&listed.stdout).lines().count() > 25);
}

#[test]
fn a_project_says_in_its_own_file_what_it_wants() {
    let folder = project();
    let write = |text: &str| fs::write(folder.path().join("pyproject.toml"), text).unwrap();
    write("[tool.countersign.audit]\nexclude = [\"nginx.conf\"]\nskip = [\"csrf-exempt\"]\n");
    let json: Value = serde_json::from_slice(&audit(folder.path(), &["--format", "json"]).stdout).unwrap();
    let ids: Vec<&str> =
        json["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["identity-from-header"]);
    write(
        "[tool.countersign.audit]\nfail-on = \"critical\"\nskip = [\"csrf-exempt\", \"seam-optional-certificate\", \"seam-header-not-cleared\"]\n",
    );
    assert_eq!(audit(folder.path(), &[]).status.code(), Some(0));
    assert_eq!(audit(folder.path(), &["--fail-on", "high"]).status.code(), Some(1), "the command line counts first");
    for (wrong, said) in [
        ("ignore = []", "unknown field `ignore`"),
        ("fail-on = \"bad\"", "unknown severity"),
        ("skip = [\"csrf\"]", "unknown check"),
    ] {
        write(&format!("[tool.countersign.audit]\n{wrong}\n"));
        let refused = audit(folder.path(), &[]);
        assert_eq!(refused.status.code(), Some(2), "{wrong}");
        assert!(text(&refused.stderr).contains(said), "{wrong}: {}", text(&refused.stderr));
    }
}
