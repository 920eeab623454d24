//! WebSockets over HTTP/2 (RFC 8441): the same proofs as over HTTP/1.1, and a stream that is in trouble
//! alone is.

use std::time::Duration;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use h2::{RecvStream, SendStream, client::SendRequest, ext::Protocol};
use http::Request;

use crate::support::{
    Config, Gateway, HOST, Http2, ORIGIN, TlsClient, Upstream,
    patience::{PATIENCE, until},
    pki,
    upstream::App,
};

fn accept(key: &str) -> String {
    let asked = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, asked.as_bytes()))
}

fn switch(key: &str) -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: chat\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        accept(key)
    )
}

/// Answers a handshake as RFC 6455 has it, then returns every byte; a path with `stuck` is never read.
fn app() -> Upstream {
    Upstream::scripted(|app: &mut App| {
        while let Some(head) = app.head()? {
            let Some(key) = head.header("sec-websocket-key") else {
                app.ok("plain")?;
                continue;
            };
            match head.target() {
                "/declines" => {
                    app.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")?;
                    continue;
                }
                "/200" => {
                    app.ok("a page")?;
                    continue;
                }
                "/other-key" => return app.write(switch("another")),
                _ => app.write(switch(key))?,
            }
            if head.target() == "/stuck" {
                // Until the gateway gives up.
                std::thread::sleep(PATIENCE);
                return Ok(());
            }
            loop {
                let bytes = app.read_some()?;
                if bytes.is_empty() {
                    return Ok(());
                }
                app.write(bytes)?;
            }
        }
        Ok(())
    })
}

fn connect(path: &str, origin: Option<&str>) -> Request<()> {
    let mut request = Request::builder()
        .method("CONNECT")
        .uri(format!("https://{HOST}{path}"))
        .extension(Protocol::from_static("websocket"))
        .header("sec-websocket-version", "13")
        .header("sec-websocket-protocol", "chat");
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    request.body(()).unwrap()
}

struct Tunnel {
    send: SendStream<Bytes>,
    receive: RecvStream,
}

impl Tunnel {
    async fn open(send: &SendRequest<Bytes>, path: &str) -> Self {
        let mut ready = send.clone().ready().await.unwrap();
        let (answer, send) = ready.send_request(connect(path, Some(ORIGIN)), false).unwrap();
        let answer = answer.await.unwrap();
        assert_eq!(answer.status(), 200);
        for name in ["sec-websocket-accept", "upgrade", "connection"] {
            assert!(!answer.headers().contains_key(name), "{name}");
        }
        assert_eq!(answer.headers()["sec-websocket-protocol"], "chat");
        Self { send, receive: answer.into_body() }
    }

    async fn receive(&mut self, size: usize) -> Result<Vec<u8>, h2::Error> {
        received(&mut self.receive, size).await
    }

    async fn send(&mut self, bytes: Vec<u8>) -> Result<(), h2::Error> {
        pour(&mut self.send, bytes).await
    }
}

/// So many bytes, or what there is before the end.
async fn received(stream: &mut RecvStream, size: usize) -> Result<Vec<u8>, h2::Error> {
    let mut bytes = Vec::new();
    while bytes.len() < size {
        let Some(data) = stream.data().await else { break };
        let data = data?;
        stream.flow_control().release_capacity(data.len())?;
        bytes.extend(data);
    }
    Ok(bytes)
}

/// Sends as the window allows.
async fn pour(stream: &mut SendStream<Bytes>, bytes: Vec<u8>) -> Result<(), h2::Error> {
    let mut rest = Bytes::from(bytes);
    while !rest.is_empty() {
        stream.reserve_capacity(rest.len());
        match std::future::poll_fn(|cx| stream.poll_capacity(cx)).await {
            Some(room) => stream.send_data(rest.split_to(room?.min(rest.len())), false)?,
            None => break,
        }
    }
    Ok(())
}

