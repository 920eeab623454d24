//! Whoever is slow, on purpose or not, is let go in time; the gateway goes on.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use http::Request;

use crate::support::{Config, Gateway, HOST, ORIGIN, Upstream, patience::PATIENCE, upstream::App};

/// Longer than any limit here, and much shorter than those that hold by default.
const SOON: Duration = Duration::from_secs(8);

fn gateway(upstream: &Upstream, limit: &str) -> Gateway {
    Gateway::start(&Config::new(upstream.url()).limit(limit))
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
}

/// Reads to the end of a plain TCP connection.
fn closes(tcp: &mut TcpStream) -> bool {
    tcp.set_read_timeout(Some(PATIENCE)).unwrap();
    let begun = Instant::now();
    let mut bytes = [0; 1024];
    loop {
        match tcp.read(&mut bytes) {
            Ok(0) => return begun.elapsed() < SOON,
            Ok(_) => {}
            Err(error) => return error.kind() == std::io::ErrorKind::ConnectionReset && begun.elapsed() < SOON,
        }
    }
}

#[test]
fn a_handshake_that_does_not_come() {
    let upstream = Upstream::start();
    let mut gateway = gateway(&upstream, "handshake_timeout = \"400ms\"");
    let mut silent = TcpStream::connect(gateway.address).unwrap();
    assert!(closes(&mut silent));
    // One that begins and stalls.
    let mut half = TcpStream::connect(gateway.address).unwrap();
    half.write_all(&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc]).unwrap();
    assert!(closes(&mut half));
    gateway.log().line("it took too long");
    gateway.assert_unharmed();
}

#[test]
fn what_is_no_tls() {
    let upstream = Upstream::start();
    let mut gateway = gateway(&upstream, "handshake_timeout = \"2s\"");
    for bytes in [get("/").as_bytes(), b"SSH-2.0-x\r\n", &[0; 2_000], &[0xff; 20_000]] {
        let mut tcp = TcpStream::connect(gateway.address).unwrap();
        let _ = tcp.write_all(bytes);
        assert!(closes(&mut tcp));
    }
    upstream.assert_untouched();
    gateway.assert_unharmed();
}

#[test]
fn a_head_that_does_not_end() {
    let upstream = Upstream::start();
    let mut gateway = gateway(&upstream, "header_timeout = \"500ms\"");
    for start in ["", "G", "GET / HTTP/1.1\r\nHost: app.example.com\r\n"] {
        let mut connection = gateway.connect();
        let begun = Instant::now();
        connection.send(start).unwrap();
        assert!(connection.is_closed(), "{start:?}");
        assert!(begun.elapsed() < SOON);
    }
    // One that trickles, so that something always moves.
    let mut connection = gateway.connect();
    let begun = Instant::now();
    connection.send("GET / HTTP/1.1\r\nX: ").unwrap();
    while connection.is_silent_for(Duration::from_millis(50)) {
        connection.send_anyway("x");
        assert!(begun.elapsed() < SOON, "a trickle kept the connection");
    }
    // After an answer the same holds for the next head.
    let mut connection = gateway.connect();
    connection.ask(&get("/")).assert_from_app();
    connection.send("GET /late HTTP/1.1\r\n").unwrap();
    assert!(connection.is_closed());
    assert_eq!(upstream.targets(), ["/"]);
    gateway.assert_unharmed();
}

#[test]
fn a_connection_without_requests() {
    let upstream = Upstream::start();
    let mut gateway = gateway(&upstream, "idle_timeout = \"500ms\"");
    let mut connection = gateway.connect();
    connection.ask(&get("/")).assert_from_app();
    let begun = Instant::now();
    assert!(connection.is_closed());
    assert!(begun.elapsed() < SOON);
    let mut http2 = gateway.http2();
    http2.get(Request::get(format!("https://{HOST}/")).body(()).unwrap()).assert_from_app();
    assert!(http2.ends_within(SOON));
    gateway.assert_unharmed();
}

