//! SIGTERM and SIGINT finish what is under way and end well. (SIGHUP: see `reload`.)

use std::{
    net::TcpStream,
    sync::{Mutex, mpsc},
};

use rustix::process::Signal;

use crate::support::{
    Config, Gateway, HOST, Upstream,
    patience::{PATIENCE, until},
    upstream::App,
};

fn get() -> String {
    format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
}

/// An app that answers when it is told.
fn patient() -> (Upstream, mpsc::Sender<()>) {
    let (go, wait) = mpsc::channel();
    let wait = Mutex::new(wait);
    let upstream = Upstream::with(move |_, app| {
        wait.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        app.ok("finished")
    });
    (upstream, go)
}

fn finishes_what_is_under_way(signal: Signal) {
    let (upstream, go) = patient();
    let mut gateway = Gateway::before(&upstream);
    let mut idle = gateway.connect();
    let mut connection = gateway.connect();
    connection.send(get()).unwrap();
    upstream.first();
    gateway.process.signal(signal);
    gateway.log().line("stopping");
    until("the listener to close", || TcpStream::connect(gateway.address).err());
    assert_eq!(gateway.process.ended(), None, "a request is under way");
    assert!(idle.is_closed());
    go.send(()).unwrap();
    assert_eq!(connection.response().body, b"finished");
    assert!(connection.is_closed());
    assert!(gateway.process.wait().success());
}

#[test]
fn sigterm() {
    finishes_what_is_under_way(Signal::TERM);
}

#[test]
fn sigint() {
    finishes_what_is_under_way(Signal::INT);
}

#[test]
fn what_does_not_end_is_not_waited_for_for_ever() {
    let (upstream, _go) = patient();
    let gateway = Gateway::start(&Config::new(upstream.url()).limit("drain_timeout = \"300ms\""));
    let mut connection = gateway.connect();
    connection.send(get()).unwrap();
    upstream.first();
    gateway.stop();
    assert!(connection.is_closed());
}

#[test]
fn tunnels_end() {
    let upstream = Upstream::scripted(|app: &mut App| {
        app.head()?;
        app.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")?;
        while !app.read_some()?.is_empty() {}
        Ok(())
    });
    let gateway = Gateway::before(&upstream);
    let mut connection = gateway.connect();
    connection.open_websocket("/");
    gateway.stop();
    assert!(connection.is_closed());
}
