//! The configuration file: raw TOML in, checked [`Settings`] out, or every problem at once.
//!
//! Refuses what it does not know, what contradicts itself, and whatever would leave a site open
//! by silence: a site without word on client certificates, a trust without a CA, a missing, empty
//! or half-written file. Behind this border nothing is optional that is needed, and no name is
//! looked up again.
//!
//! [`load`] reads the disk; [`parse`] reads what it is given, so that tests and fuzzing touch no
//! files.

mod admin;
mod aliases;
mod api_key;
mod assertion;
mod certificate;
mod client;
mod context;
mod cookies;
mod cors;
mod django;
mod docs;
mod files;
mod hosts;
mod keys;
mod limits;
mod listen;
mod origins;
mod pem;
mod report_only;
mod revocation;
mod route;
mod section;
mod site;
mod spelling;
mod trust;
mod value;

use std::path::{Path, PathBuf};

use countersign_core::UnixTime;
use countersign_gateway::{DenyList, Settings, Trust};
use rustls::pki_types::CertificateDer;
use toml::de::DeTable;

pub use aliases::{ALIASES, Alias};
pub use docs::markdown;
pub use files::{Disk, Files};
pub use keys::{KEYS, Key, Kind};
pub use listen::{LogConfig, LogFormat};

use self::{context::Context, section::Section};
use crate::{
    diagnostic::{Problem, Problems, Severity},
    key::{ApiKeyFile, KeyFile},
};

/// A configuration that holds together.
#[derive(Debug)]
pub struct Config {
    /// What the gateway is told.
    pub settings: Settings,
    /// What is logged, and how.
    pub log: LogConfig,
    /// Where countersign keeps what it makes itself.
    pub state_dir: PathBuf,
    /// The deny lists, by the name of their trust.
    pub deny: Vec<(String, PathBuf)>,
    /// The keys of the sites, in their order; some may not be on the disk yet.
    pub key_files: Vec<KeyFile>,
    /// The API keys of its clients.
    pub api_keys: ApiKeyFile,
    /// What works and is probably not meant; never errors.
    pub warnings: Problems,
}

/// Reads and checks a configuration file and the files that it names.
///
/// # Errors
/// Every problem that can be found in one go, warnings included.
pub fn load(path: &Path, now: UnixTime) -> Result<Config, Problems> {
    parse(&text(path, &Disk)?, path, now, &Disk)
}

/// The text of a configuration file.
pub(crate) fn text(path: &Path, files: &dyn Files) -> Result<String, Problems> {
    let whole = |message: String, help: &str| {
        let problem = Problem::new(Severity::Error, None, "", message, help);
        Problems::new(path.display().to_string(), "", vec![problem])
    };
    let bytes =
        files.read(path).map_err(|error| whole(files::reason(path, &error), "name the configuration with -c"))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        whole(format!("the file is no UTF-8 text: byte {at} is no part of any character"), "save it as UTF-8")
    })
}

/// The certificates of a PEM file, as a trust's `ca` would be read; otherwise what is wrong with it.
///
/// # Errors
/// One sentence that names the file.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let bytes = Disk.read(path).map_err(|error| files::reason(path, &error))?;
    pem::certificates(&bytes).map_err(|(why, help)| {
        let shown = path.display().to_string();
        format!("{shown:?} cannot be used: {why}; {}", help.replace("FILE", &shown))
    })
}

/// A deny list, as a trust's `deny` is read.
///
/// # Errors
/// One sentence that names the file.
pub(crate) fn deny_list(path: &Path) -> Result<DenyList, String> {
    let bytes = Disk.read(path).map_err(|error| files::reason(path, &error))?;
    revocation::parse_deny_list(bytes).map_err(|why| format!("{:?} {}", path.display().to_string(), why.join("; ")))
}

/// A file of API keys, as the state's `api_keys` is read.
///
/// # Errors
/// One sentence that names the file.
pub(crate) fn api_keys(path: &Path) -> Result<ApiKeyFile, String> {
    api_key::read(&Disk, path).map_err(|(why, _)| why)
}

/// A trust made of one PEM file, without a configuration; `max_depth` is the default.
///
/// # Errors
/// One sentence that names the file.
pub fn trust(path: &Path, now: UnixTime) -> Result<Trust, String> {
    Trust::new("ca", &certificates(path)?, trust::MAX_DEPTH, now).map_err(|errors| {
        let why: Vec<String> = errors.iter().map(ToString::to_string).collect();
        format!("{:?} cannot be used: {}", path.display().to_string(), why.join("; "))
    })
}

/// Checks the text of a configuration file. `path` names it in messages, and relative paths in it
/// are relative to its directory; `files` has them.
///
/// # Errors
/// As [`load`].
pub fn parse(text: &str, path: &Path, now: UnixTime, files: &dyn Files) -> Result<Config, Problems> {
    let cx = Context::new(files, path.parent().unwrap_or(Path::new("")), now);
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        cx.broken.set(true);
        cx.error(span, "", format!("this is no TOML: {}", error.message()), "");
    }
    let syntax = cx.take();
    let checked = check(&Section::root(&cx, root.get_ref()));
    let problems = Problems::new(path.display().to_string(), text, without_echoes(text, syntax, cx.take()));
    match checked {
        Some(checked) if !problems.refuse() => {
            let Checked { settings, log, state_dir, deny, key_files, api_keys } = checked;
            Ok(Config { settings, log, state_dir, deny, key_files, api_keys, warnings: problems })
        }
        _ => Err(problems),
    }
}

/// All problems, but of what is not TOML only that: what the recovered rest of such a line means
/// is guesswork.
fn without_echoes(text: &str, mut syntax: Vec<Problem>, others: Vec<Problem>) -> Vec<Problem> {
    let line = |problem: &Problem| {
        let start = problem.span.as_ref().map_or(0, |span| span.start);
        text.bytes().take(start).filter(|b| *b == b'\n').count()
    };
    let lines: Vec<usize> = syntax.iter().map(line).collect();
    syntax.extend(others.into_iter().filter(|problem| problem.span.is_none() || !lines.contains(&line(problem))));
    syntax
}

struct Checked {
    settings: Settings,
    log: LogConfig,
    state_dir: PathBuf,
    deny: Vec<(String, PathBuf)>,
    key_files: Vec<KeyFile>,
    api_keys: ApiKeyFile,
}

/// None only if an error was reported.
fn check(root: &Section<'_>) -> Option<Checked> {
    let listen = listen::listen(root);
    let log = listen::log(root);
    let state_dir = listen::state(root);
    let limits = limits::read(root);
    let trusts = trust::read(root);
    let api_keys = api_key::file(root, &state_dir);
    let redirects = listen.as_ref().is_some_and(|listen| !listen.http.is_empty());
    let (sites, key_files) = site::read(root, &trusts, &state_dir, api_keys.as_ref(), redirects);
    trust::report_unused(&trusts, root);
    let listen::Listen { https, http, admin, workers } = listen?;
    let settings = Settings { https, http, admin, workers, access_log: log.access, limits, sites };
    let deny = trusts.into_iter().filter_map(|trust| Some((trust.name, trust.deny?))).collect();
    Some(Checked { settings, log, state_dir, deny, key_files, api_keys: api_keys? })
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::material::files as material;