fn run<T>(http2: &mut Http2, work: impl AsyncFnOnce(SendRequest<Bytes>) -> T) -> T {
    let (runtime, send) = http2.raw();
    runtime.block_on(async { tokio::time::timeout(PATIENCE, work(send)).await.expect("in time") })
}

fn get() -> Request<()> {
    Request::builder().uri(format!("https://{HOST}/")).body(()).unwrap()
}

#[test]
fn bytes_go_both_ways() {
    let upstream = app();
    let gateway = Gateway::before(&upstream);
    let mut http2 = gateway.http2();
    run(&mut http2, async |send| {
        let mut tunnels = Vec::new();
        for _ in 0..20 {
            tunnels.push(Tunnel::open(&send, "/ws").await);
        }
        for (n, tunnel) in tunnels.iter_mut().enumerate() {
            for size in [1, 1_000] {
                let frame: Vec<u8> = (0..size).map(|i: usize| (i + n) as u8).collect();
                tunnel.send(frame.clone()).await.unwrap();
                assert_eq!(tunnel.receive(size).await.unwrap(), frame);
            }
        }
        // Larger than any window; the app returns it while it comes.
        let large: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
        let Tunnel { send: mut there, receive: mut back } = tunnels.pop().unwrap();
        let sent = large.clone();
        let sender = tokio::spawn(async move {
            pour(&mut there, sent).await.unwrap();
            there.send_data(Bytes::new(), true).unwrap();
        });
        assert!(received(&mut back, large.len()).await.unwrap() == large);
        sender.await.unwrap();
        // The client has ended its half, so has the app.
        assert_eq!(received(&mut back, 1).await.unwrap(), b"");
    });
    let head = upstream.bytes().to_lowercase();
    assert!(head.starts_with("get /ws http/1.1\r\n"), "{head}");
    for field in [
        "connection: upgrade\r\n",
        "upgrade: websocket\r\n",
        "sec-websocket-version: 13\r\n",
        "host: app.example.com\r\n",
    ] {
        assert!(head.contains(field), "{field}");
    }
}

#[test]
fn only_the_sites_own_pages_open_one() {
    let upstream = app();
    let config = Config::new(upstream.url()).site("trusted_origins = [\"https://partner.example.com\"]");
    let gateway = Gateway::start(&config.route("path = \"/\""));
    let mut http2 = gateway.http2();
    for (origin, reason) in [
        (None, "origin-missing"),
        (Some("null"), "origin-null"),
        (Some("https://evil.test"), "origin-mismatch"),
        (Some("https://blog.example.com"), "origin-mismatch"),
        (Some("http://app.example.com"), "origin-mismatch"),
    ] {
        http2.get(connect("/ws", origin)).assert_refused(403, reason);
    }
    let other = Request::builder()
        .method("CONNECT")
        .uri(format!("https://{HOST}/ws"))
        .extension(Protocol::from_static("connect-udp"))
        .header("origin", ORIGIN);
    http2.get(other.body(()).unwrap()).assert_refused(405, "method-refused");
    let mut old = connect("/ws", Some(ORIGIN));
    old.headers_mut().insert("sec-websocket-version", "8".parse().unwrap());
    let answer = http2.get(old);
    answer.assert_refused(400, "upgrade-malformed");
    assert_eq!(answer.header("sec-websocket-version"), Some("13"));
    upstream.assert_untouched();
    run(&mut http2, async |send| {
        let mut ready = send.clone().ready().await.unwrap();
        let (answer, _stream) = ready.send_request(connect("/ws", Some("https://partner.example.com")), false).unwrap();
        assert_eq!(answer.await.unwrap().status(), 200);
    });
}

#[test]
fn an_app_that_declines_or_misunderstands_opens_nothing() {
    let upstream = app();
    let gateway = Gateway::before(&upstream);
    let mut http2 = gateway.http2();
    let declined = http2.get(connect("/declines", Some(ORIGIN)));
    assert_eq!((declined.status, declined.text().as_str()), (403, "no"));
    http2.get(connect("/200", Some(ORIGIN))).assert_refused(502, "upstream-broken");
    http2.get(connect("/other-key", Some(ORIGIN))).assert_refused(502, "upstream-broken");
    assert_eq!(http2.get(get()).text(), "plain");
}

