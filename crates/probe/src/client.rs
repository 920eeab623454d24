//! Sends requests, one connection each, no faster than it was told.

use std::{
    cell::{Cell, RefCell},
    io::{self, Write},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rustls::ClientConfig;

use crate::{
    answer::Answer,
    credentials::Credentials,
    evidence::Layer,
    request::{Request, Shell, Who},
    target::{Pace, Target},
    tls::{self, ConnectError, Hello, Sessions, Trust},
};

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Tcp(String),
    #[error("{0}")]
    Tls(String),
    #[error("the connection was closed without an answer")]
    Closed,
    #[error("no answer in time")]
    Silent,
    #[error("{0}")]
    Unreadable(String),
    /// A limit of the site, which says nothing about the attack.
    #[error("{0}: the site limits requests or is out of service; lower --rate")]
    Busy(u16),
}

impl Failure {
    /// Whether somebody refused, and who.
    pub(crate) fn layer(&self) -> Option<Layer> {
        match self {
            Self::Tls(says) => Some(Layer::Tls(says.clone())),
            Self::Closed => Some(Layer::Proxy(self.to_string())),
            Self::Tcp(_) | Self::Silent | Self::Unreadable(_) | Self::Busy(_) => None,
        }
    }
}

/// A request and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) request: Request,
    pub(crate) result: Result<Answer, Failure>,
}

/// The site, as one certificate's holder reaches it.
#[derive(Debug)]
pub(crate) struct Client<'a> {
    pub(crate) target: &'a Target,
    pub(crate) trust: &'a Trust,
    pub(crate) own: &'a Credentials,
    pub(crate) pace: &'a Pace,
    pub(crate) shell: Shell,
    next: Cell<Option<Instant>>,
    sent: Cell<u32>,
    /// Configurations that were made, by what they hold: making one costs more than a handshake.
    made: RefCell<Vec<(Option<usize>, Arc<ClientConfig>)>>,
}

impl<'a> Client<'a> {
    pub(crate) fn new(
        target: &'a Target,
        trust: &'a Trust,
        own: &'a Credentials,
        pace: &'a Pace,
        shell: Shell,
    ) -> Self {
        Self {
            target,
            trust,
            own,
            pace,
            shell,
            next: Cell::new(None),
            sent: Cell::new(0),
            made: RefCell::new(Vec::new()),
        }
    }

    /// How many requests were sent.
    pub(crate) fn sent(&self) -> u32 {
        self.sent.get()
    }

    /// Waits for the turn of the next request.
    pub(crate) fn turn(&self) {
        let now = Instant::now();
        let at = self.next.get().map_or(now, |next| next.max(now));
        thread::sleep(at - now);
        let step = Duration::from_secs(1).checked_div(self.pace.rate).unwrap_or_default();
        self.next.set(Some(at + step));
        self.sent.set(self.sent.get() + 1);
    }

    pub(crate) fn send(&self, request: Request) -> Exchange {
        let result = self.ask(&request, self.pace.timeout);
        Exchange { request, result }
    }

    /// As [`send`](Self::send), and the time it took; waits for `hang` only.
    pub(crate) fn timed(&self, request: Request) -> (Exchange, Duration) {
        let begun = Instant::now();
        let result = self.ask(&request, self.pace.hang);
        (Exchange { request, result }, begun.elapsed())
    }

    fn ask(&self, request: &Request, patience: Duration) -> Result<Answer, Failure> {
        self.turn();
        let who = match &request.who {
            Who::Own => Some(self.own),
            Who::Nobody => None,
            Who::Other(other) => Some(other),
        };
        let name = request.server_name.as_deref().unwrap_or(&self.target.host);
        let say_name = !name.is_empty();
        let name = if say_name { name } else { self.target.host.as_str() };
        let hello = Hello { say_name, who, sessions: None, http2: false, tls12_only: false };
        let config = self.config(&hello)?;
        let mut stream = tls::connect(self.target.address, config, name, patience)?;
        let sent = stream.write_all(&request.wire()).and_then(|()| stream.flush());
        // A server that refuses early may have answered before it stopped to read.
        let answer = Answer::read(&mut stream, request.method == "HEAD", Instant::now() + 2 * patience);
        match (answer, sent) {
            // The gateway gives its reason with whatever status it has.
            (Ok(answer), _) if matches!(answer.status, 429 | 503) && answer.field("countersign-reason").is_none() => {
                Err(Failure::Busy(answer.status))
            }
            (Ok(answer), _) => Ok(answer),
            (Err(error), _) => Err(failure(&error)),
        }
    }

    fn config(&self, hello: &Hello<'_>) -> Result<Arc<ClientConfig>, ConnectError> {
        // The site's own hello is the usual one.
        let key = hello.who.map(|who| Arc::as_ptr(&who.key).addr());
        if hello.say_name
            && let Some((_, made)) = self.made.borrow().iter().find(|(other, _)| *other == key)
        {
            return Ok(Arc::clone(made));
        }
        let made = tls::config(self.trust, hello)?;
        // Only the run's own certificate lives as long as this; another's address may come again.
        if hello.say_name && (key.is_none() || key == Some(Arc::as_ptr(&self.own.key).addr())) {
            self.made.borrow_mut().push((key, Arc::clone(&made)));
        }
        Ok(made)
    }

    /// One request over a connection that is opened so, to this server name; whether a session was resumed.
    /// Sessions are offered only by the configuration that they were made with.
    pub(crate) fn over(
        &self,
        config: &Arc<ClientConfig>,
        name: &str,
        request: &Request,
    ) -> (Result<Answer, Failure>, bool) {
        self.turn();
        let mut stream = match tls::connect(self.target.address, Arc::clone(config), name, self.pace.timeout) {
            Ok(stream) => stream,
            Err(error) => return (Err(error.into()), false),
        };
        let resumed = stream.conn.handshake_kind() == Some(rustls::HandshakeKind::Resumed);
        let _ = stream.write_all(&request.wire()).and_then(|()| stream.flush());
        let answer =
            Answer::read(&mut stream, false, Instant::now() + 2 * self.pace.timeout).map_err(|error| failure(&error));
        tls::drain(&mut stream, Duration::from_millis(200));
        tls::close(stream);
        (answer, resumed)
    }

    /// A store for [`over`](Self::over).
    pub(crate) fn sessions() -> Arc<Sessions> {
        Arc::default()
    }

    pub(crate) fn replay(&self, request: &Request) -> String {
        self.shell.replay(request, self.own)
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Tcp(says) => Self::Tcp(says),
            ConnectError::Tls(says) => Self::Tls(says),
        }
    }
}

pub(crate) fn failure(error: &io::Error) -> Failure {
    let is_tls = error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Failure::Silent,
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Failure::Closed,
        _ if is_tls => Failure::Tls(tls::alert(error)),
        _ => Failure::Unreadable(error.to_string()),
    }
}
