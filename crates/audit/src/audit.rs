//! Reads, looks, and leaves out what a comment ignores on purpose.

use std::{collections::HashMap, path::PathBuf, sync::Arc, thread};

use crate::{
    Finding,
    check::Found,
    checks::CHECKS,
    project::{Project, ReadError, STACK},
    settings::Value,
    source::{Source, ignored},
};

/// What an audit came to.
#[derive(Debug, Default)]
pub struct Results {
    /// By file and line.
    pub findings: Vec<Finding>,
    /// Those that a comment ignores, with its reason.
    pub ignored: Vec<(Finding, String)>,
    /// What could not be read, and comments that ignore nothing.
    pub notes: Vec<String>,
    /// Settings whose value is not known, by their file.
    pub unknown: Vec<(String, Vec<&'static str>)>,
    /// How many files of Python were read.
    pub python_files: usize,
    /// How many settings were followed to their end.
    pub settings: usize,
    /// How many configurations of a proxy.
    pub proxies: usize,
    /// The files, for whoever shows a finding.
    pub(crate) sources: HashMap<String, Arc<Source>>,
}

impl Results {
    /// The text of a file that a finding names.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.sources.get(path).map(|source| source.text.as_str())
    }
}

/// Audits these folders and files, but for what is excluded: paths as findings name them, with slashes.
pub fn audit(paths: &[PathBuf], exclude: &[String]) -> Result<Results, ReadError> {
    audit_told(paths, exclude, |_, _| {})
}

/// The same, and says how many files of Python it has read, and of how many.
pub fn audit_told(
    paths: &[PathBuf],
    exclude: &[String],
    told: impl Fn(usize, usize) + Send + Sync + 'static,
) -> Result<Results, ReadError> {
    let (paths, exclude) = (paths.to_vec(), exclude.to_vec());
    // A syntax tree is as deep as its source, and so is the stack that walks and drops it.
    let worker = thread::Builder::new().stack_size(STACK).spawn(move || {
        let project = Project::read(&paths, &exclude, &told)?;
        Ok(look(&project))
    });
    match worker.map(thread::JoinHandle::join) {
        Ok(Ok(results)) => results,
        Ok(Err(_)) | Err(_) => {
            Err(ReadError::Path("the project".into(), std::io::Error::other("the audit's thread did not end well")))
        }
    }
}

fn look(project: &Project) -> Results {
    let mut all = Vec::new();
    for check in CHECKS {
        (check.run)(project, &mut Found::new(check, &mut all));
    }
    let place = |finding: &Finding| finding.marks.first().map_or(0, |mark| mark.line);
    all.sort_by(|one, other| (&one.place, place(one), &one.id).cmp(&(&other.place, place(other), &other.id)));
    all.dedup();
    let mut results = Results {
        notes: project.notes.clone(),
        unknown: unknown(project),
        python_files: project.modules.len(),
        settings: project.settings.len(),
        proxies: project.proxies.len(),
        ..Results::default()
    };
    let mut comments: Vec<Ignore> = project.sources.iter().flat_map(|source| ignores(source)).collect();
    for finding in all {
        let line = place(&finding);
        let wanted = |ignore: &&mut Ignore| {
            ignore.path == finding.place && (ignore.line == line || ignore.line + 1 == line) && ignore.id == finding.id
        };
        match comments.iter_mut().find(wanted) {
            Some(ignore) if !ignore.reason.is_empty() => {
                ignore.used = true;
                results.ignored.push((finding, ignore.reason.clone()));
            }
            Some(ignore) => {
                ignore.used = true;
                results.notes.push(format!(
                    "{}:{}: the comment that ignores {} gives no reason, so it counts for nothing: write why behind it",
                    ignore.path, ignore.line, ignore.id
                ));
                results.findings.push(finding);
            }
            None => results.findings.push(finding),
        }
    }
    for ignore in comments.iter().filter(|ignore| !ignore.used) {
        let what = if CHECKS.iter().any(|check| check.id == ignore.id) {
            "nothing is found there"
        } else {
            "there is no such check"
        };
        results
            .notes
            .push(format!("{}:{}: ignores {:?}, and {what}: remove the comment", ignore.path, ignore.line, ignore.id));
    }
    results.sources = project.sources.iter().map(|source| (source.path.clone(), Arc::clone(source))).collect();
    results
}

/// What is not judged because its value is decided by the environment, or by code that is not run.
fn unknown(project: &Project) -> Vec<(String, Vec<&'static str>)> {
    const JUDGED: &[&str] = &[
        "MIDDLEWARE",
        "ALLOWED_HOSTS",
        "CSRF_TRUSTED_ORIGINS",
        "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_DOMAIN",
        "SESSION_COOKIE_DOMAIN",
        "CSRF_COOKIE_SAMESITE",
        "SESSION_COOKIE_SAMESITE",
        "SECURE_PROXY_SSL_HEADER",
        "USE_X_FORWARDED_HOST",
        "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS",
    ];
    let mut all = Vec::new();
    for (module, settings) in project.deployed() {
        let names = JUDGED.iter().filter(|name| settings.value(name) == Some(&Value::Unknown));
        let names: Vec<&str> = names.copied().collect();
        if !names.is_empty() {
            all.push((module.source.path.clone(), names));
        }
    }
    all
}

struct Ignore {
    path: String,
    line: usize,
    id: String,
    reason: String,
    used: bool,
}

/// `# countersign: ignore[id] reason`, behind what it ignores or in the line above.
fn ignores(source: &Source) -> Vec<Ignore> {
    let mut all = Vec::new();
    for (at, line) in source.text.lines().enumerate() {
        let Some((ids, reason)) = ignored(line) else { continue };
        for id in ids.split(',') {
            all.push(Ignore {
                path: source.path.clone(),
                line: at + 1,
                id: id.trim().into(),
                reason: reason.trim().into(),
                used: false,
            });
        }
    }
    all
}
