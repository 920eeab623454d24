//! What one HTTP/2 connection can ask for at once is limited, and one that abuses it harms nobody
//! else.

use std::sync::{Mutex, mpsc};

use bytes::Bytes;
use http::Request;

use crate::support::{
    Config, Gateway, HOST, ORIGIN, Upstream,
    patience::{PATIENCE, until},
};

fn get() -> Request<()> {
    Request::get(format!("https://{HOST}/")).body(()).unwrap()
}

#[test]
fn streams_at_once_are_limited() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let upstream = Upstream::with(move |_, app| {
        wait.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        app.ok("ok")
    });
    let gateway = Gateway::start(&Config::new(upstream.url()).limit("max_streams = 3"));
    let mut connection = gateway.http2();
    // Its settings come with the first answer; who asks for more before is told to try again.
    go.send(()).unwrap();
    connection.get(get()).assert_from_app();
    let (runtime, send) = connection.raw();
    let asked: Vec<_> = (0..6)
        .map(|_| {
            let send = send.clone();
            runtime.spawn(async move {
                let mut ready = send.ready().await.unwrap();
                let (answer, _) = ready.send_request(get(), true).unwrap();
                answer.await.unwrap().status()
            })
        })
        .collect();
    until("three requests at the app", || (upstream.connections() == 3).then_some(()));
    for _ in 0..6 {
        go.send(()).unwrap();
    }
    for answer in asked {
        assert_eq!(runtime.block_on(answer).unwrap(), 200);
    }
    // The others came when there was room, over the connections that there were.
    assert_eq!((upstream.requests().len(), upstream.connections()), (7, 3));
}

/// Rapid reset (CVE-2023-44487): each stream is cancelled as soon as it was opened.
#[test]
fn rapid_resets_end_the_connection() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::before(&upstream);
    let mut connection = gateway.http2();
    let (runtime, send) = connection.raw();
    let ended = runtime.block_on(async {
        for _ in 0..5_000 {
            let Ok(mut ready) = send.clone().ready().await else { return true };
            let request = Request::post(format!("https://{HOST}/")).header("origin", ORIGIN).body(()).unwrap();
            let Ok((answer, mut body)) = ready.send_request(request, false) else { return true };
            let _ = body.send_data(Bytes::from_static(b"x"), false);
            body.send_reset(h2::Reason::CANCEL);
            drop(answer);
            tokio::task::yield_now().await;
        }
        false
    });
    let reached = upstream.connections();
    assert!(ended || reached < 5_000, "five thousand requests were taken up");
    gateway.assert_unharmed();
}
