//! Go's `net/http.CrossOriginProtection`, run: a small program is built with the Go of `./test`.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{Answer, Asked};

pub(crate) struct Go {
    program: PathBuf,
}

impl Go {
    /// None where `./test` has not brought Go: then only its rule, written anew, is compared
    /// (`differential_go.rs`).
    pub(crate) fn installed() -> Option<Self> {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("target");
        let venv = std::env::var_os("COUNTERSIGN_GO").map_or_else(|| target.join("venv-go"), PathBuf::from);
        let go = venv.join("bin/go");
        if !go.exists() {
            return None;
        }
        let folder = venv.join("csrf-peer");
        let program = folder.join("peer");
        std::fs::create_dir_all(&folder).unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/peers/go/main.go");
        let built = Command::new(go)
            .args(["build", "-trimpath", "-o"])
            .args([&program, &source])
            .env("GOCACHE", folder.join("cache"))
            .env("GOPATH", folder.join("path"))
            .env("GOTOOLCHAIN", "local")
            .env("GOFLAGS", "")
            .env("CGO_ENABLED", "0")
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        Some(Self { program })
    }

    /// What it says of each.
    pub(crate) fn answers(&self, all: &[Asked]) -> Vec<Answer> {
        let mut child = Command::new(&self.program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            scope.spawn(move || {
                for asked in all {
                    let line = json!({ "head": STANDARD.encode(asked.head()), "trusted": asked.trusted });
                    writeln!(stdin, "{line}").unwrap();
                }
            });
            child.wait_with_output().unwrap()
        });
        let lines = String::from_utf8(output.stdout).unwrap();
        let answers: Vec<Answer> = lines.lines().map(|line| Answer::of(line.trim_matches('"'))).collect();
        assert_eq!(answers.len(), all.len(), "Go's program ended early");
        answers
    }
}
