//! The header firewall before real servers, with all formats on: a Django app that tells everything
//! it got is asked with every spelling of every protected name, and sees what it sees of the same
//! request without them.
//!
//! Each server has its own reading of names: gunicorn maps `X_SSL_Client_Verify` into the variable
//! of `X-SSL-Client-Verify` when told to, uvicorn hands names on as they are. That the app would
//! see them without the gateway is shown first.

use countersign_gateway::FORMATS;
use http::{HeaderMap, HeaderName, HeaderValue, Request};

use crate::support::{
    Config, Gateway, HOST, Http2, ORIGIN, TlsClient,
    echo::{Echo, Seen, Server},
    pki, spellings,
};

const CANARY: &str = "canary-9e3779b9";
const ALL: &str = "\"rfc9440\", \"xfcc\", \"nginx\", \"django\", \"alb\", \"traefik\"";

/// Alice with a CA below the trusted one, or nobody.
fn client(known: bool) -> TlsClient {
    if known { TlsClient::new().credentials(pki::below(1)) } else { TlsClient::new() }
}

fn holds_on(server: Server) {
    let echo = Echo::on(server);
    the_app_sees_them_without_the_gateway(server, &echo);
    let config = Config::new(format!("http://{}", echo.address))
        .formats(ALL)
        .mode("optional")
        .site(&format!("protected_headers = [\"{}\"]", spellings::OWN))
        .limit("max_headers = 500")
        .limit("max_header_bytes = 131072");
    let gateway = Gateway::start(&config);
    for known in [false, true] {
        let client = client(known);
        over_http1(&gateway, &client, known, chunked(server));
        over_http2(&gateway, &client, known);
    }
    the_largest_certificate_is_understood(&echo);
}

/// What the app reads of the chunked body `ok`. Under WSGI Django reads as much as Content-Length
/// says, and there is none.
fn chunked(server: Server) -> &'static str {
    match server {
        Server::Uvicorn | Server::Daphne => "ok",
        Server::Gunicorn | Server::Runserver => "",
    }
}

/// What is tested here could fail.
fn the_app_sees_them_without_the_gateway(server: Server, echo: &Echo) {
    let request = |lines: &str| format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n{lines}\r\n");
    for name in spellings::stamped() {
        let seen = echo.ask(&request(&format!("{name}: {CANARY}\r\n")));
        let variable = format!("HTTP_{}", name.to_ascii_uppercase().replace('-', "_"));
        assert_eq!(seen.meta[&variable], CANARY);
        let seen = echo.ask(&request(&format!("{}: {CANARY}\r\n", name.replacen('-', "_", 1))));
        match server {
            Server::Gunicorn => assert_eq!(seen.meta[&variable], CANARY),
            Server::Uvicorn => assert!(seen.text.contains(CANARY), "{seen:?}"),
            // Both drop such names since the advisories.
            Server::Daphne | Server::Runserver => {}
        }
    }
}

/// That the stamps are there and are the gateway's.
fn assert_stamped(seen: &Seen, known: bool) {
    let get = |name: &str| seen.meta.get(&format!("HTTP_{}", name.to_ascii_uppercase().replace('-', "_")));
    for name in spellings::stamped() {
        assert_eq!(get(name).is_some(), known || name == "X-SSL-Client-Verify", "{name}: {seen:?}");
    }
    assert_eq!(get("X-SSL-Client-Verify").unwrap(), if known { "SUCCESS" } else { "NONE" });
    let subject = known.then_some("CN=alice,O=Example");
    for name in ["X-SSL-Client-S-DN", "SSL-Client-Cert-Subject", "X-Amzn-Mtls-Clientcert-Subject"] {
        assert_eq!(get(name).map(String::as_str), subject, "{name}");
    }
    assert_eq!(get("Host").unwrap(), HOST);
    for (name, value) in [
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", HOST),
        ("X-Forwarded-Port", "443"),
        ("Forwarded", "for=127.0.0.1;host=\"app.example.com\";proto=https"),
    ] {
        assert_eq!(get(name).unwrap(), value, "{name}");
    }
    assert_eq!(get("Countersign-Request-Id").unwrap().len(), 32);
}

