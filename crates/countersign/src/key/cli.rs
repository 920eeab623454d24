//! `countersign key`: what the sites of a configuration sign with, and, in `api`, the keys of their clients.
//!
//! `rotate` adds a key that signs ten minutes from now, so that every app has read it by then, and
//! removes keys that were superseded more than two minutes ago. `rotate --cookies` does the same with
//! the keys that seal cookies, which stay for 400 days: as long as a browser keeps a cookie. `rotate --now` is for a key that
//! leaked: the new key signs at once and all others go. Nothing is written unless the whole
//! configuration holds; a site whose keys do not exist yet gets them at the first start, not here.

use std::{fmt::Write, path::PathBuf};

use countersign_assertion::{KeyError, KeySet, KeyState};
use countersign_core::UnixTime;
use serde_json::{Value, json};

use super::{
    KeyFile, KeyFileError, Purpose,
    api::{self, ApiKeyFile, NewArgs, RevokeArgs},
};
use crate::{
    check::table,
    config,
    report::{Format, Report},
};

/// The keys that assertions are signed with, and API keys.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum KeyCommand {
    /// List the keys of every site, and the API keys
    List(ListArgs),
    /// Add a key that signs in ten minutes, and remove keys that are no longer needed
    Rotate(RotateArgs),
    /// Make an API key, and show it this once
    New(NewArgs),
    /// Take API keys back, at once
    Revoke(RevokeArgs),
}

/// `countersign key list`
#[derive(Clone, Debug, clap::Args)]
pub struct ListArgs {
    /// The configuration file
    #[arg(short, long, value_name = "FILE", default_value = "countersign.toml")]
    pub config: PathBuf,
}

/// `countersign key rotate`
#[derive(Clone, Debug, clap::Args)]
pub struct RotateArgs {
    /// The configuration file
    #[arg(short, long, value_name = "FILE", default_value = "countersign.toml")]
    pub config: PathBuf,
    /// The site, by its first host [default: all sites]
    #[arg(long, value_name = "HOST")]
    pub site: Option<String>,
    /// The keys that seal cookies, in place of those that sign assertions
    #[arg(long)]
    pub cookies: bool,
    /// For a key that leaked: sign or seal with the new key at once, and remove all others
    #[arg(long)]
    pub now: bool,
}

