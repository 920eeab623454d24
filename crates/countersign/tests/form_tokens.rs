//! `token = "django"`: an unsafe request gets to the app with Django's token only, and its body byte
//! for byte. What the app would make of a form is what was judged.

use std::{fmt::Write as _, sync::mpsc, time::Duration};

use http::Request;

use crate::support::{Config, Gateway, HOST, ORIGIN, Upstream, patience::PATIENCE, upstream::App};

const SECRET: &str = "b3Xq9Lw2Vt7Rz1Kp5Nd8Hs4Jc6Gm0FyA";
/// The secret under a mask, as a page has it.
const TOKEN: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab3Xq9Lw2Vt7Rz1Kp5Nd8Hs4Jc6Gm0FyA";
/// Somebody else's.
const OTHER: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaq3Xq9Lw2Vt7Rz1Kp5Nd8Hs4Jc6Gm0FyA";
const URLENCODED: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const MULTIPART: &str = "Content-Type: multipart/form-data; boundary=XyZ\r\n";
const LIMIT: usize = 65_536;

fn gateway(upstream: &Upstream) -> Gateway {
    // Cookies as the test writes them; `django_token` has bound ones.
    let config = Config::new(upstream.url()).site("bind_cookies = []").route("path = \"/\"\ntoken = \"django\"");
    Gateway::start(&config.limit("max_form_bytes = 65536").limit("body_timeout = \"600ms\""))
}

fn cookie() -> String {
    format!("Cookie: sessionid=x; csrftoken={SECRET}\r\n")
}

/// A page's request; its cookie and content type are among the fields.
fn head(method: &str, fields: &str) -> String {
    format!("{method} /p HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nSec-Fetch-Site: same-origin\r\n{fields}\r\n")
}

fn post(fields: &str, body: &str) -> String {
    head("POST", &format!("{fields}Content-Length: {}\r\n", body.len())) + body
}

fn field(name: &str, value: &str) -> String {
    format!("--XyZ\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
}

fn file(size: usize) -> String {
    let head = "--XyZ\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.bin\"\r\n\r\n";
    let mut content = String::new();
    while content.len() < size {
        write!(content, "{}--Xy\r\n", content.len()).unwrap();
    }
    format!("{head}{content}\r\n")
}

fn token_field(value: &str) -> String {
    field("csrfmiddlewaretoken", value)
}

#[test]
fn what_bears_its_token_reaches_the_app_byte_for_byte() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let script = format!("Content-Type: application/json\r\nX-CSRFToken: {SECRET}\r\n");
    let mut connection = gateway.connect();
    for (fields, body) in [
        (URLENCODED, format!("payee=bob&csrfmiddlewaretoken={TOKEN}&note=%zz+")),
        (URLENCODED, format!("csrfmiddlewaretoken={OTHER}&csrfmiddlewaretoke%6e={TOKEN}")),
        (MULTIPART, format!("{}{}--XyZ--\r\n", token_field(TOKEN), file(3000))),
        (MULTIPART, format!("{}{}--XyZ--\r\nepilogue", file(LIMIT - 3000), token_field(TOKEN))),
        (&script, "{\"payee\": \"bob\"}".to_owned()),
    ] {
        connection.ask(&post(&(cookie() + fields), &body)).assert_from_app();
        let received = upstream.last();
        assert!(received.body == body.as_bytes(), "{fields}");
        assert_eq!(received.header("content-length"), Some(body.len().to_string().as_str()));
        assert_eq!(received.header("transfer-encoding"), None);
    }
    connection.ask(&(head("DELETE", &format!("{}X-CSRFToken: {TOKEN}\r\n", cookie())))).assert_from_app();
    connection.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
    let mut http2 = gateway.http2();
    let body = format!("a=b&csrfmiddlewaretoken={TOKEN}");
    let request = Request::post(format!("https://{HOST}/p")).header("origin", ORIGIN);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    // Browsers split their cookies, and some say no length.
    let request = request.header("cookie", "sessionid=x").header("cookie", format!("csrftoken={SECRET}"));
    http2.post(request.body(()).unwrap(), &body, None).assert_from_app();
    assert_eq!(upstream.last().header("content-length"), Some(body.len().to_string().as_str()));
    assert_eq!(upstream.last().body, body.as_bytes());
}

