//! Sites for `countersign probe` to attack: the lab (`tests/lab`) behind real proxies, sound or with one
//! mistake, which the id of the case names that has to find it.

mod front;
mod mistake;

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

pub(crate) use self::front::Front;
use super::{HOST, command::Process, crl::Crl, patience::until, pki, venv};

/// What runs Django.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    Gunicorn,
    Uvicorn,
    /// `tests/lab/toy.py app`, that reads requests as it likes.
    Toy,
}

/// A site that differs from the sound one.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) front: Front,
    pub(crate) server: Server,
    /// For the app and the toy; empty: none.
    pub(crate) mistake: String,
    /// Everybody who gets through TLS is "holder".
    pub(crate) identity_by_tls: bool,
    /// File of the front, text in it, what stands there instead.
    pub(crate) edits: Vec<(&'static str, &'static str, &'static str)>,
    /// Whether the probe is told of the login.
    pub(crate) login: bool,
    /// More words for gunicorn.
    pub(crate) words: Vec<&'static str>,
}

impl Plan {
    pub(crate) fn sound(front: Front) -> Self {
        Self {
            front,
            server: Server::Gunicorn,
            mistake: String::new(),
            identity_by_tls: matches!(front, Front::Gunicorn | Front::Uvicorn),
            edits: Vec::new(),
            login: true,
            words: Vec::new(),
        }
    }

    /// The same of other products, in their own ways.
    pub(crate) fn elsewhere() -> Vec<(&'static str, Self)> {
        mistake::elsewhere()
    }

    /// The site on which this case has to fire.
    pub(crate) fn broken(case: &str) -> Self {
        mistake::plan(case)
    }
}

/// A running site.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) port: u16,
    http: Option<u16>,
    websocket: bool,
    login: bool,
    files: PathBuf,
    processes: Vec<Process>,
    _folder: TempDir,
}

impl Target {
    pub(crate) fn start(plan: &Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = folder.path().to_owned();
        write_certificates(&files);
        let mut processes = Vec::new();
        let direct = matches!(plan.front, Front::Gunicorn | Front::Uvicorn);
        let upstream = if direct { 0 } else { app(plan, &mut processes) };
        let (port, http) = front::start(plan, &files, upstream, &mut processes);
        let websocket = plan.server == Server::Uvicorn;
        Self { port, http, websocket, login: plan.login, files, processes, _folder: folder }
    }

    /// The probe's arguments.
    pub(crate) fn args(&self) -> Vec<String> {
        let file = |name: &str| self.files.join(name).display().to_string();
        let mut words: Vec<String> = vec!["probe".into(), format!("https://{HOST}:{}/", self.port)];
        let mut say = |name: &str, value: String| words.extend([name.to_owned(), value]);
        say("--connect-to", format!("127.0.0.1:{}", self.port));
        for (name, value) in [
            ("--cacert", "server-ca.pem"),
            ("--cert", "alice.pem"),
            ("--key", "alice.key"),
            ("--second-cert", "bob.pem"),
            ("--second-key", "bob.key"),
            ("--revoked-cert", "revoked.pem"),
            ("--revoked-key", "revoked.key"),
            ("--issuing-ca-cert", "ca.pem"),
            ("--issuing-ca-key", "ca.key"),
        ] {
            say(name, file(value));
        }
        for (name, value) in [
            ("--endpoint", "/notes/"),
            ("--field", "text={canary}"),
            ("--read-back", "/notes/"),
            ("--exempt", "/exempt/notes/"),
            ("--other-host", "other.example.com"),
            ("--identity-header", "X-SSL-Client-S-DN"),
            ("--trusted-origin", "https://partner.example.com"),
            ("--rate", "0"),
            ("--hang", "1.5"),
        ] {
            say(name, value.into());
        }
        if self.login {
            say("--login", "/login/".into());
            say("--login-field", "user=operator".into());
            say("--login-field", "password=only-for-tests".into());
        }
        if let Some(http) = self.http {
            say("--plain-http", format!("127.0.0.1:{http}"));
        }
        if self.websocket {
            say("--websocket", "/ws/".into());
        }
        words.push("--unsafe-methods".into());
        words
    }

    /// What its processes said, for a test that fails.
    pub(crate) fn said(&self) -> String {
        self.processes.iter().map(|process| process.stderr.text() + &process.stdout.text()).collect()
    }
}

fn write_certificates(files: &Path) {
    let write = |name: &str, text: &str| fs::write(files.join(name), text).unwrap();
    let pki = pki::pki();
    write("server.pem", &pki.server.chain_pem());
    write("server.key", &pki.server.key_pem);
    write("server-both.pem", &format!("{}{}", pki.server.chain_pem(), pki.server.key_pem));
    write("server-ca.pem", pki.server_root_pem());
    write("ca.pem", &pki.staff.certificate().pem);
    write("ca.key", &pki.staff.key_pem());
    for name in ["alice", "bob", "revoked"] {
        let issued = pki::named_pem(name);
        write(&format!("{name}.pem"), &issued.chain_pem());
        write(&format!("{name}.key"), &issued.key_pem);
        if name == "revoked" {
            write("ca.crl", &Crl::new(1).revoking(&issued.into(), 0).signed_by(&pki.staff));
        }
    }
}

/// Starts the app; the port it listens at.
fn app(plan: &Plan, processes: &mut Vec<Process>) -> u16 {
    let (mut command, sign) = match plan.server {
        Server::Gunicorn => (gunicorn(plan, "127.0.0.1:0"), "Listening at: http://127.0.0.1:"),
        Server::Uvicorn => {
            let mut command = venv::program("uvicorn");
            command.args(["app:asgi", "--host=127.0.0.1", "--port=0", "--no-server-header"]);
            (command, "Uvicorn running on http://127.0.0.1:")
        }
        Server::Toy => (toy(&["app"]), "listening on "),
    };
    prepare(&mut command, plan);
    let mut process = Process::start(command);
    let line = if plan.server == Server::Toy { process.says(sign) } else { process.logs(sign) };
    processes.push(process);
    let (_, rest) = line.split_once(sign).unwrap();
    rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

/// One worker: its notes are in memory.
pub(crate) fn gunicorn(plan: &Plan, bind: &str) -> Command {
    let mut command = venv::program("gunicorn");
    command.args(["app:application", "--no-control-socket", "--worker-class=gthread", "--threads=4"]);
    command.args(["--bind", bind, "--limit-request-field_size=16380"]).args(&plan.words);
    command
}

pub(crate) fn toy(words: &[&str]) -> Command {
    let mut command = venv::program("python");
    command.arg("toy.py").args(words);
    command
}

pub(crate) fn prepare(command: &mut Command, plan: &Plan) {
    command.current_dir(venv::workspace().join("tests/lab")).env("LAB_MISTAKE", &plan.mistake);
    if plan.identity_by_tls {
        command.env("LAB_IDENTITY", "tls");
    }
}

/// One that was free a moment ago: these programs cannot tell which they got.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits until somebody listens there, or the process has ended.
pub(crate) fn wait_for(port: u16, process: &mut Process) -> bool {
    until("a proxy that listens", || {
        if process.ended().is_some() {
            return Some(false);
        }
        TcpStream::connect(("127.0.0.1", port)).ok().map(|_| true)
    })
}
