//! What one HTTP/2 connection can ask for at once is limited, and one that abuses it harms nobody
//! else.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::Request;

use crate::support::{Config, Gateway, HOST, ORIGIN, Upstream};

fn get(path: &str) -> Request<()> {
    Request::get(format!("https://{HOST}{path}")).body(()).unwrap()
}

#[test]
fn streams_at_once_are_limited() {
    let (busy, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, peak) = (Arc::clone(&busy), Arc::clone(&most));
    let upstream = Upstream::with(move |request, app| {
        peak.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
        if request.target() == "/held" {
            // Until the three are there, or a fourth had its chance.
            let begun = Instant::now();
            while peak.load(SeqCst) < 4 && begun.elapsed() < Duration::from_millis(300) {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        now.fetch_sub(1, SeqCst);
        app.ok("ok")
    });
    let gateway = Gateway::start(&Config::new(upstream.url()).limit("max_streams = 3"));
    let mut connection = gateway.http2();
    // Its settings come with the first answer; who asks for more before is told to try again.
    connection.get(get("/")).assert_from_app();
    let (runtime, send) = connection.raw();
    let asked: Vec<_> = (0..6)
        .map(|_| {
            let send = send.clone();
            runtime.spawn(async move {
                let mut ready = send.ready().await.unwrap();
                let (answer, _) = ready.send_request(get("/held"), true).unwrap();
                answer.await.unwrap().status()
            })
        })
        .collect();
    for answer in asked {
        assert_eq!(runtime.block_on(answer).unwrap(), 200);
    }
    assert_eq!((upstream.requests().len(), most.load(SeqCst), busy.load(SeqCst)), (7, 3, 0));
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
