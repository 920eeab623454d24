//! An app that does what the test tells it, and remembers every byte that it got.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::{patience::until, response};

/// A listening app.
#[derive(Debug)]
pub(crate) struct Upstream {
    url: String,
    record: Arc<Record>,
}

#[derive(Debug, Default)]
struct Record {
    connections: AtomicUsize,
    bytes: Mutex<Vec<u8>>,
    requests: Mutex<Vec<Received>>,
}

/// A request, byte by byte.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    /// Request line and fields, with the empty line.
    pub(crate) head: String,
    /// What the body says, chunks joined.
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn request_line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// The request target.
    pub(crate) fn target(&self) -> &str {
        self.request_line().split(' ').nth(1).unwrap_or_default()
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect()
    }

    /// Every field, in order, with its name in lower case.
    pub(crate) fn fields(&self) -> Vec<(String, String)> {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect()
    }

    /// The field, which is there once at most.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let all = self.all(name);
        assert!(all.len() < 2, "{name} several times: {}", self.head);
        all.first().copied()
    }
}

impl Upstream {
    /// Answers every request with 200 and `ok`.
    pub(crate) fn start() -> Self {
        Self::answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    }

    /// Answers every request with these bytes.
    pub(crate) fn answering(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::with(move |_, app| app.write(&bytes))
    }

    /// Reads whole requests and answers each by `answer`.
    pub(crate) fn with(answer: impl Fn(&Received, &mut App) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self::scripted(move |app| {
            while let Some(request) = app.request()? {
                answer(&request, app)?;
            }
            Ok(())
        })
    }

    /// Leaves each connection to `script`.
    pub(crate) fn scripted(script: impl Fn(&mut App) -> io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let accept = move || listener.accept().map(|(stream, _)| Stream::Tcp(stream));
        Self::serve(url, accept, script)
    }

    /// As [`start`](Self::start), on a Unix socket.
    pub(crate) fn on_socket(path: &Path) -> Self {
        let listener = UnixListener::bind(path).unwrap();
        let accept = move || listener.accept().map(|(stream, _)| Stream::Unix(stream));
        Self::serve(format!("unix:{}", path.display()), accept, |app| {
            while app.request()?.is_some() {
                app.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")?;
            }
            Ok(())
        })
    }

    fn serve(
        url: String,
        accept: impl Fn() -> io::Result<Stream> + Send + 'static,
        script: impl Fn(&mut App) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let record = Arc::<Record>::default();
        let (kept, script) = (Arc::clone(&record), Arc::new(script));
        thread::spawn(move || {
            while let Ok(stream) = accept() {
                kept.connections.fetch_add(1, Ordering::SeqCst);
                let (record, script) = (Arc::clone(&kept), Arc::clone(&script));
                thread::spawn(move || {
                    let mut app = App { stream: BufReader::new(Recorded { stream, record }) };
                    let _ = script(&mut app);
                });
            }
        });
        Self { url, record }
    }

    /// As the configuration has it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn connections(&self) -> usize {
        self.record.connections.load(Ordering::SeqCst)
    }

    /// Every byte that came, over all connections.
    pub(crate) fn bytes(&self) -> String {
        String::from_utf8_lossy(&self.record.bytes.lock().unwrap()).into_owned()
    }

    /// The requests that came whole.
    pub(crate) fn requests(&self) -> Vec<Received> {
        self.record.requests.lock().unwrap().clone()
    }

    /// Waits for the first request.
    pub(crate) fn first(&self) -> Received {
        until("a request at the app", || self.requests().into_iter().next())
    }

    /// The last request.
    #[track_caller]
    pub(crate) fn last(&self) -> Received {
        self.record.requests.lock().unwrap().last().cloned().expect("nothing reached the app")
    }

    /// The targets of all requests, in order.
    pub(crate) fn targets(&self) -> Vec<String> {
        self.requests().iter().map(|request| request.target().to_owned()).collect()
    }

    /// That nothing came, not even a connection.
    #[track_caller]
    pub(crate) fn assert_untouched(&self) {
        assert_eq!((self.connections(), self.bytes().as_str()), (0, ""));
    }
}

/// The app's end of one connection.
#[derive(Debug)]
pub(crate) struct App {
    stream: BufReader<Recorded>,
}

impl App {
    /// The next request, whole; None if the gateway closes.
    pub(crate) fn request(&mut self) -> io::Result<Option<Received>> {
        let Some(mut request) = self.head()? else { return Ok(None) };
        let length = request.header("content-length").map(|length| length.parse::<usize>().unwrap());
        let chunked = request.header("transfer-encoding").is_some();
        assert!(length.is_none() || !chunked, "ambiguous: {}", request.head);
        if chunked {
            while let Some(chunk) = self.chunk()? {
                request.body.extend(chunk);
            }
        } else if let Some(length) = length {
            request.body = self.read(length)?;
        }
        self.stream.get_ref().record.requests.lock().unwrap().push(request.clone());
        Ok(Some(request))
    }

    /// The next head.
    pub(crate) fn head(&mut self) -> io::Result<Option<Received>> {
        let mut head = String::new();
        while let Some(line) = response::read_line(&mut self.stream)? {
            head.push_str(&line);
            head.push_str("\r\n");
            if line.is_empty() {
                return Ok(Some(Received { head, body: Vec::new() }));
            }
        }
        Ok(None)
    }

    /// The next chunk of a body; None after the last.
    pub(crate) fn chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        response::read_chunk(&mut self.stream)
    }

    pub(crate) fn read(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Whatever comes next, or nothing at the end.
    pub(crate) fn read_some(&mut self) -> io::Result<Vec<u8>> {
        let bytes = self.stream.fill_buf()?.to_vec();
        self.stream.consume(bytes.len());
        Ok(bytes)
    }

    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.get_mut().stream.write_all(bytes.as_ref())
    }

    /// 200 with this body.
    pub(crate) fn ok(&mut self, body: impl AsRef<[u8]>) -> io::Result<()> {
        let body = body.as_ref();
        self.write(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()))?;
        self.write(body)
    }

    pub(crate) fn close(&mut self) -> io::Result<()> {
        self.stream.get_mut().stream.shutdown()
    }
}

#[derive(Debug)]
struct Recorded {
    stream: Stream,
    record: Arc<Record>,
}

impl Read for Recorded {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.stream {
            Stream::Tcp(stream) => stream.read(buf)?,
            Stream::Unix(stream) => stream.read(buf)?,
        };
        let mut bytes = self.record.bytes.lock().unwrap();
        // A large upload is counted by the test that makes it, not kept.
        if bytes.len() < 4 << 20 {
            bytes.extend(&buf[..count]);
        }
        Ok(count)
    }
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.write_all(bytes),
            Self::Unix(stream) => stream.write_all(bytes),
        }
    }

    fn shutdown(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.shutdown(Shutdown::Both),
            Self::Unix(stream) => stream.shutdown(Shutdown::Both),
        }
    }
}
