//! Connections to the app are kept, shared, and given up in time.

use std::{
    io,
    sync::{Mutex, mpsc},
};

use crate::support::{Config, Gateway, HOST, ORIGIN, Upstream, patience::PATIENCE};

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
}

#[test]
fn are_kept() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    for n in 0..50 {
        connection.ask(&get(&format!("/{n}"))).assert_from_app();
    }
    let post = format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nContent-Length: 2\r\n\r\nhi");
    connection.ask(&post).assert_from_app();
    // A refusal in between costs nothing.
    connection.ask(&get("//")).assert_refused(400, "path-ambiguous");
    connection.ask(&get("/last")).assert_from_app();
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn are_shared_by_clients_of_one_worker() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    for _ in 0..20 {
        gateway.ask(&get("/")).assert_from_app();
    }
    assert!(upstream.connections() <= 2, "{} connections, one per worker was expected", upstream.connections());
}

#[test]
fn go_over_a_unix_socket() {
    let dir = tempfile::tempdir().unwrap();
    let upstream = Upstream::on_socket(&dir.path().join("app.sock"));
    let gateway = Gateway::start(&Config::new(upstream.url()));
    let mut connection = gateway.connect();
    for _ in 0..3 {
        connection.ask(&get("/socket")).assert_from_app();
    }
    assert_eq!((upstream.connections(), upstream.last().target()), (1, "/socket"));
    assert_eq!(upstream.last().header("host"), Some(HOST));
}

/// gunicorn's keep-alive is 2 s, and sync workers have none.
#[test]
fn an_app_that_closes_them_loses_no_request() {
    let (tell, closed) = mpsc::channel();
    let tell = Mutex::new(tell);
    let upstream = Upstream::with(move |_, app| {
        app.ok("ok")?;
        app.close()?;
        tell.lock().unwrap().send(()).map_err(io::Error::other)
    });
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    for n in 0..30 {
        for request in [
            get(&format!("/{n}")),
            format!("POST /{n} HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nContent-Length: 2\r\n\r\nhi"),
        ] {
            connection.ask(&request).assert_from_app();
            closed.recv_timeout(PATIENCE).unwrap();
        }
    }
    assert_eq!(upstream.requests().len(), 60, "each request came once");
}

#[test]
fn an_app_that_says_close_is_believed() {
    let upstream =
        Upstream::with(|_, app| app.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"));
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    for _ in 0..3 {
        connection.ask(&get("/")).assert_from_app();
    }
    assert_eq!(upstream.connections(), 3);
}
