//! `countersign run`: the gateway, until it is told to stop.
//!
//! A configuration with an error starts nothing. `ready` and the bound addresses are printed when
//! connections are accepted; SIGTERM and SIGINT drain, SIGHUP reloads.

use std::{
    fs::DirBuilder,
    io,
    net::SocketAddr,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use countersign_core::UnixTime;
use countersign_gateway::{Gateway, StartError};
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    config::Config,
    diagnostic::Problems,
    key::{KeyFile, KeyFileError},
    logging,
    reload::{Cause, LOOK, Reloader},
    report::Format,
};

/// What `countersign run` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct RunArgs {
    /// The configuration file
    #[arg(short, long, value_name = "FILE", default_value = "countersign.toml")]
    pub config: PathBuf,
    /// How to say that it is ready
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Why nothing runs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The configuration is refused.
    #[error("the configuration is refused")]
    Config(Problems),
    /// The state directory cannot be made.
    #[error("cannot create the state directory {}: {source}", path.display())]
    State {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The keys of a site cannot be kept.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// The gateway does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Signals cannot be received.
    #[error("cannot listen for signals: {0}")]
    Signals(io::Error),
}

/// A gateway that accepts connections.
#[derive(Debug)]
pub struct Running {
    gateway: Gateway,
    signals: Signals,
    reloader: Reloader,
    /// The keys of its sites.
    pub key_files: Vec<KeyFile>,
    /// What the configuration check found, short of errors.
    pub warnings: Problems,
}

/// Reads the configuration and starts the gateway.
///
/// # Errors
/// [`RunError`]; then nothing listens.
pub fn start(config: &Path) -> Result<Running, RunError> {
    let (mut reloader, config) = Reloader::start(config, now()).map_err(RunError::Config)?;
    let Config { settings, log, state_dir, key_files, warnings, .. } = config;
    logging::start(log.format);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&state_dir)
        .map_err(|source| RunError::State { path: state_dir, source })?;
    reloader.save(&key_files)?;
    // Before anything listens, so that no signal is lost.
    let signals = Signals::new().map_err(RunError::Signals)?;
    let gateway = Gateway::start(settings)?;
    Ok(Running { gateway, signals, reloader, key_files, warnings })
}

impl Running {
    /// The addresses that accept connections.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        self.gateway.addresses()
    }

    /// The line that says so.
    #[must_use]
    pub fn ready(&self, format: Format) -> String {
        let (addresses, http) = (self.addresses(), self.gateway.http_addresses());
        let admin = self.gateway.admin_address();
        match format {
            Format::Text => {
                let mut list: Vec<_> = addresses.iter().map(|addr| format!("https://{addr}")).collect();
                list.extend(http.iter().map(|addr| format!("http://{addr}")));
                list.extend(admin.map(|addr| format!("admin http://{addr}")));
                format!("ready {}\n", list.join(" "))
            }
            Format::Json => {
                format!("{}\n", json!({ "event": "ready", "https": addresses, "http": http, "admin": admin }))
            }
        }
    }

    /// Serves until a signal says stop, or `until` is over, then drains. Reloads meanwhile.
    pub fn wait(self, until: impl Future<Output = ()>) {
        let Self { gateway, mut signals, mut reloader, .. } = self;
        signals.wait(until, &mut reloader, &gateway);
        tracing::info!("stopping: no new connections, requests under way are finished");
        gateway.stop();
    }
}

#[derive(Debug)]
struct Signals {
    runtime: tokio::runtime::Runtime,
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let entered = runtime.enter();
        let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let hangup = signal(SignalKind::hangup())?;
        drop(entered);
        Ok(Self { runtime, terminate, interrupt, hangup })
    }

    fn wait(&mut self, until: impl Future<Output = ()>, reloader: &mut Reloader, gateway: &Gateway) {
        let Self { runtime, terminate, interrupt, hangup } = self;
        runtime.block_on(async {
            let mut until = std::pin::pin!(until);
            let mut look = tokio::time::interval(LOOK);
            look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    _ = terminate.recv() => return,
                    _ = interrupt.recv() => return,
                    () = until.as_mut() => return,
                    _ = hangup.recv() => reloader.reload(gateway, Cause::Signal, now()),
                    _ = look.tick() => if reloader.changed() {
                        reloader.reload(gateway, Cause::Change, now());
                    },
                }
            }
        });
    }
}

/// The clock of the command line.
#[must_use]
pub fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    UnixTime(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
