//! What is asked over HTTP/2: the handshake of a WebSocket (RFC 8441), and a page under another name.

use std::{sync::Arc, time::Duration};

use h2::{
    client::{self, SendRequest},
    ext::Protocol,
};
use http::Request;
use rustls::pki_types::ServerName;
use tokio::{net::TcpStream, runtime::Builder, time::timeout};
use tokio_rustls::TlsConnector;

use crate::{
    answer::Answer,
    client::{Client, Failure, failure},
    credentials::Credentials,
    probe::AGENT,
    tls::{self, Hello},
};

/// More of an answer is not looked at.
const MAX_BODY: usize = 512 << 10;

/// Opens a WebSocket as the holder; `None` if the site speaks no HTTP/2 or no extended CONNECT.
pub(crate) fn connect(site: &Client<'_>, path: &str, origin: &str) -> Result<Option<Answer>, Failure> {
    let request = Request::builder()
        .method("CONNECT")
        .uri(site.target.url(path))
        .header("origin", origin)
        .header("user-agent", AGENT)
        .header("sec-websocket-version", "13")
        .extension(Protocol::from_static("websocket"));
    ask(site, &site.target.host, Some(site.own), request, true)
}

/// Asks for a page of this site over a connection that was opened to another name; `None` without HTTP/2.
pub(crate) fn get_over(
    site: &Client<'_>,
    name: &str,
    who: Option<&Credentials>,
    path: &str,
) -> Result<Option<Answer>, Failure> {
    let request = Request::builder()
        .uri(site.target.url(path))
        .header("user-agent", AGENT)
        .header("accept", "text/html, application/json;q=0.9, */*;q=0.8");
    ask(site, name, who, request, false)
}

fn ask(
    site: &Client<'_>,
    name: &str,
    who: Option<&Credentials>,
    request: http::request::Builder,
    tunnel: bool,
) -> Result<Option<Answer>, Failure> {
    site.turn();
    let runtime =
        Builder::new_current_thread().enable_all().build().map_err(|error| Failure::Unreadable(error.to_string()))?;
    let request = request.body(()).map_err(|error| Failure::Unreadable(error.to_string()))?;
    let patience = site.pace.timeout;
    runtime.block_on(async {
        timeout(patience, asked(site, name, who, request, tunnel)).await.unwrap_or(Err(Failure::Silent))
    })
}

async fn asked(
    site: &Client<'_>,
    name: &str,
    who: Option<&Credentials>,
    request: Request<()>,
    tunnel: bool,
) -> Result<Option<Answer>, Failure> {
    let hello = Hello { say_name: true, who, sessions: None, http2: true, tls12_only: false };
    let config = tls::config(site.trust, &hello)?;
    let name = ServerName::try_from(name.to_owned()).map_err(|error| Failure::Tls(error.to_string()))?;
    let socket = TcpStream::connect(site.target.address).await.map_err(|error| Failure::Tcp(error.to_string()))?;
    let stream = match TlsConnector::from(Arc::clone(&config)).connect(name, socket).await {
        Ok(stream) => stream,
        // A server without HTTP/2 may refuse the protocol it is offered.
        Err(error) if error.to_string().contains("NoApplicationProtocol") => return Ok(None),
        Err(error) => return Err(failure(&error)),
    };
    if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
        return Ok(None);
    }
    let (sender, connection) = client::handshake(stream).await.map_err(|error| broken(&error))?;
    let driver = tokio::spawn(async move {
        let _ = connection.await;
    });
    let mut sender = sender.ready().await.map_err(|error| broken(&error))?;
    if tunnel && !takes_tunnels(&sender).await {
        return Ok(None);
    }
    let (answer, _) = sender.send_request(request, !tunnel).map_err(|error| broken(&error))?;
    let answer = answer.await.map_err(|error| broken(&error))?;
    let status = answer.status().as_u16();
    let fields = answer.headers().iter();
    let fields = fields.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let fields = fields.collect();
    let mut body = Vec::new();
    if !tunnel {
        let mut stream = answer.into_body();
        while let Some(Ok(piece)) = stream.data().await {
            let _ = stream.flow_control().release_capacity(piece.len());
            body.extend_from_slice(&piece);
            if body.len() > MAX_BODY {
                break;
            }
        }
    }
    driver.abort();
    Ok(Some(Answer { status, fields, body }))
}

/// A server says so in its settings, which may come a moment after.
async fn takes_tunnels(sender: &SendRequest<bytes::Bytes>) -> bool {
    for _ in 0..50 {
        if sender.is_extended_connect_protocol_enabled() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

/// The alert for a certificate that TLS 1.3 judges late arrives here.
fn broken(error: &h2::Error) -> Failure {
    match error.get_io() {
        Some(error) => failure(error),
        None => Failure::Unreadable(error.to_string()),
    }
}
