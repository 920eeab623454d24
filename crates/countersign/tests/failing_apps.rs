//! An app that is down, or answers with something that is no answer: 502 with a reason, and the
//! next request is served.

use std::net::TcpListener;

use http::Request;

use crate::support::{Config, Gateway, HOST, ORIGIN, Upstream};

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
}

#[test]
fn one_that_is_down() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let gateway = Gateway::start(&Config::new(format!("http://127.0.0.1:{port}")));
    let mut connection = gateway.connect();
    for _ in 0..2 {
        connection.ask(&get("/")).assert_refused(502, "upstream-unreachable");
    }
    let post = format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nContent-Length: 2\r\n\r\nhi");
    gateway.ask(&post).assert_refused(502, "upstream-unreachable");
    let request = Request::get(format!("https://{HOST}/")).body(()).unwrap();
    let response = gateway.http2().get(request);
    response.assert_refused(502, "upstream-unreachable");
    assert!(!response.text().contains(&port.to_string()), "the upstream is nobody's business");
    assert_eq!(gateway.decision("upstream-unreachable")["verdict"], "failed");

    // It comes up.
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nup").unwrap();
        let _ = stream.read(&mut [0; 16]);
    });
    assert_eq!(connection.ask(&get("/")).body, b"up");
}

#[test]
fn a_socket_that_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let gateway = Gateway::start(&Config::new(format!("unix:{}/none.sock", dir.path().display())));
    gateway.ask(&get("/")).assert_refused(502, "upstream-unreachable");
}

#[test]
fn one_that_answers_with_something_else() {
    for answer in [
        "this is no HTTP\r\n\r\n",
        "\0\0\0\0",
        "HTTP/1.1 two hundred\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX\0: y\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nX: half",
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
    ] {
        let upstream = Upstream::with(move |request, app| {
            if request.target() == "/unharmed" {
                return app.ok("ok");
            }
            app.write(answer)?;
            app.close()
        });
        let mut gateway = Gateway::before(&upstream);
        let mut connection = gateway.connect();
        connection.ask(&get("/")).assert_refused(502, "upstream-broken");
        gateway.assert_unharmed();
    }
}

#[test]
fn one_that_closes() {
    let upstream =
        Upstream::with(|request, app| if request.target() == "/unharmed" { app.ok("ok") } else { app.close() });
    let mut gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    connection.ask(&get("/")).assert_refused(502, "upstream-broken");
    let post = format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nContent-Length: 2\r\n\r\nhi");
    gateway.ask(&post).assert_refused(502, "upstream-broken");
    assert_eq!(upstream.targets(), ["/", "/"], "what was sent once is not sent again");
    gateway.assert_unharmed();
}

/// An answer in two ways of counting must not leave a second one for the next client.
#[test]
fn one_that_smuggles_an_answer() {
    let upstream = Upstream::with(|_, app| {
        app.write(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\nX-Second: yes\r\n\r\nstolen",
        )
    });
    let gateway = Gateway::before(&upstream);
    for _ in 0..5 {
        let response = gateway.ask(&get("/"));
        assert!(response.status == 502 || response.body == b"ok", "{response:?}");
        assert_eq!(response.header("x-second"), None);
    }
}
