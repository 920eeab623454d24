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
//! and deny lists still change: they are read again for the configuration that runs.

mod seen;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use countersign_core::UnixTime;
use countersign_gateway::{Gateway, ReloadError};

use self::seen::{Files, Stamps};
use crate::{
    config::{self, Config, LogFormat},
    diagnostic::{Problems, Severity},
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
        let files = Files::default();
        let text = config::text(path, &files)?;
        let config = config::parse(&text, path, now, &files)?;
        let fixed = Fixed::of(&config);
        Ok((Self { path: path.into(), text, fixed, met: files.stamps(), changing: None }, config))
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
        let files = Files::default();
        let read = config::text(&self.path, &files)
            .and_then(|text| config::parse(&text, &self.path, now, &files).map(|config| (text, config)));
        // What was served for and is not read now stays watched: it may be why the reading failed.
        let mut met = files.stamps();
        met.add(&self.met);
        self.met = met;
        let refused = match read {
            Ok((text, config)) => {
                report(&config.warnings);
                match self.serve(gateway, config) {
                    Ok(()) => {
                        let cause = cause.text();
                        tracing::info!(target: "countersign::reload", cause, "reloaded");
                        self.text = text;
                        self.met = files.stamps();
                        return;
                    }
                    Err(error) => error.to_string(),
                }
            }
            Err(problems) => {
                report(&problems);
                "the configuration has errors".into()
            }
        };
        tracing::error!(target: "countersign::reload", reason = refused, "reload refused, what ran before goes on");
        self.reload_files(gateway, now);
    }

    /// The files alone, for the configuration that runs, because the new one is refused.
    fn reload_files(&mut self, gateway: &Gateway, now: UnixTime) {
        let files = Files::default();
        // What is wrong was said: it is wrong for the new one too.
        let Ok(config) = config::parse(&self.text, &self.path, now, &files) else { return };
        if self.serve(gateway, config).is_ok() {
            self.met.add(&files.stamps());
            tracing::warn!(
                target: "countersign::reload",
                "certificates, keys, CAs, CRLs and deny lists were read again for the configuration that runs"
            );
        }
    }

    fn serve(&self, gateway: &Gateway, config: Config) -> Result<(), ReloadError> {
        match self.fixed.difference(&Fixed::of(&config)) {
            Some(key) => Err(ReloadError::Fixed(key)),
            None => gateway.reload(config.settings),
        }
    }
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
