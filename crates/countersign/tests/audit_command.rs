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
    assert!(shown.contains("critical[csrf-exempt]") && shown.contains("high[seam-optional-certificate]"), "{shown}");
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
        "[tool.countersign.audit]\nfail-on = \"critical\"\nskip = [\"csrf-exempt\", \"seam-optional-certificate\", \"seam-header-not-cleared\", \"seam-exempt-reachable\"]\n",
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

/// `--diff` shows what `--fix` does, and that is all that it does.
#[test]
fn what_is_safe_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, nginx) = (folder.path().join("settings.py"), folder.path().join("nginx.conf"));
    fs::write(
        &settings,
        "MIDDLEWARE = [\"django.middleware.csrf.CsrfViewMiddleware\"]\nCSRF_TRUSTED_ORIGINS = [\n    \"http://bank.test\",\n]\nSESSION_COOKIE_SECURE = False\n",
    )
    .unwrap();
    fs::write(
        &nginx,
        "server {\n    listen 443 ssl;\n    ssl_protocols TLSv1 TLSv1.2; # old\n    underscores_in_headers on;\n}\n",
    )
    .unwrap();
    let before = (fs::read_to_string(&settings).unwrap(), fs::read_to_string(&nginx).unwrap());
    let diff = audit(folder.path(), &["--diff"]);
    assert_eq!(diff.status.code(), Some(1));
    let shown = text(&diff.stdout);
    for line in [
        "+++ b/nginx.conf",
        "-    ssl_protocols TLSv1 TLSv1.2; # old",
        "+    ssl_protocols TLSv1.2 TLSv1.3; # old",
        "+    underscores_in_headers off;",
        "+    \"https://bank.test\",",
        "+SESSION_COOKIE_SECURE = True",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}:\n{shown}");
    }
    assert_eq!(before, (fs::read_to_string(&settings).unwrap(), fs::read_to_string(&nginx).unwrap()));
    let sarif: Value = serde_json::from_slice(&audit(folder.path(), &["--format", "sarif"]).stdout).unwrap();
    let fixes = sarif["runs"][0]["results"].as_array().unwrap().iter().filter(|result| !result["fixes"][0].is_null());
    assert_eq!(fixes.count(), 4, "{sarif:#}");
    let fixed = audit(folder.path(), &["--fix", "--only", "old-tls", "--only", "header-aliases"]);
    assert_eq!(fixed.status.code(), Some(0), "{}", text(&fixed.stdout));
    assert!(text(&fixed.stderr).contains("mended nginx.conf: 2 places"), "{}", text(&fixed.stderr));
    assert_eq!(before.0, fs::read_to_string(&settings).unwrap(), "not asked for");
    audit(folder.path(), &["--fix"]);
    let after = (fs::read_to_string(&settings).unwrap(), fs::read_to_string(&nginx).unwrap());
    assert!(after.1.contains("ssl_protocols TLSv1.2 TLSv1.3; # old\n    underscores_in_headers off;"), "{}", after.1);
    assert!(
        after.0.contains("\"https://bank.test\"") && after.0.contains("SESSION_COOKIE_SECURE = True"),
        "{}",
        after.0
    );
    assert!(text(&audit(folder.path(), &["--fix"]).stderr).contains("nothing that --fix mends"));
    assert_eq!(audit(folder.path(), &["--fix", "--diff"]).status.code(), Some(2));
}

/// Several folders: each file by its own name, whatever the others are called.
#[test]
fn several_folders_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["one", "two"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("nginx.conf"), "server {\n    ssl_protocols SSLv3;\n}\n").unwrap();
    }
    let ran = countersign(&["audit", "one", "two", "--fix", "--format", "json"]).current_dir(folder.path()).output();
    let ran = ran.unwrap();
    assert!(text(&ran.stderr).contains("mended one/nginx.conf: 1 place\nmended two/nginx.conf: 1 place"), "{ran:?}");
    for name in ["one", "two"] {
        let now = fs::read_to_string(folder.path().join(name).join("nginx.conf")).unwrap();
        assert_eq!(now, "server {\n    ssl_protocols TLSv1.2 TLSv1.3;\n}\n");
    }
}

/// The wishes may stand in a file of their own, at one place.
#[test]
fn wishes_have_one_place() {
    let folder = project();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("countersign-audit.toml", "exclude = [\"nginx.conf\", \"views.py\"]\n");
    assert_eq!(audit(folder.path(), &[]).status.code(), Some(3), "all of it is excluded");
    write("other.toml", "skip = [\"csrf\"]\n");
    let named = folder.path().join("other.toml").display().to_string();
    assert_eq!(audit(folder.path(), &["--config", &named]).status.code(), Some(2));
    write("pyproject.toml", "[tool.countersign.audit]\nskip = [\"csrf-exempt\"]\n");
    let both = audit(folder.path(), &[]);
    assert_eq!(both.status.code(), Some(2));
    assert!(text(&both.stderr).contains("remove one of them"), "{}", text(&both.stderr));
    assert_eq!(audit(folder.path(), &["-c", "nowhere.toml"]).status.code(), Some(2));
}
