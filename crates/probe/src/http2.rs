//! The handshake of a WebSocket over HTTP/2 (RFC 8441).

use std::{sync::Arc, time::Duration};

use h2::{client, ext::Protocol};
use rustls::pki_types::ServerName;
use tokio::{net::TcpStream, runtime::Builder, time::timeout};
use tokio_rustls::TlsConnector;

use crate::{
    answer::Answer,
    client::{Client, Failure, failure},
    probe::AGENT,
    tls::{self, Hello},
};

/// Asks for it as the holder; `None` if the site speaks no HTTP/2 or no extended CONNECT.
pub(crate) fn connect(site: &Client<'_>, path: &str, origin: &str) -> Result<Option<Answer>, Failure> {
    site.turn();
    let runtime =
        Builder::new_current_thread().enable_all().build().map_err(|error| Failure::Unreadable(error.to_string()))?;
    let patience = site.pace.timeout;
    runtime.block_on(async {
        timeout(patience, asked(site, path, origin, patience)).await.unwrap_or(Err(Failure::Silent))
    })
}

async fn asked(site: &Client<'_>, path: &str, origin: &str, patience: Duration) -> Result<Option<Answer>, Failure> {
    let target = site.target;
    let hello = Hello { say_name: true, who: Some(site.own), sessions: None, http2: true, tls12_only: false };
    let config = tls::config(site.trust, &hello)?;
    let name = ServerName::try_from(target.host.clone()).map_err(|error| Failure::Tls(error.to_string()))?;
    let socket = TcpStream::connect(target.address).await.map_err(|error| Failure::Tcp(error.to_string()))?;
    let stream = match TlsConnector::from(Arc::clone(&config)).connect(name, socket).await {
        Ok(stream) => stream,
        // A server without HTTP/2 may refuse the protocol it is offered.
        Err(error) if error.to_string().contains("NoApplicationProtocol") => return Ok(None),
        Err(error) => return Err(failure(&error)),
    };
    if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
        return Ok(None);
    }
    let broken = |error: h2::Error| Failure::Unreadable(error.to_string());
    let (sender, connection) = client::handshake(stream).await.map_err(broken)?;
    let driver = tokio::spawn(async move {
        let _ = connection.await;
    });
    let mut sender = sender.ready().await.map_err(broken)?;
    // Its settings may come a moment after.
    let wait = patience.min(Duration::from_millis(500));
    let begun = tokio::time::Instant::now();
    while !sender.is_extended_connect_protocol_enabled() {
        if begun.elapsed() > wait {
            return Ok(None);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let request = http::Request::builder()
        .method("CONNECT")
        .uri(target.url(path))
        .header("origin", origin)
        .header("user-agent", AGENT)
        .header("sec-websocket-version", "13")
        .extension(Protocol::from_static("websocket"))
        .body(())
        .map_err(|error| Failure::Unreadable(error.to_string()))?;
    let (answer, _body) = sender.send_request(request, false).map_err(broken)?;
    let answer = answer.await.map_err(broken)?;
    driver.abort();
    let fields = answer.headers().iter();
    let fields = fields.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    Ok(Some(Answer { status: answer.status().as_u16(), fields: fields.collect(), body: Vec::new() }))
}