#[track_caller]
fn assert_same(seen: Seen, expected: &Seen, names: &[String]) {
    assert!(!seen.text.contains(CANARY), "{names:?}\n{}", seen.text);
    assert_eq!(&seen.steady(), expected, "{names:?}");
}

fn lines(names: &[String]) -> String {
    names.iter().map(|name| format!("{name}: {CANARY}\r\n")).collect()
}

fn over_http1(gateway: &Gateway, client: &TlsClient, known: bool, body: &str) {
    let mut connection = client.connect(gateway.address);
    // A WSGI server that closes on a chunked body which nobody read resets the connection, and now
    // and then its answer is lost with it.
    let mut ask = |request: &str| {
        let answer = (0..5).map(|_| connection.ask(request)).find(|answer| answer.status != 502);
        Seen::from(&answer.expect("five answers were lost"))
    };
    let get = |lines: &str| format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{lines}\r\n");
    let post = |names: &[String]| {
        format!(
            "POST / HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n{}\r\n",
            lines(names)
        )
    };
    let seen = ask(&get(""));
    assert_stamped(&seen, known);
    let expected_get = seen.steady();
    let seen = ask(&post(&[]));
    assert_eq!(seen.body, body);
    let expected_post = seen.steady();
    for names in spellings::pieces(150, 17) {
        let nominated = format!("Connection: {}, {}\r\n", spellings::stamped().join(", "), names.join(","));
        assert_same(ask(&get(&(lines(&names) + &nominated))), &expected_get, &names);
        let seen = ask(&post(&names));
        assert_eq!(seen.body, body);
        assert_same(seen, &expected_post, &names);
    }
}

fn over_http2(gateway: &Gateway, client: &TlsClient, known: bool) {
    let mut connection = Http2::connect(client, gateway.address);
    let mut ask = |headers: HeaderMap, trailers: Option<HeaderMap>| {
        let mut request = Request::post(format!("https://{HOST}/"))
            .header("origin", ORIGIN)
            .header("content-length", "2")
            .body(())
            .unwrap();
        request.headers_mut().extend(headers);
        let seen = Seen::from(&connection.post(request, "ok", trailers));
        assert_eq!(seen.body, "ok");
        seen
    };
    let seen = ask(HeaderMap::new(), None);
    assert_stamped(&seen, known);
    let expected = seen.steady();
    for names in spellings::pieces(150, 19) {
        let names: Vec<_> = names.into_iter().filter(|name| name != "countersign-client").collect();
        let mut headers = HeaderMap::new();
        for name in &names {
            headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_static(CANARY));
        }
        assert_same(ask(headers.clone(), None), &expected, &names);
        assert_same(ask(HeaderMap::new(), Some(headers)), &expected, &names);
    }
}

/// Whatever certificate the gateway lets through, the server takes its headers, with its default
/// limits. Larger ones are refused by the gateway, by name.
fn the_largest_certificate_is_understood(echo: &Echo) {
    let all = FORMATS.iter().map(|format| format!("{:?}", format.code())).collect::<Vec<_>>().join(", ");
    for formats in ["\"rfc9440\"", "\"xfcc\"", "\"nginx\", \"traefik\"", "\"alb\"", &all] {
        let gateway = Gateway::start(&Config::new(format!("http://{}", echo.address)).formats(formats));
        let (mut passed, mut refused) = (0, 0);
        for uri in (500..6_500).step_by(200) {
            let mut connection = gateway.connect_as(pki::large(uri));
            let response = connection.ask(&format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n"));
            if response.status == 403 {
                response.assert_refused(403, "client-cert-too-large");
                refused += 1;
            } else {
                assert_eq!(refused, 0, "{formats}: a larger one passes");
                assert!(Seen::from(&response).text.contains("alice") || formats.contains("rfc9440"));
                passed += 1;
            }
        }
        assert!(passed > 0 && refused > 0, "{formats}: {passed} passed, {refused} were refused");
    }
}

#[test]
fn gunicorn() {
    holds_on(Server::Gunicorn);
}

#[test]
fn uvicorn() {
    holds_on(Server::Uvicorn);
}

#[test]
fn daphne() {
    holds_on(Server::Daphne);
}

#[test]
fn runserver() {
    holds_on(Server::Runserver);
}
