//! Change without harm: the configuration and the files that it names, read again on SIGHUP and when
//! one of them changes.
//!
//! All of it is checked as at a start, then swapped at once; what is refused changes nothing, and the
//! log says why. No connection is dropped for it, but those of clients that the new state refuses.
//!
//! Files are looked at a few times a second instead of being watched: that sees a symbolic link that
//! is turned (Kubernetes), a network file system, a bind mount and an editor's rename alike, costs a
//! dozen `stat` calls, and needs no library. A change counts when two looks in a row agree, so that a
//! file is rarely met half written; half a file is refused by its reader, and met again when it is
//! whole.
//!
//! While the configuration file is refused, say because somebody is at work on it, certificates, CRLs
//! and deny lists still change: they are read again for the configuration that runs. If one of those is
//! broken as well, the deny lists and the API keys still count: who is to be shut out must not wait for a repair.

mod seen;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use countersign_core::UnixTime;
use countersign_gateway::{CrlCache, DenyList, Gateway, ReloadError};

use self::seen::{Files, Stamps};
use crate::{
    config::{self, Config, LogFormat},
    diagnostic::{Problems, Severity},
    key::{KeyFile, KeyFileError},
};

/// How often the files are looked at.
pub(crate) const LOOK: Duration = Duration::from_millis(200);

/// Why the files are read again.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cause {
    /// SIGHUP.
    Signal,
    /// One of them is another than before.
    Change,
}

/// Reads a configuration, and reads it again.
#[derive(Debug)]
pub(crate) struct Reloader {
    path: PathBuf,
    /// The text that runs.
    text: String,
    fixed: Fixed,
    /// The deny lists of the configuration that runs, by trust.
    deny: Vec<(String, PathBuf)>,
    /// The file of its API keys, and the sites that it is for.
    api_keys: (PathBuf, Vec<String>),
    crls: CrlCache,
    /// What the last reading met, refused or not.
    met: Stamps,
    /// What the last look found, if that was something else.
    changing: Option<Stamps>,
}

/// What only a restart changes, beside what the gateway itself names.
#[derive(Debug, PartialEq, Eq)]
struct Fixed {
    log: LogFormat,
    state: PathBuf,
}

impl Fixed {
    fn of(config: &Config) -> Self {
        Self { log: config.log.format, state: config.state_dir.clone() }
    }

    fn difference(&self, other: &Self) -> Option<&'static str> {
        if self.log != other.log { Some("log.format") } else { (self.state != other.state).then_some("state.dir") }
    }
}

impl Reloader {
    /// The first reading.
    ///
    /// # Errors
    /// As [`config::load`].
    pub(crate) fn start(path: &Path, now: UnixTime) -> Result<(Self, Config), Problems> {
        let crls = CrlCache::default();
        let files = Files::new(&crls);
        let text = config::text(path, &files)?;
        let config = config::parse(&text, path, now, &files)?;
        let fixed = Fixed::of(&config);
        let (met, deny, api_keys) = (files.stamps(), config.deny.clone(), keyed(&config));
        Ok((Self { path: path.into(), text, fixed, deny, api_keys, met, changing: None, crls }, config))
    }

    /// Writes the keys that are not there yet; what it writes is no change.
    ///
    /// # Errors
    /// [`KeyFileError`]
    pub(crate) fn save(&mut self, keys: &[KeyFile]) -> Result<(), KeyFileError> {
        for file in keys {
            file.save()?;
            let written = Some(&*file.path).filter(|_| file.missing);
            self.met.look_again(written.into_iter().chain(file.public.as_deref()));
        }
        Ok(())
    }

    /// Whether to read again: something changed, and has stayed the same since the last look.
    pub(crate) fn changed(&mut self) -> bool {
        let found = self.met.now();
        if found == self.met {
            self.changing = None;
            return false;
        }
        let settled = self.changing.as_ref() == Some(&found);
        self.changing = Some(found);
        settled
    }