#[derive(Debug, thiserror::Error)]
enum RotateError {
    #[error("there is no site {0:?}; the sites are {1}")]
    NoSite(String, String),
    #[error("no site binds cookies, so there are no keys that seal them")]
    NoCookies,
    #[error("site {0} has no keys yet: `countersign run` makes them at its first start")]
    NoKeys(String),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    File(#[from] KeyFileError),
}

impl KeyCommand {
    /// Runs it at this time.
    #[must_use]
    pub fn run(&self, format: Format, now: UnixTime) -> Report {
        let config = match self {
            Self::List(args) => &args.config,
            Self::Rotate(args) => &args.config,
            Self::New(args) => &args.config,
            Self::Revoke(args) => &args.config,
        };
        let config = match config::load(config, now) {
            Ok(config) => config,
            Err(problems) => return Report { stderr: problems.render(), code: Report::USAGE, ..Report::default() },
        };
        let files = &config.key_files;
        match self {
            Self::New(args) => api::new(args, &config, format, now),
            Self::Revoke(args) => api::revoke(args, &config, format, now),
            Self::Rotate(args) => match rotate(files, args, now) {
                Ok(rotated) => answer(&rotated, None, format, now),
                Err(error) => {
                    let code = match error {
                        RotateError::NoSite(..) | RotateError::NoKeys(_) | RotateError::NoCookies => Report::USAGE,
                        RotateError::Key(_) | RotateError::File(_) => Report::FAILED,
                    };
                    Report { stderr: format!("error: {error}\n"), code, ..Report::default() }
                }
            },
            Self::List(_) => answer(files, Some(&config.api_keys), format, now),
        }
    }
}

/// The key files that were written, as they are now.
fn rotate(files: &[KeyFile], args: &RotateArgs, now: UnixTime) -> Result<Vec<KeyFile>, RotateError> {
    let purpose = if args.cookies { Purpose::Cookies } else { Purpose::Assertion };
    let of_purpose = || files.iter().filter(|file| file.purpose == purpose);
    let wanted: Vec<&KeyFile> =
        of_purpose().filter(|file| args.site.as_ref().is_none_or(|site| *site == file.site)).collect();
    if of_purpose().next().is_none() {
        return Err(RotateError::NoCookies);
    }
    if let Some(site) = args.site.as_ref().filter(|_| wanted.is_empty()) {
        let sites: Vec<_> = of_purpose().map(|file| file.site.as_str()).collect();
        return Err(RotateError::NoSite(site.clone(), sites.join(", ")));
    }
    if let Some(file) = wanted.iter().find(|file| file.missing) {
        return Err(RotateError::NoKeys(file.site.clone()));
    }
    let mut rotated: Vec<KeyFile> = Vec::new();
    for file in wanted {
        // Sites may share a file, which has one rotation.
        let keys = match rotated.iter().find(|done| done.path == file.path) {
            Some(done) => done.keys.clone(),
            None => {
                let algorithm = file.keys.algorithm();
                let keys = if args.now {
                    KeySet::generate(algorithm, now)?
                } else {
                    file.keys.rotated_keeping(now, purpose.overlap())?
                };
                file.replace(&keys)?;
                keys
            }
        };
        rotated.push(KeyFile { keys, ..file.clone() });
    }
    Ok(rotated)
}

/// `api_keys` where those are asked for too.
fn answer(files: &[KeyFile], api_keys: Option<&ApiKeyFile>, format: Format, now: UnixTime) -> Report {
    let stdout = match format {
        Format::Json => {
            let of = |purpose| -> Vec<Value> {
                files.iter().filter(|file| file.purpose == purpose).map(|file| record(file, now)).collect()
            };
            let mut answer = json!({ "sites": of(Purpose::Assertion), "cookies": of(Purpose::Cookies) });
            if let (Some(file), Some(members)) = (api_keys, answer.as_object_mut()) {
                members.insert("api_keys".into(), api::json(file, now));
            }
            format!("{answer:#}\n")
        }
        Format::Text => text(files, now) + &api_keys.map(|file| api::text(file, now)).unwrap_or_default(),
    };
    Report { stdout, ..Report::default() }
}

fn text(files: &[KeyFile], now: UnixTime) -> String {
    let mut rows = Vec::new();
    for file in files.iter().filter(|file| !file.missing) {
        for key in file.keys.keys() {
            let state = file.keys.state(key, now).code();
            rows.push(
                [
                    &file.site,
                    file.purpose.code(),
                    key.kid(),
                    file.keys.algorithm().code(),
                    state,
                    &key.use_from().to_string(),
                ]
                .map(Into::into)
                .to_vec(),
            );
        }
    }
    let mut text = table::render(&["site", "for", "kid", "alg", "state", "use from"], &rows);
    for file in files {
        // Writing to a String does not fail.
        let _ = match file.missing {
            true => {
                writeln!(text, "{}: no keys yet, `countersign run` makes them in {}", file.site, file.path.display())
            }
            false if file.purpose == Purpose::Cookies => {
                writeln!(text, "{}: cookies are sealed with {}", file.site, file.path.display())
            }
            false => writeln!(text, "{}: the app reads {}", file.site, file.for_app().display()),
        };
    }
    text
}

fn record(file: &KeyFile, now: UnixTime) -> Value {
    let key = |key: &countersign_assertion::Key| {
        let state = file.keys.state(key, now);
        let mut record = json!({ "kid": key.kid(), "state": state.code(), "use_from": key.use_from().0 });
        if let (KeyState::Old(since), Some(members)) = (state, record.as_object_mut()) {
            members.insert("superseded".into(), since.0.into());
        }
        record
    };
    let keys: Vec<Value> = match file.missing {
        true => Vec::new(),
        false => file.keys.keys().iter().map(|each| key(each)).collect(),
    };
    if file.purpose == Purpose::Cookies {
        return json!({ "site": file.site, "file": file.path, "made": !file.missing, "keys": keys });
    }
    json!({
        "site": file.site, "alg": file.keys.algorithm().code(), "file": file.path,
        "app_reads": file.for_app(), "made": !file.missing, "keys": keys,
    })
}
