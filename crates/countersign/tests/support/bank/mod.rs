//! The example bank (`examples/django`) behind the gateway: the real Django under a real server.
//!
//! Tests of one server share a running bank as long as any of them holds it; each uses a person of
//! its own.

pub(crate) mod behaviours;
pub(crate) mod browser;

use std::{
    fs,
    path::Path,
    process::Command,
    sync::{Arc, LazyLock, Mutex, Weak},
};

use tempfile::TempDir;

use super::{Config, Gateway, command::Process, venv};

/// What runs Django.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    Gunicorn,
    Uvicorn,
}

/// A running bank with a gateway in front.
#[derive(Debug)]
pub(crate) struct Bank {
    pub(crate) gateway: Gateway,
    /// Where Django itself listens: `127.0.0.1:PORT`.
    pub(crate) django: String,
    process: Process,
    _dir: TempDir,
}

static RUNNING: Mutex<[Weak<Bank>; 2]> = Mutex::new([Weak::new(), Weak::new()]);

impl Bank {
    /// The one that runs, or a new one.
    pub(crate) fn on(server: Server) -> Arc<Self> {
        // A test that failed while it started one leaves nothing behind.
        let mut running = RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let slot = &mut running[usize::from(server == Server::Uvicorn)];
        slot.upgrade().unwrap_or_else(|| {
            let bank = Arc::new(Self::start(server));
            *slot = Arc::downgrade(&bank);
            bank
        })
    }

    fn start(server: Server) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("bank.sqlite3");
        fs::write(&database, &*MIGRATED).unwrap();
        let words: &[&str] = match server {
            Server::Gunicorn => &[
                "gunicorn",
                "bank_site.wsgi",
                "--bind=127.0.0.1:0",
                "--no-control-socket",
                "--worker-class=gthread",
                "--threads=4",
                "--limit-request-field_size=16380",
            ],
            Server::Uvicorn => &["uvicorn", "bank_site.asgi:application", "--host=127.0.0.1", "--port=0"],
        };
        let mut command = python(words[0], &database);
        command.args(&words[1..]);
        let mut process = Process::start(command);
        let listening = match server {
            Server::Gunicorn => "Listening at: http://",
            Server::Uvicorn => "Uvicorn running on http://",
        };
        let line = process.logs(listening);
        let (_, rest) = line.split_once(listening).unwrap();
        let django = rest.split_whitespace().next().unwrap().to_owned();
        let config = Config::new(format!("http://{django}"))
            .route("path = \"/\"")
            .route("path = \"/machine/\"\naudience = \"machine\"");
        Self { gateway: Gateway::start(&config), django, process, _dir: dir }
    }

    /// What Django said so far.
    pub(crate) fn said(&self) -> String {
        self.process.stderr.text() + &self.process.stdout.text()
    }
}

/// An empty database: making one takes longer than a test.
static MIGRATED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("bank.sqlite3");
    let output = python("python", &database).args(["manage.py", "migrate", "--verbosity=0"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Closed in WAL mode by the last connection, it is whole in its one file.
    fs::read(database).unwrap()
});

/// A program of the virtual environment, in the bank's directory.
fn python(program: &str, database: &Path) -> Command {
    let mut command = venv::program(program);
    command
        .current_dir(venv::workspace().join("examples/django"))
        .env("BANK_DB", database)
        .env("BANK_HOSTS", super::HOST)
        .env("BANK_ECHO", "1");
    command
}
