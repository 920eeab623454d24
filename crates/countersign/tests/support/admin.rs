//! The admin address, asked by whoever reaches it.

use std::{
    io::{BufReader, Write},
    net::{SocketAddr, TcpStream},
};

use super::{Response, exposition::Exposition, patience::PATIENCE};

/// Where the gateway tells of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Admin(pub(crate) SocketAddr);

impl Admin {
    /// Asks as Prometheus or curl would.
    pub(crate) fn get(self, path: &str) -> Response {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.0))
    }

    /// Sends these bytes on a connection of their own.
    pub(crate) fn ask(self, request: &str) -> Response {
        self.try_ask(request).expect("the connection was closed without an answer")
    }

    /// As [`ask`](Self::ask); None if there is no answer.
    pub(crate) fn try_ask(self, request: &str) -> Option<Response> {
        let mut stream = self.open();
        stream.write_all(request.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let mut response = Response::read_head(&mut reader).unwrap()?;
        if !request.starts_with("HEAD ") {
            response.read_body(&mut reader).unwrap();
        }
        Some(response)
    }

    pub(crate) fn open(self) -> TcpStream {
        let stream = TcpStream::connect(self.0).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// The metrics of this moment.
    #[track_caller]
    pub(crate) fn metrics(self) -> Exposition {
        let response = self.get("/metrics");
        assert_eq!(response.status, 200);
        assert_eq!(response.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
        Exposition::parse(&response.text()).unwrap_or_else(|error| panic!("{error}\n{}", response.text()))
    }
}
