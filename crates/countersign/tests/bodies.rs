//! Bodies go through as they come: with their length where they had one, in pieces, never held
//! whole, without trailers.

use std::{
    fs,
    io::{BufRead, Read},
    sync::{Mutex, mpsc},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request};

use crate::support::{
    Config, Gateway, HOST, ORIGIN, Response, Upstream, patience::PATIENCE, response::read_chunk, upstream::App,
};

fn head(fields: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\n{fields}\r\n")
}

#[test]
fn a_form_keeps_its_length() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let form = "payee=bob&amount=1";
    let length = form.len().to_string();
    gateway
        .ask(
            &(head(&format!("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n")) + form),
        )
        .assert_from_app();
    let mut http2 = gateway.http2();
    let request = Request::post(format!("https://{HOST}/")).header("origin", ORIGIN).header("content-length", &length);
    http2.post(request.body(()).unwrap(), form, None).assert_from_app();
    for request in upstream.requests() {
        assert_eq!(request.header("content-length"), Some(length.as_str()), "WSGI takes no other body");
        assert_eq!(request.header("transfer-encoding"), None);
        assert_eq!(request.body, form.as_bytes());
    }
    gateway.ask(&head("Content-Length: 0\r\n")).assert_from_app();
    assert_eq!(upstream.last().header("content-length"), Some("0"));
    assert_eq!(upstream.last().header("transfer-encoding"), None);
    gateway.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
    assert_eq!(upstream.last().header("transfer-encoding"), None);
}

#[test]
fn http2_lengths_have_to_be_true() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::before(&upstream);
    for lengths in [&["5", "5"][..], &["1"], &["100"], &["5, 5"], &["+5"], &["x"]] {
        let mut request = Request::post(format!("https://{HOST}/")).header("origin", ORIGIN);
        for length in lengths {
            request = request.header("content-length", *length);
        }
        match gateway.http2().try_ask(request.body(()).unwrap(), Some("hello"), None) {
            Ok(response) => assert_eq!(response.status, 400, "{lengths:?}"),
            Err(error) => assert!(error.is_reset() || error.is_go_away(), "{lengths:?}: {error}"),
        }
    }
    assert_eq!(upstream.requests().len(), 0, "{}", upstream.bytes());
    gateway.assert_unharmed();
}

/// An app that tells the test each piece of an upload as it comes.
fn piecewise() -> (Upstream, mpsc::Receiver<Vec<u8>>) {
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let upstream = Upstream::scripted(move |app: &mut App| {
        let Some(head) = app.head()? else { return Ok(()) };
        assert_eq!(head.header("transfer-encoding"), Some("chunked"));
        while let Some(chunk) = app.chunk()? {
            tell.lock().unwrap().send(chunk).unwrap();
        }
        app.ok("done")
    });
    (upstream, told)
}

#[test]
fn an_upload_streams() {
    let (upstream, told) = piecewise();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    connection.send(head("Transfer-Encoding: chunked\r\n")).unwrap();
    for piece in ["first", "second", "third"] {
        connection.send(format!("{:x}\r\n{piece}\r\n", piece.len())).unwrap();
        assert_eq!(told.recv_timeout(PATIENCE).unwrap(), piece.as_bytes());
    }
    connection.send("0\r\n\r\n").unwrap();
    assert_eq!(connection.response().body, b"done");
}

#[test]
fn an_upload_streams_over_http2() {
    let (upstream, told) = piecewise();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.http2();
    let (runtime, mut send) = connection.raw();
    let request = Request::post(format!("https://{HOST}/")).header("origin", ORIGIN).body(()).unwrap();
    let (answer, mut body) = runtime.block_on(async { send.send_request(request, false) }).unwrap();
    for piece in ["first", "second"] {
        body.send_data(Bytes::from(piece), false).unwrap();
        assert_eq!(told.recv_timeout(PATIENCE).unwrap(), piece.as_bytes());
    }
    body.send_data(Bytes::new(), true).unwrap();
    let status = runtime.block_on(async { tokio::time::timeout(PATIENCE, answer).await }).unwrap().unwrap().status();
    assert_eq!(status, 200);
}

