//! A profile that holds the certificate, and nothing of the user's.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{self, Command},
};

use serde_json::json;
use tempfile::TempDir;

use super::{BrowserError, BrowserSetup, Product};

/// Where Chromium looks for what an administrator decided. Of two files that decide the same the last one
/// counts alone, so two probes cannot each have their own: the second waits for the first.
const POLICIES: &str = "/etc/chromium/policies/managed";
const LOCK: &str = "/etc/chromium/countersign-probe.lock";

#[derive(Debug)]
pub(super) struct Profile {
    folder: TempDir,
    policy: Option<Policy>,
}

/// A policy that counts while this lives.
#[derive(Debug)]
struct Policy {
    file: PathBuf,
    _turn: File,
}

impl Profile {
    pub(super) fn make(setup: &BrowserSetup, origin: &str) -> Result<Self, BrowserError> {
        let folder = tempfile::Builder::new().prefix("countersign-probe-").tempdir().map_err(BrowserError::drive)?;
        let mut profile = Self { folder, policy: None };
        let database = match setup.product {
            Product::Chromium => profile.home().join(".pki/nssdb"),
            Product::Firefox => profile.data(),
        };
        fs::create_dir_all(&database).and_then(|()| fs::create_dir_all(profile.data())).map_err(BrowserError::drive)?;
        profile.certificates(setup, &database)?;
        if setup.product == Product::Chromium {
            profile.policy = Some(policy(origin)?);
        }
        Ok(profile)
    }

    pub(super) fn home(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn certificates(&self, setup: &BrowserSetup, database: &Path) -> Result<(), BrowserError> {
        let store = format!("sql:{}", database.display());
        tool("certutil", &["-d", &store, "-N", "--empty-password"])?;
        if let Some(pem) = &setup.server_ca {
            let file = self.folder.path().join("ca.pem");
            fs::write(&file, pem).map_err(BrowserError::drive)?;
            tool("certutil", &["-d", &store, "-A", "-t", "C,,", "-n", "server CA", "-i", &file.display().to_string()])?;
        }
        let p12 = self.folder.path().join("client.p12");
        fs::write(&p12, &setup.p12).map_err(BrowserError::drive)?;
        // The password is of this run, for a file in a folder that only we can read.
        tool("pk12util", &["-d", &store, "-i", &p12.display().to_string(), "-W", &setup.password, "-K", ""])?;
        fs::remove_file(p12).map_err(BrowserError::drive)
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

fn tool(program: &'static str, words: &[&str]) -> Result<(), BrowserError> {
    let output = Command::new(program).args(words).output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => BrowserError::Missing(program, "libnss3-tools"),
        _ => BrowserError::drive(error),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let says = String::from_utf8_lossy(&output.stderr);
    Err(BrowserError::Drive(format!("{program}: {}", says.trim())))
}

/// Lets Chromium choose the certificate for the site: only a policy does that without a person.
fn policy(origin: &str) -> Result<Policy, BrowserError> {
    let refused = |error: io::Error| BrowserError::Policy(POLICIES.into(), error.to_string());
    fs::create_dir_all(POLICIES).map_err(refused)?;
    let turn = File::options().create(true).truncate(false).write(true).open(LOCK).map_err(refused)?;
    turn.lock().map_err(refused)?;
    // What a run left that was killed would count beside ours, or in its place.
    for entry in fs::read_dir(POLICIES).map_err(refused)?.flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with("countersign-probe-")) {
            let _ = fs::remove_file(entry.path());
        }
    }
    let file = Path::new(POLICIES).join(format!("countersign-probe-{}-{}.json", process::id(), fastrand::u32(..)));
    let pattern = json!({ "pattern": origin, "filter": {} }).to_string();
    fs::write(&file, json!({ "AutoSelectCertificateForUrls": [pattern] }).to_string()).map_err(refused)?;
    Ok(Policy { file, _turn: turn })
}
