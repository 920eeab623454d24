//! A Django app that answers with all headers that reached it (`echo.py`), under a real server.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::Value;

pub(crate) use super::bank::Server;
use super::{Response, command::Process, venv};

/// A running app.
#[derive(Debug)]
pub(crate) struct Echo {
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
    _process: Process,
}

/// What the app saw of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Of META what comes from headers: `HTTP_…`.
    pub(crate) meta: BTreeMap<String, String>,
    /// The fields as an ASGI server had them, sorted.
    pub(crate) scope: Vec<(String, String)>,
    /// All of it, as text.
    pub(crate) text: String,
    pub(crate) body: String,
}

impl Echo {
    pub(crate) fn on(server: Server) -> Self {
        let (words, says): (&[&str], _) = match server {
            Server::Gunicorn => (
                // Told to pass such names on, so that only the gateway holds them back.
                &["gunicorn", "echo:wsgi", "--bind=127.0.0.1:0", "--no-control-socket", "--header-map=dangerous"],
                "Listening at: http://",
            ),
            Server::Uvicorn => {
                (&["uvicorn", "echo:asgi", "--host=127.0.0.1", "--port=0"], "Uvicorn running on http://")
            }
            Server::Daphne => {
                (&["daphne", "--endpoint=tcp:port=0:interface=127.0.0.1", "echo:asgi"], "Listening on TCP address ")
            }
            Server::Runserver => (&["python", "echo.py"], "Starting development server at http://"),
        };
        let mut command = venv::program(words[0]);
        command.args(&words[1..]).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support"));
        let mut process = Process::start(command);
        let line = if server == Server::Runserver { process.says(says) } else { process.logs(says) };
        let (_, rest) = line.split_once(says).unwrap();
        let address = rest.split([' ', '/']).next().unwrap().to_owned();
        Self { address, _process: process }
    }

    /// Past the gateway.
    pub(crate) fn ask(&self, request: &str) -> Seen {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let mut answer = &answer[..];
        let mut response = Response::read_head(&mut answer).unwrap().unwrap();
        response.read_body(&mut answer).unwrap();
        Seen::from(&response)
    }
}

impl From<&Response> for Seen {
    fn from(response: &Response) -> Self {
        response.assert_from_app();
        let json = response.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let meta = json["meta"].as_object().unwrap().iter().filter(|(key, _)| key.starts_with("HTTP_"));
        let mut scope: Vec<_> =
            json["scope"].as_array().unwrap().iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
        scope.sort();
        Self {
            meta: meta.map(|(key, value)| (key.clone(), text(value))).collect(),
            scope,
            text: response.text(),
            body: text(&json["body"]),
        }
    }
}

impl Seen {
    /// Without what differs from request to request.
    pub(crate) fn steady(mut self) -> Self {
        self.text.clear();
        self.body.clear();
        for (name, value) in &mut self.meta {
            if name.starts_with("HTTP_COUNTERSIGN_") {
                value.clear();
            }
        }
        for (name, value) in &mut self.scope {
            if name.starts_with("countersign-") {
                value.clear();
            }
        }
        self
    }
}