#[test]
fn an_answer_streams() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let upstream = Upstream::with(move |_, app| {
        app.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        for piece in ["first", "second"] {
            app.write(format!("{:x}\r\n{piece}\r\n", piece.len()))?;
            wait.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        }
        app.write("0\r\n\r\n")
    });
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    connection.send(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).unwrap();
    assert_eq!(connection.head().header("transfer-encoding"), Some("chunked"));
    for piece in ["first", "second"] {
        assert_eq!(read_chunk(connection.reader()).unwrap().unwrap(), piece.as_bytes());
        go.send(()).unwrap();
    }
    assert_eq!(read_chunk(connection.reader()).unwrap(), None);
}

/// Peak resident memory, from /proc.
fn peak(gateway: &Gateway) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", gateway.process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

const LARGE: usize = 64 << 20;
const BOUND: u64 = 24 << 20;

#[test]
fn a_large_upload_to_a_slow_app_needs_little_memory() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let upstream = Upstream::scripted(move |app: &mut App| {
        let Some(head) = app.head()? else { return Ok(()) };
        // Takes nothing until the client has sent what fits into all buffers on the way.
        wait.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        let mut left: usize = head.header("content-length").unwrap().parse().unwrap();
        while left > 0 {
            left -= app.read_some()?.len();
        }
        app.ok("all of it")
    });
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    let before = peak(&gateway);
    connection.send(head(&format!("Content-Length: {LARGE}\r\n"))).unwrap();
    upstream_is_reached(&upstream);
    go.send(()).unwrap();
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..LARGE / piece.len() {
        connection.send(&piece).unwrap();
    }
    assert_eq!(connection.response().body, b"all of it");
    let grown = peak(&gateway) - before;
    assert!(grown < BOUND, "{} MiB more", grown >> 20);
}

fn upstream_is_reached(upstream: &Upstream) {
    crate::support::patience::until("a connection to the app", || (upstream.connections() > 0).then_some(()));
}

#[test]
fn a_large_answer_to_a_slow_client_needs_little_memory() {
    let (tell, told) = mpsc::channel::<usize>();
    let tell = Mutex::new(tell);
    let upstream = Upstream::with(move |_, app| {
        app.write(format!("HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n"))?;
        let piece = vec![b'x'; 1 << 20];
        for n in 1..=LARGE / piece.len() {
            app.write(&piece)?;
            tell.lock().unwrap().send(n).unwrap();
        }
        Ok(())
    });
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    let before = peak(&gateway);
    connection.send(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).unwrap();
    // The client takes nothing until the app has come to a halt: all buffers are full.
    let mut written = 0;
    while let Ok(n) = told.recv_timeout(Duration::from_millis(500)) {
        written = n;
    }
    assert!(written < LARGE >> 20, "the gateway took all of it");
    let response = connection.head();
    assert_eq!(response.header("content-length"), Some(LARGE.to_string().as_str()));
    let mut left = LARGE;
    while left > 0 {
        let reader = connection.reader();
        let count = reader.fill_buf().unwrap().len();
        assert!(count > 0, "{left} bytes are missing");
        reader.consume(count);
        left -= count;
    }
    let grown = peak(&gateway) - before;
    assert!(grown < BOUND, "{} MiB more", grown >> 20);
}