#[test]
fn what_does_not_is_refused_and_the_app_hears_nothing() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let mut connection = gateway.connect();
    let form = |token: &str| format!("payee=bob&csrfmiddlewaretoken={token}");
    let with = |fields: &str| cookie() + fields;
    let header = |token: &str| format!("X-CSRFToken: {token}\r\n");
    let in_file = "--XyZ\r\nContent-Disposition: form-data; name=\"csrfmiddlewaretoken\"; filename=\"a\"\r\n\r\n";
    for (fields, body, status, reason) in [
        (with(URLENCODED), form(OTHER), 403, "csrf-token-incorrect"),
        (with(URLENCODED), form("short"), 403, "csrf-token-malformed"),
        (with(URLENCODED), "payee=bob".into(), 403, "csrf-token-missing"),
        (URLENCODED.into(), form(TOKEN), 403, "csrf-cookie-missing"),
        (format!("Cookie: csrftoken=x\r\n{URLENCODED}"), form(TOKEN), 403, "csrf-cookie-malformed"),
        (with(URLENCODED), format!("{}&csrfmiddlewaretoken={OTHER}", form(TOKEN)), 403, "csrf-token-incorrect"),
        (with(&(header(TOKEN) + URLENCODED)), form(OTHER), 403, "csrf-token-incorrect"),
        (with(&header(OTHER)), "{}".into(), 403, "csrf-token-incorrect"),
        (with(&(header(TOKEN) + &header(TOKEN))), "{}".into(), 403, "csrf-token-malformed"),
        (with("Content-Type: text/plain\r\n"), form(TOKEN), 403, "csrf-token-missing"),
        (with(MULTIPART), format!("{in_file}{TOKEN}\r\n--XyZ--\r\n"), 403, "csrf-token-missing"),
        (with(MULTIPART), token_field(TOKEN).trim_end().to_owned() + "\r\n-", 403, "csrf-token-malformed"),
        (with("Content-Type: multipart/form-data\r\n"), form(TOKEN), 400, "csrf-form-malformed"),
        (with(URLENCODED), form(TOKEN) + &"&a".repeat(1000), 400, "csrf-form-malformed"),
    ] {
        let refused = connection.ask(&post(&fields, &body));
        refused.assert_refused(status, reason);
        assert!(!refused.text().contains(SECRET), "a secret is told: {}", refused.text());
    }
    connection.ask(&head("PUT", &cookie())).assert_refused(403, "csrf-token-missing");
    // The Origin comes first, whatever the token.
    let forged = post(&with(URLENCODED), &form(TOKEN)).replace(ORIGIN, "https://evil.test");
    connection.ask(&forged.replace("same-origin", "cross-site")).assert_refused(403, "origin-mismatch");
    upstream.assert_untouched();
    let log = gateway.log().text();
    assert!(log.contains("csrf-token-incorrect") && !log.contains(SECRET), "{log}");
}

#[test]
fn a_chunked_form_is_passed_on_with_its_length() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let fields = cookie() + URLENCODED + "Transfer-Encoding: chunked\r\n";
    let mut connection = gateway.connect();
    let (first, second) = (format!("a=b&csrfmiddlewaretoken={}", &TOKEN[..10]), &TOKEN[10..]);
    let chunk = |piece: &str| format!("{:x}\r\n{piece}\r\n", piece.len());
    connection.send(head("POST", &fields) + &chunk(&first)).unwrap();
    connection.send(chunk(second) + "0\r\nX-Late: y\r\n\r\n").unwrap();
    connection.response().assert_from_app();
    let received = upstream.last();
    assert_eq!(received.body, [first.as_bytes(), second.as_bytes()].concat());
    assert_eq!(received.header("content-length"), Some(received.body.len().to_string().as_str()));
    assert_eq!(received.header("transfer-encoding"), None);
    connection.ask(&(head("POST", &fields) + "0\r\n\r\n")).assert_refused(403, "csrf-token-missing");
    // One that cannot be held would be an empty one to WSGI.
    let body = format!("csrfmiddlewaretoken={TOKEN}&a={}", "x".repeat(LIMIT));
    connection.send_anyway(head("POST", &fields) + &chunk(&body) + "0\r\n\r\n");
    connection.response().assert_refused(413, "csrf-form-too-large");
    assert_eq!(upstream.requests().len(), 1);
}

#[test]
fn of_a_large_form_the_beginning_or_the_header_is_judged() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let end = "--XyZ--\r\n";
    let header = format!("X-CSRFToken: {TOKEN}\r\n");
    for (fields, body) in [
        (cookie() + MULTIPART, format!("{}{}{end}", token_field(TOKEN), file(900_000))),
        (cookie() + URLENCODED, format!("csrfmiddlewaretoken={TOKEN}&a={}", "x".repeat(500_000))),
        // The same one again, from another form of the page.
        (cookie() + MULTIPART, format!("{}{}{}{end}", token_field(TOKEN), file(300_000), token_field(TOKEN))),
        (cookie() + &header + MULTIPART, format!("{}{end}", file(300_000))),
        (cookie() + &header + MULTIPART, format!("{}{}{}{end}", file(300_000), token_field(TOKEN), file(90_000))),
    ] {
        gateway.ask(&post(&fields, &body)).assert_from_app();
        assert!(upstream.last().body == body.as_bytes(), "{fields}");
        assert_eq!(upstream.last().header("content-length"), Some(body.len().to_string().as_str()));
    }
    let passed = upstream.requests().len();
    // Only as much is sent as the gateway reads.
    for (fields, begun, length, status, reason) in [
        (MULTIPART, file(LIMIT), 300_000, 413, "csrf-form-too-large"),
        (MULTIPART, token_field(OTHER) + &file(LIMIT), 300_000, 403, "csrf-token-incorrect"),
        (URLENCODED, String::new(), 2_621_441, 413, "csrf-form-too-large"),
    ] {
        let mut connection = gateway.connect();
        connection.send_anyway(head("POST", &format!("{}{fields}Content-Length: {length}\r\n", cookie())) + &begun);
        connection.response().assert_refused(status, reason);
    }
    assert_eq!(upstream.requests().len(), passed);
}

