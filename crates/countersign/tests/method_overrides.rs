//! A request that asks for another method than its own: the header does not reach the app, and both header
//! and `_method` are noticed.

use crate::support::{Config, Gateway, HOST, ORIGIN, Upstream, patience::until};

#[test]
fn overrides_are_noticed_and_headers_dropped() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(&Config::new(upstream.url()).admin());
    for (target, header) in [
        ("/a", "X-HTTP-Method-Override: DELETE"),
        ("/b", "X-Method-Override: DELETE"),
        ("/c", "X-HTTP-Method: SECRET"),
        ("/d?x=1&_method=SECRET", "X-Plain: 1"),
        ("/e?method=DELETE", "X-Plain: 1"),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {HOST}\r\n{header}\r\n\r\n");
        gateway.ask(&request).assert_from_app();
        let received = upstream.last();
        assert_eq!(received.target(), target);
        for name in ["x-http-method-override", "x-method-override", "x-http-method"] {
            assert_eq!(received.header(name), None, "{target}");
        }
    }
    // A foreign page's is refused as the POST that it is.
    let forged = format!(
        "POST /f HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://evil.example\r\nX-HTTP-Method-Override: GET\r\nContent-Length: 0\r\n\r\n"
    );
    gateway.ask(&forged).assert_refused(403, "origin-mismatch");
    let honest = format!("POST /g HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nContent-Length: 0\r\n\r\n");
    gateway.ask(&honest).assert_from_app();
    let noticed = || {
        let events = gateway.log().events();
        let by: Vec<_> = events.iter().filter(|event| event["target"] == "countersign::override").cloned().collect();
        (by.len() == 5).then_some(by)
    };
    let events = until("five notices", noticed);
    let by: Vec<_> = events.iter().map(|event| event["by"].as_str().unwrap()).collect();
    assert_eq!(
        by,
        ["x-http-method-override", "x-method-override", "x-http-method", "_method", "x-http-method-override"]
    );
    assert!(events.iter().all(|event| !event.to_string().contains("SECRET")));
    assert_eq!(gateway.admin().metrics().get(&format!("countersign_method_overrides_total{{site=\"{HOST}\"}}")), 5.0);
}
