//! http in clear leads to https, and nothing else is done there.

use std::{
    io::{BufReader, Write},
    net::{SocketAddr, TcpStream},
};

use crate::support::{Config, Gateway, HOST, Response, Upstream};

fn gateway(upstream: &Upstream, line: &str) -> Gateway {
    Gateway::start(&Config::new(upstream.url()).listens("http = [\"127.0.0.1:0\"]").site(line))
}

fn ask(address: SocketAddr, request: &str) -> Response {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let mut response = Response::read_head(&mut reader).unwrap().unwrap();
    response.read_body(&mut reader).unwrap();
    response
}

#[test]
fn get_and_head_are_sent_on() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "");
    let (http, https) = (gateway.http(), gateway.address.port());
    let asked = http.port();
    for (request, location) in [
        // A mapping in front: the client asked port 80, so https is on its default port too.
        (format!("GET /a%20b/?c=d HTTP/1.1\r\nHost: {HOST}\r\n\r\n"), format!("https://{HOST}/a%20b/?c=d")),
        (format!("GET / HTTP/1.1\r\nHost: {HOST}:{asked}\r\n\r\n"), format!("https://{HOST}:{https}/")),
        (format!("HEAD /x HTTP/1.1\r\nHost: {HOST}\r\n\r\n"), format!("https://{HOST}/x")),
    ] {
        let answer = ask(http, &request);
        assert_eq!((answer.status, answer.header("location")), (308, Some(location.as_str())), "{request}");
        // It would be worth nothing in clear (RFC 6797 section 7.2).
        assert_eq!(answer.header("strict-transport-security"), None);
    }
    upstream.assert_untouched();
}

#[test]
fn everything_else_is_refused() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "");
    let http = gateway.http();
    for (request, status, reason) in [
        (format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 3\r\n\r\na=b"), 403, "https-required"),
        (format!("OPTIONS / HTTP/1.1\r\nHost: {HOST}\r\n\r\n"), 403, "https-required"),
        // No open redirect.
        ("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n".into(), 421, "misdirected-request"),
        (format!("GET //evil.example/ HTTP/1.1\r\nHost: {HOST}\r\n\r\n"), 400, "path-ambiguous"),
        (format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nHost: evil.example\r\n\r\n"), 400, "header-duplicate"),
        ("GET / HTTP/1.1\r\n\r\n".into(), 400, "host-missing"),
    ] {
        let answer = ask(http, &request);
        answer.assert_refused(status, reason);
        assert_eq!(answer.header("location"), None);
    }
    upstream.assert_untouched();
}

#[test]
fn browsers_are_told_to_use_https_alone() {
    let hsts =
        |gateway: &Gateway, request: &str| gateway.ask(request).header("strict-transport-security").map(String::from);
    let (get, refused) = (
        format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n"),
        format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 0\r\n\r\n"),
    );
    let upstream = Upstream::start();
    let year = Some("max-age=31536000".to_owned());
    let redirects = gateway(&upstream, "");
    assert_eq!((hsts(&redirects, &get), hsts(&redirects, &refused)), (year.clone(), year));
    assert_eq!(hsts(&gateway(&upstream, "hsts = 60"), &get), Some("max-age=60".into()));
    assert_eq!(hsts(&gateway(&upstream, "hsts = 0"), &get), None);
    assert_eq!(hsts(&Gateway::before(&upstream), &get), None, "http of the host may be another server's");

    let app = Upstream::answering(
        "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=1; preload\r\nContent-Length: 0\r\n\r\n",
    );
    assert_eq!(hsts(&gateway(&app, ""), &get), Some("max-age=1; preload".into()), "what the app says stands");
}
