//! The example bank (`examples/django`) behind the gateway: the real Django under a real server.
//!
//! Tests of one server share a running bank as long as any of them holds it; each uses a person of
//! its own.

pub(crate) mod attacks;
pub(crate) mod behaviours;
pub(crate) mod browser;
pub(crate) mod forger;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, LazyLock, Mutex, Weak},
};

use tempfile::TempDir;

use super::{Config, Gateway, command::Process, venv};

/// What runs Django.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    /// WSGI.
    Gunicorn,
    /// ASGI.
    Uvicorn,
    /// ASGI.
    Daphne,
    /// WSGI, Django's own for development.
    Runserver,
}

/// A running bank with a gateway in front.
#[derive(Debug)]
pub(crate) struct Bank {
    pub(crate) gateway: Gateway,
    /// Where Django itself listens: `127.0.0.1:PORT`.
    pub(crate) django: String,
    /// What gateway and app sign and verify with.
    pub(crate) keys: PathBuf,
    process: Process,
    _dir: TempDir,
}

static RUNNING: Mutex<[Weak<Bank>; 4]> = Mutex::new([Weak::new(), Weak::new(), Weak::new(), Weak::new()]);

impl Bank {
    /// The one that runs, or a new one.
    pub(crate) fn on(server: Server) -> Arc<Self> {
        // A test that failed while it started one leaves nothing behind.
        let mut running = RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let slot = &mut running[server as usize];
        slot.upgrade().unwrap_or_else(|| {
            let bank = Arc::new(Self::start(server));
            *slot = Arc::downgrade(&bank);
            bank
        })
    }

    /// One that nobody else uses.
    pub(crate) fn start(server: Server) -> Self {
        Self::start_with(server, &[])
    }

    /// The same, with this in the environment of the app.
    pub(crate) fn start_with(server: Server, environment: &[(&str, &str)]) -> Self {
        Self::start_behind(server, environment, |config| config.route("path = \"/\""))
    }

    /// The same, with these routes beside that of the programs.
    pub(crate) fn start_behind(
        server: Server,
        environment: &[(&str, &str)],
        routes: impl Fn(Config) -> Config,
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("bank.sqlite3");
        fs::write(&database, &*MIGRATED).unwrap();
        let config =
            |upstream: &str| routes(Config::new(upstream)).route("path = \"/machine/\"\naudience = \"machine\"");
        // The app has to know where the gateway will write its keys, and the gateway where the app listens.
        let (gateway, path) = config("http://127.0.0.1:1").write();
        let keys = gateway.path().join("state/assertion").join(format!("{}.jwks", super::HOST));
        let words: &[&str] = match server {
            Server::Gunicorn => &[
                "gunicorn",
                "bank_site.wsgi",
                "--bind=127.0.0.1:0",
                "--no-control-socket",
                "--worker-class=gthread",
                // What one has seen, the other has to know.
                "--workers=2",
                "--threads=4",
                "--limit-request-field_size=16380",
            ],
            Server::Uvicorn => &["uvicorn", "bank_site.asgi:application", "--host=127.0.0.1", "--port=0"],
            Server::Daphne => &["daphne", "--endpoint=tcp:port=0:interface=127.0.0.1", "bank_site.asgi:application"],
            Server::Runserver => &["python", "manage.py", "runserver", "--noreload", "127.0.0.1:0"],
        };
        let mut command = python(words[0], &database);
        command.args(&words[1..]).env("BANK_ASSERTION_KEYS", &keys).env("BANK_ASSERTION_AUDIENCE", super::HOST);
        command.envs(environment.iter().copied());
        let mut process = Process::start(command);
        let listening = match server {
            Server::Gunicorn => "Listening at: http://",
            Server::Uvicorn => "Uvicorn running on http://",
            Server::Daphne => "Listening on TCP address ",
            Server::Runserver => "Starting development server at http://",
        };
        let line = if server == Server::Runserver { process.says(listening) } else { process.logs(listening) };
        let (_, rest) = line.split_once(listening).unwrap();
        let django = rest.split([' ', '/']).next().unwrap().to_owned();
        fs::write(path, config(&format!("http://{django}")).text()).unwrap();
        Self { gateway: Gateway::start_in(gateway), django, keys, process, _dir: dir }
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

/// Runs `manage.py` of the bank.
pub(crate) fn manage(words: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let output = python("python", &dir.path().join("bank.sqlite3")).arg("manage.py").args(words).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

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
