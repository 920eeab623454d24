use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
};

use super::*;
use crate::pki::{
    report::FileRole,
    store::{NewFile, create_all},
};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn entries(dir: &Path) -> Vec<String> {
    let name = |entry: Result<fs::DirEntry, _>| entry.unwrap().file_name().into_string().unwrap();
    fs::read_dir(dir).unwrap().map(name).collect()
}

#[test]
fn a_saved_ca_is_the_same_when_loaded() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("deep/ca");
    let ca = authority();
    ca.save(&dir).unwrap();
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&dir.join("ca.key")), 0o600);
    assert_eq!(mode(&dir.join("ca.pem")), 0o644);

    let loaded = Authority::load(&dir).unwrap();
    assert_eq!(loaded.facts(), ca.facts());
    assert_eq!(loaded.certificate(), ca.certificate());
    assert_eq!(loaded.key_pem(), ca.key_pem());
    let issued = loaded.issue_client(&client("Ada"), now()).unwrap();
    fs::write(dir.join("leaf.pem"), issued.cert_pem).unwrap();
    let verify = format!("verify -x509_strict -CAfile ca.pem -attime {SECONDS} leaf.pem");
    openssl(&dir, &verify).unwrap();
}

#[test]
fn nothing_is_overwritten_and_every_obstacle_is_named() {
    let dir = directory(&[("ca.key", "precious")]);
    let (pem, key) = (dir.path().join("ca.pem"), dir.path().join("ca.key"));
    let error = authority().save(dir.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "\"{}\" exists already, and nothing is overwritten: \
             move away what is there, or choose another directory",
            key.display()
        )
    );
    assert_eq!(error.exit_code(), 2);
    assert_eq!(fs::read_to_string(&key).unwrap(), "precious");
    assert!(!pem.exists(), "both files or none");

    fs::write(&pem, "precious too").unwrap();
    let message = authority().save(dir.path()).unwrap_err().to_string();
    assert_contains(&message, &[&format!("\"{}\" and \"{}\" exist already", pem.display(), key.display())]);
}

#[test]
fn a_link_to_nowhere_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("elsewhere");
    symlink(&target, dir.path().join("ca.key")).unwrap();
    assert!(matches!(authority().save(dir.path()), Err(PkiError::Exists(_))));
    assert!(!target.exists());
}

#[test]
fn files_that_cannot_all_be_written_are_all_removed() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| NewFile::new(FileRole::Key, dir.path().join(name), "x");
    let error = create_all(dir.path(), &[file("one"), file("missing/two")]).unwrap_err();
    assert_contains(&error.to_string(), &["cannot create", "missing/two"]);
    assert_eq!(error.exit_code(), 3);
    assert_eq!(entries(dir.path()), [""; 0]);
}

#[test]
fn a_ca_key_that_others_can_read_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    authority().save(dir.path()).unwrap();
    let key = dir.path().join("ca.key");
    for exposed in [0o640, 0o604, 0o660] {
        set_mode(&key, exposed);
        let message = Authority::load(dir.path()).unwrap_err().to_string();
        assert_contains(&message, &[&format!("(mode {exposed:o})"), &format!("chmod 600 {}", key.display())]);
    }
    set_mode(&key, 0o400);
    Authority::load(dir.path()).unwrap();
}

#[test]
fn a_missing_or_damaged_ca_is_told_apart() {
    let message = |dir: &Path| Authority::load(dir).unwrap_err().to_string();
    let nowhere = PathBuf::from("/nonexistent/ca");
    assert_eq!(
        message(&nowhere),
        "no CA in \"/nonexistent/ca\", \"/nonexistent/ca/ca.pem\" is missing: \
         expected what \"countersign ca init\" makes"
    );

    let damaged = |pem: &str, key: &str| {
        let dir = directory(&[("ca.pem", pem), ("ca.key", key)]);
        set_mode(&dir.path().join("ca.key"), 0o600);
        let text = message(dir.path());
        assert_contains(&text, &[&format!("cannot use the CA in \"{}\"", dir.path().display())]);
        text
    };
    let ca = authority();
    let (pem, key) = (ca.certificate().pem.as_str(), ca.key_pem());
    let half = |text: &str| text.chars().take(text.len() / 2).collect::<String>();
    assert_contains(&damaged("", &key), &["invalid CA certificate: expected one, the CA's own, found 0"]);
    assert_contains(&damaged(&pem.repeat(2), &key), &["found 2"]);
    assert_contains(&damaged(&half(pem), &key), &["invalid CA certificate: expected PEM"]);
    assert_contains(&damaged(pem, ""), &["invalid CA private key: expected unencrypted PKCS#8"]);
    assert_contains(&damaged(pem, &half(&key)), &["invalid CA private key"]);
    assert_contains(&damaged(pem, &authority().key_pem()), &["expected the private key of that very certificate"]);
}