#[test]
fn a_later_token_that_was_not_judged_never_reaches_the_app() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream);
    let header = format!("X-CSRFToken: {TOKEN}\r\n");
    // Before the last piece the app may have begun to read; what it gets has no second token.
    for (fields, first) in [(cookie() + MULTIPART, token_field(TOKEN)), (cookie() + &header + MULTIPART, String::new())]
    {
        let body = format!("{first}{}{}--XyZ--\r\n", file(200_000), token_field(OTHER));
        let mut connection = gateway.connect();
        connection.send_anyway(post(&fields, &body));
        connection.response().assert_refused(400, "csrf-form-malformed");
    }
    let body = format!("csrfmiddlewaretoken={TOKEN}&a={}&csrfmiddlewaretoken={OTHER}&b=c", "x".repeat(200_000));
    let mut connection = gateway.connect();
    connection.send_anyway(post(&(cookie() + URLENCODED), &body));
    connection.response().assert_refused(400, "csrf-form-malformed");
    assert_eq!(upstream.requests().len(), 0, "none came whole");
    assert!(!upstream.bytes().contains(OTHER), "the app has seen it");
    gateway.decision("csrf-form-malformed");
}

#[test]
fn a_large_form_streams_on_and_holds_back_what_may_be_a_token() {
    let (tell, told) = mpsc::channel();
    let tell = std::sync::Mutex::new(tell);
    let upstream = Upstream::scripted(move |app: &mut App| {
        app.head()?;
        loop {
            let bytes = app.read_some()?;
            if bytes.is_empty() || tell.lock().unwrap().send(bytes).is_err() {
                return Ok(());
            }
        }
    });
    let gateway = gateway(&upstream);
    let first = format!("csrfmiddlewaretoken={TOKEN}&a={}", "x".repeat(LIMIT));
    let rest = ["&b=c&csrfmidd", "lewaretoken", "=", OTHER];
    let length = first.len() + rest.iter().map(|piece| piece.len()).sum::<usize>() + 10;
    let mut connection = gateway.connect();
    connection.send(head("POST", &format!("{}{URLENCODED}Content-Length: {length}\r\n", cookie())) + &first).unwrap();
    let mut received = Vec::new();
    while received.len() < first.len() {
        received.extend(told.recv_timeout(PATIENCE).unwrap());
    }
    assert!(received == first.as_bytes(), "what was judged goes on before the rest has come");
    for piece in rest {
        connection.send(piece).unwrap();
    }
    assert!(told.recv_timeout(Duration::from_millis(200)).is_err(), "not a byte of the field");
    // It stops here: the request ends, and the app never gets it.
    connection.response().assert_refused(408, "body-timeout");
    assert!(told.recv_timeout(Duration::from_millis(200)).is_err());
}

#[test]
fn a_form_that_stops_or_is_waited_for() {
    let upstream = Upstream::start();
    let mut gateway = gateway(&upstream);
    let fields = cookie() + URLENCODED;
    let mut connection = gateway.connect();
    connection.send(head("POST", &(fields.clone() + "Content-Length: 100\r\n")) + "csrfmiddle").unwrap();
    connection.response().assert_refused(408, "body-timeout");
    assert!(connection.is_closed());
    upstream.assert_untouched();
    // The gateway asks for the body itself.
    let body = format!("csrfmiddlewaretoken={TOKEN}");
    let expects = format!("{fields}Expect: 100-continue\r\nContent-Length: {}\r\n", body.len());
    let mut connection = gateway.connect();
    connection.send(head("POST", &expects)).unwrap();
    assert_eq!(connection.head().status, 100);
    connection.send(&body).unwrap();
    connection.response().assert_from_app();
    assert_eq!(upstream.last().body, body.as_bytes());
    // But not for one that it will not read.
    let mut connection = gateway.connect();
    let expects = format!("{}{URLENCODED}Expect: 100-continue\r\nContent-Length: 9000000\r\n", cookie());
    connection.send(head("POST", &expects)).unwrap();
    connection.response().assert_refused(413, "csrf-form-too-large");
    gateway.assert_unharmed();
}

#[test]
fn who_is_not_asked_for_a_token() {
    let upstream = Upstream::start();
    let config = Config::new(upstream.url())
        .route("path = \"/\"\ntoken = \"django\"")
        .route("path = \"/any/\"\naudience = \"any\"\ntoken = \"django\"")
        .route("path = \"/off/\"");
    let gateway = Gateway::start(&config);
    let program =
        format!("POST /any/x HTTP/1.1\r\nHost: {HOST}\r\nCountersign-Client: t\r\nContent-Length: 2\r\n\r\n{{}}");
    gateway.ask(&program).assert_from_app();
    gateway.ask(&post("", "").replace("/p ", "/off/p ")).assert_from_app();
    gateway.ask(&post("", "").replace("/p ", "/any/p ")).assert_refused(403, "csrf-cookie-missing");
    gateway.ask(&format!("OPTIONS / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
}