#[test]
fn a_stuck_app_costs_its_own_stream_alone() {
    let upstream = app();
    let gateway = Gateway::before(&upstream);
    let mut http2 = gateway.http2();
    run(&mut http2, async |send| {
        let mut stuck = Tunnel::open(&send, "/stuck").await;
        let mut other = Tunnel::open(&send, "/ws").await;
        // Far more than what ended whole connections: 2,185 unread messages of 16 bytes.
        let messages = async {
            loop {
                stuck.send.reserve_capacity(16);
                match std::future::poll_fn(|cx| stuck.send.poll_capacity(cx)).await {
                    Some(Ok(_)) => {}
                    _ => return,
                }
                if stuck.send.send_data(Bytes::from_static(b"0123456789abcdef"), false).is_err() {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        messages.await;
        let ended = stuck.receive(1).await;
        assert!(!matches!(ended, Ok(bytes) if !bytes.is_empty()));
        other.send(b"still here".to_vec()).await.unwrap();
        assert_eq!(other.receive(10).await.unwrap(), b"still here");
    });
    assert_eq!(http2.get(get()).text(), "plain");
    until("the end in the log", || gateway.log().text().contains("does not read its WebSocket").then_some(()));
    assert!(!http2.ends_within(Duration::from_millis(100)));
}

#[test]
fn an_upload_that_the_app_does_not_read_costs_its_own_stream_alone() {
    let upstream = Upstream::scripted(|app: &mut App| {
        while let Some(head) = app.head()? {
            if head.target() == "/upload" {
                // Never reads on; the gateway gives up.
                std::thread::sleep(PATIENCE);
                return Ok(());
            }
            app.ok("plain")?;
        }
        Ok(())
    });
    let gateway = Gateway::start(&Config::new(upstream.url()).limit("upstream_timeout = \"1500ms\""));
    let mut http2 = gateway.http2();
    let upload = Request::builder().method("POST").uri(format!("https://{HOST}/upload")).header("origin", ORIGIN);
    let upload = upload.body(()).unwrap();
    run(&mut http2, async |send| {
        let mut ready = send.clone().ready().await.unwrap();
        let (answer, mut body) = ready.send_request(upload, false).unwrap();
        let pouring = tokio::spawn(async move {
            // More than the windows and the buffers of both sockets hold.
            let _ = pour(&mut body, vec![b'x'; 60_000_000]).await;
        });
        for _ in 0..20 {
            let mut ready = send.clone().ready().await.unwrap();
            let (answer, _) = ready.send_request(get(), true).unwrap();
            assert_eq!(answer.await.unwrap().status(), 200);
        }
        assert_eq!(answer.await.unwrap().headers()["countersign-reason"], "upstream-timeout");
        pouring.abort();
    });
    assert_eq!(http2.get(get()).text(), "plain");
}

#[test]
fn a_denied_client_loses_its_tunnel() {
    let upstream = app();
    let config = Config::new(upstream.url()).file("denied.txt", "# nobody\n").trust("deny = \"denied.txt\"");
    let gateway = Gateway::start(&config);
    let mallory = pki::named("mallory");
    let mut http2 = Http2::connect(&TlsClient::new().credentials(mallory.clone()), gateway.address);
    run(&mut http2, async |send| {
        let mut tunnel = Tunnel::open(&send, "/ws").await;
        tunnel.send(b"before".to_vec()).await.unwrap();
        assert_eq!(tunnel.receive(6).await.unwrap(), b"before");
        gateway.replace("denied.txt", format!("sha256:{}\n", pki::fingerprint(&mallory)));
        let ended = tunnel.receive(1).await;
        assert!(!matches!(ended, Ok(bytes) if !bytes.is_empty()));
    });
    gateway.decision("client-cert-revoked");
}
