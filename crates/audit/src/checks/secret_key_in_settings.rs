//! The secret key is in the repository.
//!
//! `SECRET_KEY` is a literal string in settings that are not for developers or tests, and says by no word that it is a
//! placeholder.

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    settings::Value,
};

pub(super) const CHECK: Check = Check {
    id: "secret-key-in-settings",
    side: Side::Django,
    title: "The secret key is in the repository",
    severity: Severity::High,
    references: &["CWE-798", "Django: SECRET_KEY"],
    why: "Whoever reads the repository can sign sessions, password reset links and messages of the site. It is in every clone and every backup.",
    fix: "Read it from a file or the environment, and replace the one that was published.",
    source: include_str!("secret_key_in_settings.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (_, settings) in project.deployed() {
        let Some(key) = settings.known("SECRET_KEY") else { continue };
        let Value::Str(text) = key.value else { continue };
        let lower = text.to_ascii_lowercase();
        let placeholder = [
            "insecure",
            "change",
            "replace",
            "example",
            "placeholder",
            "dummy",
            "not-secret",
            "test",
            "dev",
            "todo",
            "xxx",
        ];
        if text.len() >= 20 && !placeholder.iter().any(|word| lower.contains(word)) {
            let message = key.told("SECRET_KEY is written in the settings");
            found.add(key.confidence(Confidence::Medium), message, (key.span, "in every clone"), &[]);
        }
    }
}
