//! TLS as a client that may say anything: any certificate, any server name or none, any stored session.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, NamedGroup, RootCertStore, SignatureScheme, StreamOwned,
    client::{
        ClientSessionStore, ResolvesClientCert, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};

use crate::credentials::{Credentials, provider};

/// Whom the probe believes to be the site.
#[derive(Clone, Debug)]
pub enum Trust {
    /// These CAs.
    Roots(Arc<RootCertStore>),
    /// Anybody (`--insecure`).
    Anybody,
}

/// A server's trust that cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TrustError(String);

impl Trust {
    /// The CAs of a PEM file.
    pub fn from_pem(pem: &[u8]) -> Result<Self, TrustError> {
        use rustls::pki_types::pem::PemObject;
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| TrustError(format!("no PEM certificate: {error}")))?;
            roots.add(certificate).map_err(|error| TrustError(format!("not usable as a CA: {error}")))?;
        }
        if roots.is_empty() {
            Err(TrustError("no PEM certificate in it".into()))
        } else {
            Ok(Self::Roots(Arc::new(roots)))
        }
    }

    /// Those that the system trusts.
    pub fn system() -> Result<Self, TrustError> {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            let why = found.errors.first().map_or_else(|| "it has none".into(), ToString::to_string);
            return Err(TrustError(format!(
                "the system's trusted CAs cannot be read ({why}): name the CA with --cacert"
            )));
        }
        Ok(Self::Roots(Arc::new(roots)))
    }
}

/// How a connection is opened.
#[derive(Clone, Debug)]
pub(crate) struct Hello<'a> {
    /// Whether the server name is said.
    pub(crate) say_name: bool,
    pub(crate) who: Option<&'a Credentials>,
    /// Sessions to resume, and to keep.
    pub(crate) sessions: Option<Arc<Sessions>>,
    pub(crate) http2: bool,
    pub(crate) tls12_only: bool,
}

/// Why a connection did not come about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("no connection: {0}")]
    Tcp(String),
    #[error("TLS: {0}")]
    Tls(String),
}

pub(crate) type Stream = StreamOwned<ClientConnection, TcpStream>;

pub(crate) fn config(trust: &Trust, hello: &Hello<'_>) -> Result<Arc<ClientConfig>, ConnectError> {
    let provider = provider();
    let refused = |error: rustls::Error| ConnectError::Tls(error.to_string());
    let versions: &[_] = if hello.tls12_only { &[&TLS12] } else { &[&TLS13, &TLS12] };
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions).map_err(refused)?;
    let builder = match trust {
        Trust::Roots(roots) => builder.with_root_certificates(Arc::clone(roots)),
        Trust::Anybody => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody(provider.signature_verification_algorithms))),
    };
    let mut config = builder.with_client_cert_resolver(Arc::new(Shown(hello.who.map(|who| Arc::clone(&who.key)))));
    config.enable_sni = hello.say_name;
    config.alpn_protocols = vec![if hello.http2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
    config.resumption = match &hello.sessions {
        Some(sessions) => Resumption::store(Arc::clone(sessions) as Arc<dyn ClientSessionStore>),
        None => Resumption::disabled(),
    };
    Ok(Arc::new(config))
}

/// Connects and finishes the handshake. In TLS 1.3 a server judges the client's certificate after that:
/// its alert comes with the first read.
pub(crate) fn connect(
    address: SocketAddr,
    config: Arc<ClientConfig>,
    name: &str,
    timeout: Duration,
) -> Result<Stream, ConnectError> {
    let tcp = |error: io::Error| ConnectError::Tcp(error.to_string());
    let name =
        ServerName::try_from(name.to_owned()).map_err(|_| ConnectError::Tls(format!("{name:?} is no server name")))?;
    let mut socket = TcpStream::connect_timeout(&address, timeout).map_err(tcp)?;
    socket.set_read_timeout(Some(timeout)).and_then(|()| socket.set_write_timeout(Some(timeout))).map_err(tcp)?;
    socket.set_nodelay(true).map_err(tcp)?;
    let mut connection = ClientConnection::new(config, name).map_err(|error| ConnectError::Tls(error.to_string()))?;
    while connection.is_handshaking() {
        connection.complete_io(&mut socket).map_err(|error| ConnectError::Tls(alert(&error)))?;
    }
    Ok(StreamOwned::new(connection, socket))
}

/// What the other side said, in its own words.
pub(crate) fn alert(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "no answer in time".into(),
        io::ErrorKind::UnexpectedEof => "the connection was closed".into(),
        _ => error.to_string(),
    }
}

/// Waits for what follows the handshake, session tickets above all, until the peer is silent.
pub(crate) fn drain(stream: &mut Stream, patience: Duration) {
    let _ = stream.sock.set_read_timeout(Some(patience));
    let mut rest = [0; 4096];
    // Tickets are few: who sends for ever is left.
    for _ in 0..64 {
        if !matches!(stream.read(&mut rest), Ok(1..)) {
            break;
        }
    }
}

/// Says goodbye, as a client does that means to come back.
pub(crate) fn close(mut stream: Stream) {
    stream.conn.send_close_notify();
    let _ = stream.flush();
}

#[derive(Debug)]
struct Shown(Option<Arc<CertifiedKey>>);

impl ResolvesClientCert for Shown {
    // Whatever CAs the server asks for: an attacker does not care.
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.clone()
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}

/// Fail-open by the operator's wish (`--insecure`): the site's own certificate is not judged, the
/// handshake's signature is.
#[derive(Debug)]
struct Anybody(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signed, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signed, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

/// Sessions that are offered whatever name is asked for: what CVE-2025-23419 needs.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    group: Option<NamedGroup>,
    tls12: Option<Tls12ClientSessionValue>,
    tls13: Vec<Tls13ClientSessionValue>,
}

impl Sessions {
    fn with<T>(&self, run: impl FnOnce(&mut Kept) -> T) -> T {
        run(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.with(|kept| kept.tls12.is_none() && kept.tls13.is_empty())
    }
}

impl ClientSessionStore for Sessions {
    fn set_kx_hint(&self, _: ServerName<'static>, group: NamedGroup) {
        self.with(|kept| kept.group = Some(group));
    }
    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        self.with(|kept| kept.group)
    }
    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.with(|kept| kept.tls12 = Some(value));
    }
    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.with(|kept| kept.tls12.clone())
    }
    fn remove_tls12_session(&self, _: &ServerName<'static>) {
        self.with(|kept| kept.tls12 = None);
    }
    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.with(|kept| kept.tls13.push(value));
    }
    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.with(|kept| kept.tls13.pop())
    }
}