    /// Reads everything again and has the gateway serve by it.
    pub(crate) fn reload(&mut self, gateway: &Gateway, cause: Cause, now: UnixTime) {
        self.changing = None;
        let files = Files::new(&self.crls);
        let read = config::text(&self.path, &files)
            .and_then(|text| config::parse(&text, &self.path, now, &files).map(|config| (text, config)));
        let met_before = std::mem::replace(&mut self.met, files.stamps());
        let refused = match read {
            Ok((text, config)) => {
                report(&config.warnings);
                let (deny, api_keys) = (config.deny.clone(), keyed(&config));
                match self.serve(gateway, config) {
                    Ok(()) => {
                        let cause = cause.text();
                        gateway.count_reload(true);
                        tracing::info!(target: "countersign::reload", cause, "reloaded");
                        (self.text, self.deny, self.api_keys) = (text, deny, api_keys);
                        return;
                    }
                    Err(refused) => refused,
                }
            }
            Err(problems) => {
                report(&problems);
                "the configuration has errors".into()
            }
        };
        gateway.count_reload(false);
        tracing::error!(target: "countersign::reload", reason = refused, "reload refused, what ran before goes on");
        // What is read for what runs stays watched.
        self.met.add(&met_before);
        if !self.reload_files(gateway, now) {
            self.shut_out(gateway);
        }
    }

    /// The files alone, for the configuration that runs, because the new one is refused.
    fn reload_files(&mut self, gateway: &Gateway, now: UnixTime) -> bool {
        let files = Files::new(&self.crls);
        // What is wrong was said: it is wrong for the new one too.
        let Ok(config) = config::parse(&self.text, &self.path, now, &files) else { return false };
        let served = self.serve(gateway, config).is_ok();
        if served {
            tracing::warn!(
                target: "countersign::reload",
                "certificates, keys, CAs, CRLs and deny lists were read again for the configuration that runs"
            );
        }
        served
    }

    /// The deny lists and API keys alone, because something else is broken. What is broken itself stays
    /// as it was: it was told of.
    fn shut_out(&self, gateway: &Gateway) {
        let lists: HashMap<_, _> = self.deny.iter().filter_map(|(trust, path)| read(trust, path)).collect();
        let (path, sites) = &self.api_keys;
        let keys: HashMap<_, _> = match config::api_keys(path) {
            Ok(file) => sites.iter().map(|site| (site.clone(), Arc::new(file.of_site(site)))).collect(),
            Err(_) => HashMap::new(),
        };
        if !lists.is_empty() || !keys.is_empty() {
            gateway.shut_out(&lists, &keys);
            tracing::warn!(
                target: "countersign::reload",
                "the deny lists and API keys alone were read again; everything else is as before"
            );
        }
    }

    /// Why not, otherwise.
    fn serve(&mut self, gateway: &Gateway, config: Config) -> Result<(), String> {
        if let Some(key) = self.fixed.difference(&Fixed::of(&config)) {
            return Err(ReloadError::Fixed(key).to_string());
        }
        // First, so that an app can verify what the gateway signs.
        self.save(&config.key_files).map_err(|error| error.to_string())?;
        gateway.reload(config.settings).map_err(|error| error.to_string())
    }
}

/// Where its API keys are, and the sites that they may be for.
fn keyed(config: &Config) -> (PathBuf, Vec<String>) {
    let sites = config.settings.sites.iter().map(|site| site.policy.name());
    (config.api_keys.path.clone(), sites.collect())
}

fn read(trust: &str, path: &Path) -> Option<(String, DenyList)> {
    let list = config::deny_list(path).ok()?;
    Some((trust.to_owned(), list))
}

impl Cause {
    fn text(self) -> &'static str {
        match self {
            Self::Signal => "SIGHUP",
            Self::Change => "a file changed",
        }
    }
}

fn report(problems: &Problems) {
    for record in problems.records() {
        let (file, line) = (record.file, record.line.unwrap_or_default());
        let (key, help) = (record.key.unwrap_or_default(), record.help.unwrap_or_default());
        match record.severity {
            Severity::Error => {
                tracing::error!(target: "countersign::reload", file, line, key, help, "{}", record.message);
            }
            Severity::Warning | Severity::Note => {
                tracing::warn!(target: "countersign::reload", file, line, key, help, "{}", record.message);
            }
        }
    }
}
