//! A TLS client that can be anybody and say anything.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, RootCertStore, SignatureScheme, StreamOwned,
    SupportedProtocolVersion,
    client::{ClientSessionStore, ResolvesClientCert, Resumption},
    crypto::aws_lc_rs,
    pki_types::ServerName,
    sign::CertifiedKey,
};

use super::{
    HOST, Response,
    patience::PATIENCE,
    pki::{Credentials, pki},
};

static BOTH: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];
static TLS12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
static TLS13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];

/// How to connect.
#[derive(Clone, Debug)]
pub(crate) struct TlsClient {
    name: ServerName<'static>,
    credentials: Option<Credentials>,
    versions: &'static [&'static SupportedProtocolVersion],
    alpn: Vec<Vec<u8>>,
}

impl TlsClient {
    /// Without a certificate, by name, HTTP/1.1.
    pub(crate) fn new() -> Self {
        let name = ServerName::try_from(HOST).unwrap();
        Self { name, credentials: None, versions: BOTH, alpn: vec![b"http/1.1".into()] }
    }

    pub(crate) fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Another SNI. An IP address sends none (RFC 6066 section 3).
    pub(crate) fn name(mut self, name: &str) -> Self {
        self.name = ServerName::try_from(name.to_owned()).unwrap();
        self
    }

    pub(crate) fn tls12(mut self) -> Self {
        self.versions = TLS12;
        self
    }

    pub(crate) fn tls13(mut self) -> Self {
        self.versions = TLS13;
        self
    }

    pub(crate) fn alpn(mut self, protocols: &[&str]) -> Self {
        self.alpn = protocols.iter().map(|protocol| protocol.as_bytes().into()).collect();
        self
    }

    pub(crate) fn server_name(&self) -> ServerName<'static> {
        self.name.clone()
    }

    /// A configuration with a session store of its own.
    pub(crate) fn config(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(pki().server_root()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(self.versions)
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match self.credentials.clone() {
            Some(Credentials { chain, key }) => builder.with_client_auth_cert(chain, key).unwrap(),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols.clone_from(&self.alpn);
        config
    }

    /// As [`config`](Self::config), with sessions kept in `store`.
    pub(crate) fn config_with(&self, store: Arc<dyn ClientSessionStore>) -> Arc<ClientConfig> {
        let mut config = self.config();
        config.resumption = Resumption::store(store);
        Arc::new(config)
    }

    /// Connects; the handshake has to succeed.
    #[track_caller]
    pub(crate) fn connect(&self, address: SocketAddr) -> Connection {
        self.try_connect(address).unwrap()
    }

    /// The names of the CAs that the gateway asks for.
    pub(crate) fn asked_for(&self, address: SocketAddr) -> Vec<Vec<u8>> {
        let hints = Arc::new(Hints::default());
        let mut config = self.config();
        config.client_auth_cert_resolver = Arc::clone(&hints) as Arc<dyn ResolvesClientCert>;
        Connection::open(Arc::new(config), self.name.clone(), address).unwrap();
        let asked = hints.0.lock().unwrap();
        asked.clone()
    }

    /// Connects. In TLS 1.3 a client learns only from its first read that it was refused.
    pub(crate) fn try_connect(&self, address: SocketAddr) -> io::Result<Connection> {
        Connection::open(Arc::new(self.config()), self.name.clone(), address)
    }
}

/// Shows nothing, and keeps what it was asked for.
#[derive(Debug, Default)]
struct Hints(Mutex<Vec<Vec<u8>>>);

impl ResolvesClientCert for Hints {
    fn resolve(&self, names: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        *self.0.lock().unwrap() = names.iter().map(|name| name.to_vec()).collect();
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// A connection whose handshake is done.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: BufReader<Stream>,
}

impl Connection {
    pub(crate) fn open(config: Arc<ClientConfig>, name: ServerName<'static>, address: SocketAddr) -> io::Result<Self> {
        let tcp = TcpStream::connect(address)?;
        tcp.set_read_timeout(Some(PATIENCE))?;
        tcp.set_write_timeout(Some(PATIENCE))?;
        tcp.set_nodelay(true)?;
        let tls = ClientConnection::new(config, name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(tls, tcp);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Self { stream: BufReader::new(stream) })
    }

    fn tls(&mut self) -> &mut Stream {
        self.stream.get_mut()
    }

    /// Full or resumed.
    pub(crate) fn handshake_kind(&mut self) -> HandshakeKind {
        self.tls().conn.handshake_kind().unwrap()
    }

    /// What the gateway showed.
    pub(crate) fn server_certificate(&mut self) -> Vec<u8> {
        self.tls().conn.peer_certificates().unwrap()[0].to_vec()
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let stream = self.tls();
        stream.write_all(bytes.as_ref())?;
        stream.flush()
    }

    /// Sends what the gateway may have stopped listening to.
    pub(crate) fn send_anyway(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.send(bytes);
    }

    /// Sends a request and reads the answer.
    #[track_caller]
    pub(crate) fn ask(&mut self, request: &str) -> Response {
        self.send(request).unwrap();
        if request.starts_with("HEAD ") { self.head() } else { self.response() }
    }

    /// The next answer.
    #[track_caller]
    pub(crate) fn response(&mut self) -> Response {
        self.try_response().unwrap().expect("the connection was closed without an answer")
    }

    /// The next answer, its head only.
    #[track_caller]
    pub(crate) fn head(&mut self) -> Response {
        Response::read_head(&mut self.stream).unwrap().expect("the connection was closed without an answer")
    }

    /// The next answer; None if the connection ends instead.
    pub(crate) fn try_response(&mut self) -> io::Result<Option<Response>> {
        let mut response = Response::read_head(&mut self.stream)?;
        if let Some(response) = &mut response {
            response.read_body(&mut self.stream)?;
        }
        Ok(response)
    }

    /// For bodies and frames that a test reads itself.
    pub(crate) fn reader(&mut self) -> &mut impl BufRead {
        &mut self.stream
    }

    /// So many bytes.
    #[track_caller]
    pub(crate) fn read(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Whether the gateway ends the connection, and sends nothing more before.
    pub(crate) fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Ok(_) => rest.is_empty(),
            Err(error) => {
                rest.is_empty() && !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
            }
        }
    }

    /// Cuts it, without a word.
    pub(crate) fn cut(mut self) {
        let _ = self.tls().sock.shutdown(Shutdown::Both);
    }

    /// Waits this long for a byte; whether none came.
    pub(crate) fn is_silent_for(&mut self, time: Duration) -> bool {
        self.tls().sock.set_read_timeout(Some(time)).unwrap();
        let silent = matches!(
            self.stream.fill_buf(),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
        );
        self.tls().sock.set_read_timeout(Some(PATIENCE)).unwrap();
        silent
    }
}
