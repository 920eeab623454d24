//! The app that `dev` starts: given a free port, waited for, and ended with the gateway.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command as Process},
    thread::sleep,
    time::{Duration, Instant},
};

/// How long an app may take to listen.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);

/// An app under way.
#[derive(Debug)]
pub struct Command {
    child: Child,
    address: SocketAddr,
}

/// Why the app does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// No port is free.
    #[error("no free port: {0}")]
    Port(io::Error),
    /// The program cannot be started.
    #[error("cannot start {program:?}: {source}")]
    Start {
        /// Its name.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// It ended before it listened.
    #[error("the app ended ({0}) before it listened on its port: pass it on with {{port}} or $PORT")]
    Ended(std::process::ExitStatus),
    /// It does not listen.
    #[error("nothing listens on {address} after {} s: have the app listen there, with {{port}} or $PORT", PATIENCE.as_secs())]
    Silent {
        /// Where it should.
        address: SocketAddr,
    },
}

impl Command {
    /// Starts the app and waits until it listens. It finds `keys` in `COUNTERSIGN_KEYS`.
    ///
    /// # Errors
    /// [`CommandError`]; then nothing is left running.
    pub fn start(words: &[String], keys: &Path) -> Result<Self, CommandError> {
        let address = free_port().map_err(CommandError::Port)?;
        let port = address.port().to_string();
        let mut words = words.iter().map(|word| word.replace("{port}", &port));
        let program = words.next().unwrap_or_default();
        let child = Process::new(&program)
            .args(words)
            .env("PORT", &port)
            .env("COUNTERSIGN_KEYS", keys)
            .spawn()
            .map_err(|source| CommandError::Start { program, source })?;
        let mut command = Self { child, address };
        command.wait_until_it_listens()?;
        Ok(command)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it has ended by itself.
    pub fn ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    fn wait_until_it_listens(&mut self) -> Result<(), CommandError> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(CommandError::Ended(status));
            }
            if TcpStream::connect_timeout(&self.address, POLL).is_ok() {
                return Ok(());
            }
            sleep(POLL);
        }
        Err(CommandError::Silent { address: self.address })
    }
}

impl Drop for Command {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Free a moment ago: the app takes it at once.
fn free_port() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