#[test]
fn a_slow_app_is_no_idle_connection() {
    let upstream = Upstream::with(|_, app| {
        std::thread::sleep(Duration::from_millis(900));
        app.ok("at last")
    });
    let gateway = gateway(&upstream, "idle_timeout = \"200ms\"\nheader_timeout = \"200ms\"\nbody_timeout = \"200ms\"");
    assert_eq!(gateway.ask(&get("/")).body, b"at last");
}

#[test]
fn a_body_that_stops() {
    let upstream = Upstream::start();
    let mut gateway = gateway(&upstream, "body_timeout = \"400ms\"");
    for (framing, start) in
        [("Content-Length: 10", "half"), ("Transfer-Encoding: chunked", "4\r\nhalf\r\n"), ("Content-Length: 10", "")]
    {
        let mut connection = gateway.connect();
        connection
            .send(format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\n{framing}\r\n\r\n{start}"))
            .unwrap();
        connection.response().assert_refused(408, "body-timeout");
        assert!(connection.is_closed());
    }
    assert_eq!(upstream.requests().len(), 0, "half a body was taken for a whole one");
    gateway.assert_unharmed();
}

#[test]
fn a_body_that_is_cut_off() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::before(&upstream);
    let post = |framing: &str, start: &str| {
        format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\n{framing}\r\n\r\n{start}")
    };
    for request in [post("Content-Length: 10", "half"), post("Transfer-Encoding: chunked", "4\r\nhalf\r\n")] {
        let mut connection = gateway.connect();
        connection.send(request).unwrap();
        connection.cut();
    }
    gateway.log().event("two that broke off", |_| {
        gateway.log().decisions().iter().filter(|event| event["reason"] == "body-malformed").count() == 2
    });
    assert_eq!(upstream.requests().len(), 0, "half a body was taken for a whole one");
    gateway.assert_unharmed();
}

#[test]
fn a_client_that_takes_no_answer() {
    let upstream = Upstream::with(|_, app: &mut App| {
        app.write("HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n")?;
        (0..64).try_for_each(|_| app.write(vec![b'x'; 1 << 20]))
    });
    let gateway =
        Gateway::start(&Config::new(upstream.url()).limit("body_timeout = \"500ms\"").limit("max_connections = 1"));
    let mut connection = gateway.connect();
    connection.send(get("/")).unwrap();
    // It holds the only place until it is let go; then the next one is served.
    let begun = Instant::now();
    let mut next = gateway.connect();
    next.send(get("/")).unwrap();
    assert_eq!(next.head().status, 200);
    assert!(begun.elapsed() < SOON);
}

#[test]
fn an_app_that_does_not_answer() {
    let upstream = Upstream::with(
        |request, app| {
            if request.target() == "/slow" { app.read_some().map(drop) } else { app.ok("ok") }
        },
    );
    let mut gateway = gateway(&upstream, "upstream_timeout = \"400ms\"");
    let begun = Instant::now();
    let mut connection = gateway.connect();
    connection.ask(&get("/slow")).assert_refused(504, "upstream-timeout");
    assert!(begun.elapsed() < SOON);
    let request = Request::get(format!("https://{HOST}/slow")).body(()).unwrap();
    gateway.http2().get(request).assert_refused(504, "upstream-timeout");
    assert_eq!(gateway.decision("upstream-timeout")["verdict"], "failed");
    gateway.assert_unharmed();
}

#[test]
fn a_tunnel_on_which_nothing_moves() {
    let upstream = Upstream::scripted(|app: &mut App| {
        app.head()?;
        app.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")?;
        while !app.read_some()?.is_empty() {}
        Ok(())
    });
    let gateway = gateway(&upstream, "tunnel_idle_timeout = \"500ms\"\nidle_timeout = \"200ms\"");
    let mut connection = gateway.connect();
    connection.open_websocket("/");
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(900) {
        connection.send("a").unwrap();
        assert!(connection.is_silent_for(Duration::from_millis(100)), "it ended though something moved");
    }
    assert!(connection.is_closed());
    assert!(begun.elapsed() < SOON);
}
