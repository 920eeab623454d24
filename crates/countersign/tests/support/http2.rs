//! An HTTP/2 client that can send what a browser cannot.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use h2::client::SendRequest;
use http::{HeaderMap, Request};
use tokio::{net::TcpStream, runtime::Runtime};
use tokio_rustls::TlsConnector;

use super::{Response, TlsClient, patience::PATIENCE};

/// One HTTP/2 connection.
#[derive(Debug)]
pub(crate) struct Http2 {
    runtime: Runtime,
    send: SendRequest<Bytes>,
}

impl Http2 {
    pub(crate) fn connect(client: &TlsClient, address: SocketAddr) -> Self {
        let client = client.clone().alpn(&["h2"]);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let send = runtime.block_on(async {
            let tcp = TcpStream::connect(address).await.unwrap();
            let config = Arc::new(client.config());
            let tls = TlsConnector::from(config).connect(client.server_name(), tcp).await.unwrap();
            assert_eq!(tls.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
            let (send, connection) = h2::client::handshake(tls).await.unwrap();
            tokio::spawn(connection);
            send
        });
        Self { runtime, send }
    }

    /// A request without a body.
    #[track_caller]
    pub(crate) fn get(&mut self, request: Request<()>) -> Response {
        self.try_ask(request, None, None).unwrap()
    }

    /// A request with a body, and trailers after it.
    #[track_caller]
    pub(crate) fn post(&mut self, request: Request<()>, body: &str, trailers: Option<HeaderMap>) -> Response {
        self.try_ask(request, Some(body), trailers).unwrap()
    }

    /// As both; the gateway may reset the stream.
    pub(crate) fn try_ask(
        &mut self,
        request: Request<()>,
        body: Option<&str>,
        trailers: Option<HeaderMap>,
    ) -> Result<Response, h2::Error> {
        let Self { runtime, send } = self;
        let exchange = async {
            let mut ready = send.clone().ready().await?;
            let (answer, mut stream) = ready.send_request(request, body.is_none() && trailers.is_none())?;
            if let Some(body) = body {
                stream.send_data(Bytes::copy_from_slice(body.as_bytes()), trailers.is_none())?;
            }
            if let Some(trailers) = trailers {
                stream.send_trailers(trailers)?;
            }
            let (parts, mut body) = answer.await?.into_parts();
            let mut response = Response { status: parts.status.as_u16(), ..Response::default() };
            for (name, value) in &parts.headers {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                response.headers.push((name.as_str().into(), value));
            }
            while let Some(data) = body.data().await {
                let data = data?;
                body.flow_control().release_capacity(data.len())?;
                response.body.extend(data);
            }
            assert_eq!(body.trailers().await?, None, "trailers came back");
            Ok(response)
        };
        runtime.block_on(async { tokio::time::timeout(PATIENCE, exchange).await.expect("no answer in time") })
    }

    /// For requests whose pace the test sets.
    pub(crate) fn raw(&mut self) -> (&Runtime, SendRequest<Bytes>) {
        (&self.runtime, self.send.clone())
    }

    /// Whether the connection ends within so long.
    pub(crate) fn ends_within(self, time: Duration) -> bool {
        let Self { runtime, send } = self;
        let gone = async {
            loop {
                match send.clone().ready().await {
                    Err(_) => return,
                    Ok(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        };
        runtime.block_on(async { tokio::time::timeout(time, gone).await.is_ok() })
    }
}