#[test]
fn trailers_are_dropped() {
    let upstream = Upstream::answering(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n2\r\nok\r\n0\r\nX-Late: evil\r\nCountersign-Reason: evil\r\nSet-Cookie: evil\r\n\r\n",
    );
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    for _ in 0..2 {
        let post = head("Transfer-Encoding: chunked\r\nTrailer: X-Late\r\n")
            + "2\r\nhi\r\n0\r\nX-Late: evil\r\nContent-Length: 5\r\nHost: evil\r\n\r\n";
        // The client's end fails on any trailer.
        assert_eq!(connection.ask(&post).body, b"ok");
        assert_eq!(upstream.last().body, b"hi");
    }
    let mut trailers = HeaderMap::new();
    trailers.insert("x-late", HeaderValue::from_static("evil"));
    let request = Request::post(format!("https://{HOST}/")).header("origin", ORIGIN).body(()).unwrap();
    assert_eq!(gateway.http2().post(request, "hi", Some(trailers)).body, b"ok");
    assert_eq!(upstream.last().body, b"hi");
    assert!(!upstream.bytes().contains("evil"));
}

#[test]
fn expect_100_continue() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    connection.send(head("Content-Length: 2\r\nExpect: 100-continue\r\n")).unwrap();
    assert_eq!(connection.head().status, 100);
    connection.send("hi").unwrap();
    connection.response().assert_from_app();
    assert_eq!((upstream.last().body.as_slice(), upstream.last().header("expect")), (&b"hi"[..], None));
}

#[test]
fn answers_without_a_body() {
    let upstream = Upstream::with(|request, app| {
        let status = request.target().trim_start_matches('/').to_owned();
        match status.as_str() {
            "head" => app.write("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"),
            "304" => app.write("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 1234\r\n\r\n"),
            "204" => app.write("HTTP/1.1 204 No Content\r\n\r\n"),
            "0" => app.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            "early" => app
                .write("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            _ => {
                app.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end")?;
                app.close()
            }
        }
    });
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    let response = connection.ask(&get("/head").replace("GET", "HEAD"));
    assert_eq!((response.status, response.header("content-length")), (200, Some("1234")));
    let response = connection.ask(&get("/304"));
    assert_eq!((response.status, response.header("etag")), (304, Some("\"x\"")));
    assert_eq!(connection.ask(&get("/204")).status, 204);
    assert_eq!(connection.ask(&get("/0")).body, b"");
    // 1xx are not passed on, the answer is.
    assert_eq!(connection.ask(&get("/early")).body, b"ok");
    assert_eq!(connection.ask(&get("/close")).body, b"to the end");
    assert_eq!(connection.ask(&get("/0")).status, 200, "the connection was kept all the time");
}

#[test]
fn half_an_answer_is_not_taken_for_a_whole_one() {
    let upstream = Upstream::with(|request, app| {
        match request.target() {
            "/length" => app.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")?,
            _ => app.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")?,
        }
        app.close()
    });
    let mut gateway = Gateway::before(&upstream);
    for path in ["/length", "/chunked"] {
        let mut connection = gateway.connect();
        connection.send(format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).unwrap();
        let response = connection.try_response();
        assert!(response.is_err(), "{response:?}");
        let request = Request::get(format!("https://{HOST}{path}")).body(()).unwrap();
        assert!(gateway.http2().try_ask(request, None, None).is_err());
    }
    assert_eq!(gateway.process.ended(), None);
}

#[test]
fn an_answer_before_the_end_of_the_upload_is_passed_on() {
    let upstream = Upstream::scripted(|app: &mut App| {
        app.head()?;
        app.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")?;
        while !app.read_some()?.is_empty() {}
        Ok(())
    });
    let gateway = Gateway::start(&Config::new(upstream.url()).limit("body_timeout = \"300ms\""));
    let mut connection = gateway.connect();
    connection.send(head("Content-Length: 1000000\r\n") + "the first of it").unwrap();
    let response: Response = connection.response();
    assert_eq!((response.status, response.reason(), response.text().as_str()), (403, "", "no"));
    let mut rest = Vec::new();
    let _ = connection.reader().read_to_end(&mut rest);
    assert_eq!(rest, b"", "what is left of the upload was taken for a request");
}
