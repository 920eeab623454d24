//! What the app itself refuses, sent to its own port. [`attack_tests!`] makes a test of each.
//!
//! Each test sends a good assertion as well, which has to count: otherwise a refusal shows nothing.

use countersign_assertion::RequestFacts;
use serde_json::{Value, json};

use super::{
    Bank,
    behaviours::handshake,
    browser::Browser,
    forger::{Forger, TRANSFER, assert_refused, encode, field, now, pay, send},
};
use crate::support::{HOST, ORIGIN, pki};

/// A test for each attack, on this server.
macro_rules! attack_tests {
    ($server:expr) => {
        $crate::support::bank::attacks::attack_tests! { $server;
            copied_identity_headers_are_refused
            a_copy_is_refused
            an_assertion_for_another_request_is_refused
            another_audience_issuer_or_time_is_refused
            another_key_or_algorithm_is_refused
            a_key_that_the_token_brings_is_refused
            two_assertions_are_refused
        }
    };
    ($server:expr; $($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                $crate::support::bank::attacks::$name(&$crate::support::bank::Bank::on($server));
            }
        )*
    };
}
pub(crate) use attack_tests;

/// The forged assertion is refused with the code, and an honest one of the same person is not.
#[track_caller]
fn refused(bank: &Bank, forger: &Forger, header: &Value, claims: &Value, code: &str) {
    assert_refused(&pay(bank, &field(&forger.sign(header, claims))), code);
}

#[track_caller]
fn honest_one_counts(bank: &Bank, forger: &Forger) {
    let answer = pay(bank, &field(&forger.transfer("honest-direct")));
    assert_eq!(answer.status, 201, "{}", answer.text());
}

/// Claims with one changed; `null` removes it.
fn with(mut claims: Value, name: &str, value: Value) -> Value {
    let members = claims.as_object_mut().unwrap();
    members.remove(name);
    if !value.is_null() {
        members.insert(name.into(), value);
    }
    claims
}

pub(crate) fn copied_identity_headers_are_refused(bank: &Bank) {
    let copied = "X-SSL-Client-Verify: SUCCESS\r\nX-SSL-Client-S-DN: CN=copied,O=Example\r\nRemote-User: copied\r\n\
         SSL-Client-Cert-Subject: CN=copied,O=Example\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 127.0.0.1\r\n\
         Countersign-Request-Id: 00\r\n";
    for line in ["GET /", "GET /whoami", "POST /transfer", "POST /api/transfer", "POST /machine/transfer", "GET /no"] {
        assert_refused(&send(bank, line, HOST, copied, ""), "assertion-missing");
    }
    // A name that a server might take for the other.
    let good = Forger::of(bank).transfer("copied");
    for name in ["Countersign_Assertion", "Countersign.Assertion", "X-Countersign-Assertion"] {
        assert_refused(&pay(bank, &format!("{name}: {good}\r\n")), "assertion-missing");
    }
    honest_one_counts(bank, &Forger::of(bank));
}

pub(crate) fn a_copy_is_refused(bank: &Bank) {
    let token = field(&Forger::of(bank).transfer("copy"));
    let answer = pay(bank, &token);
    assert_eq!((answer.status, &answer.json()["by"]), (201, &"copy".into()), "{}", answer.text());
    // Several times: each worker has to know.
    for _ in 0..8 {
        assert_refused(&pay(bank, &token), "assertion-replayed");
    }
}

/// Uvicorn and Daphne only: an ASGI app can show the fields as they came.
pub(crate) fn a_captured_assertion_is_refused(bank: &Bank) {
    let mut browser = Browser::of("captured", bank);
    let answer = browser.post("/echo/captured?a=1", "text/plain", "", "x");
    answer.assert_from_app();
    let shown = answer.json();
    let fields = shown["raw_headers"].as_array().unwrap();
    let token = fields.iter().find(|field| field[0] == "countersign-assertion").expect("no assertion");
    let token = field(token[1].as_str().unwrap());
    assert_refused(&send(bank, "POST /echo/captured?a=1", HOST, &token, "x"), "assertion-replayed");
    assert_refused(&pay(bank, &token), "assertion-other-request");
}

pub(crate) fn an_assertion_for_another_request_is_refused(bank: &Bank) {
    let forger = Forger::of(bank);
    for other in [
        RequestFacts { method: "PUT", ..TRANSFER },
        RequestFacts { method: "GET", ..TRANSFER },
        RequestFacts { authority: "other.example.com", ..TRANSFER },
        RequestFacts { authority: "app.example.com:8443", ..TRANSFER },
        RequestFacts { path: "/api/transfer", ..TRANSFER },
        RequestFacts { path: "/machine/transfer/", ..TRANSFER },
        RequestFacts { query: "a=1", ..TRANSFER },
    ] {
        refused(bank, &forger, &forger.header(), &Forger::claims("other", &other), "assertion-other-request");
    }
    // The request differs, and the assertion is good for the usual one.
    for (line, host) in [
        ("PUT /machine/transfer", HOST),
        ("POST /machine/transfer", "127.0.0.1"),
        ("POST /machine/transfer?a=1", HOST),
        ("POST /api/transfer", HOST),
        ("POST /machine/transfer%2f", HOST),
    ] {
        let token = field(&forger.transfer("other"));
        assert_refused(&send(bank, line, host, &token, ""), "assertion-other-request");
    }
    // As `session` mode makes them: bound to no request.
    let unbound = with(with(Forger::claims("other", &TRANSFER), "req", Value::Null), "jti", Value::Null);
    refused(bank, &forger, &forger.header(), &unbound, "assertion-other-request");
    honest_one_counts(bank, &forger);
}

pub(crate) fn another_audience_issuer_or_time_is_refused(bank: &Bank) {
    let forger = Forger::of(bank);
    let claims = || Forger::claims("elsewhere", &TRANSFER);
    let at = |issued: i64, life: i64| with(with(claims(), "iat", issued.into()), "exp", (issued + life).into());
    for (claims, code) in [
        (with(claims(), "aud", "other.example.com".into()), "assertion-audience"),
        (with(claims(), "aud", json!([HOST])), "assertion-malformed"),
        (with(claims(), "iss", "somebody".into()), "assertion-issuer"),
        (at(now() - 90, 30), "assertion-expired"),
        (at(now() + 90, 30), "assertion-not-yet-valid"),
        (at(now(), 3600), "assertion-lifetime"),
        (with(claims(), "sub", Value::Null), "assertion-malformed"),
    ] {
        refused(bank, &forger, &forger.header(), &claims, code);
    }
    honest_one_counts(bank, &forger);
}

pub(crate) fn another_key_or_algorithm_is_refused(bank: &Bank) {
    let forger = Forger::of(bank);
    let claims = Forger::claims("other-key", &TRANSFER);
    for (name, value, code) in [
        ("kid", "rotated-away", "assertion-unknown-key"),
        ("alg", "ES256", "assertion-algorithm"),
        ("alg", "RS256", "assertion-algorithm"),
        ("alg", "hs256", "assertion-algorithm"),
        ("alg", "none", "assertion-algorithm"),
        ("typ", "JWT", "assertion-algorithm"),
    ] {
        refused(bank, &forger, &with(forger.header(), name, value.into()), &claims, code);
    }
    let none = encode(with(forger.header(), "alg", "none".into()).to_string());
    let unsigned = format!("{none}.{}.", encode(claims.to_string()));
    let answer = pay(bank, &field(&unsigned));
    let code = answer.json()["reason"].clone();
    assert!(code == "assertion-algorithm" || code == "assertion-malformed", "{}", answer.text());
    let good = forger.transfer("other-key");
    let (message, _) = good.rsplit_once('.').unwrap();
    assert_refused(&pay(bank, &field(&format!("{message}.{}", encode([0; 32])))), "assertion-bad-signature");
    honest_one_counts(bank, &forger);
}

pub(crate) fn a_key_that_the_token_brings_is_refused(bank: &Bank) {
    let forger = Forger::of(bank);
    let claims = Forger::claims("injected", &TRANSFER);
    for (name, value) in [
        ("jwk", json!({ "kty": "oct", "k": encode([1; 32]) })),
        ("jku", "https://evil.test/keys".into()),
        ("x5u", "https://evil.test/chain".into()),
        ("x5c", json!(["AAAA"])),
        ("crit", json!(["exp"])),
    ] {
        refused(bank, &forger, &with(forger.header(), name, value), &claims, "assertion-malformed");
    }
    honest_one_counts(bank, &forger);
}

pub(crate) fn two_assertions_are_refused(bank: &Bank) {
    let forger = Forger::of(bank);
    let (one, other) = (forger.transfer("twice"), forger.transfer("twice"));
    for fields in [field(&one) + &field(&other), field(&one) + &field(&one), field(&format!("{one},{other}"))] {
        assert_refused(&pay(bank, &fields), "assertion-duplicate");
    }
    honest_one_counts(bank, &forger);
}

/// Uvicorn and Daphne only.
pub(crate) fn a_websocket_past_the_gateway_is_refused(bank: &Bank) {
    let forger = Forger::of(bank);
    let facts = RequestFacts { method: "GET", authority: HOST, path: "/ws/echo", query: "" };
    let token = field(&forger.sign(&forger.header(), &Forger::claims("ws-direct", &facts)));
    let open = |fields: &str| {
        use std::io::{BufReader, Write};
        let mut stream = std::net::TcpStream::connect(&bank.django).unwrap();
        stream.set_read_timeout(Some(crate::support::patience::PATIENCE)).unwrap();
        stream.write_all(handshake(ORIGIN, fields).as_bytes()).unwrap();
        crate::support::Response::read_head(&mut BufReader::new(stream)).unwrap().unwrap().status
    };
    assert_eq!(open("X-SSL-Client-Verify: SUCCESS\r\nX-SSL-Client-S-DN: CN=admin,O=Example\r\n"), 403);
    assert_eq!(open(&field(&forger.transfer("ws-direct"))), 403, "of another request");
    assert_eq!(open(&(token.clone() + &token)), 403, "twice");
    assert_eq!(open(&token), 101);
    assert_eq!(open(&token), 403, "a copy");
}

/// What the gateway sends is what the app reads, byte for byte.
pub(crate) fn both_ends_read_a_request_alike(bank: &Bank) {
    let mut connection = bank.gateway.connect_as(pki::named("alike"));
    for path in [
        "/echo/%65xempt",
        "/echo/caf%c3%a9",
        "/echo/%E6%97%A5%E6%9C%AC",
        "/echo/%F0%9F%94%91/x",
        "/echo/a%20b;c=d",
        "/echo/a+b@c:d,e!$&'()*~",
        "/echo/%7Etilde/%2B",
        "/echo/a?b=%2e%2e%2f",
        "/echo/a?",
        "/echo/a?b=c?d&e=%00&f=%ff&g=a+b",
        "/echo/a?q=%E6%97%A5&=&&x",
    ] {
        for (method, fields) in [("GET", ""), ("POST", "Content-Length: 0\r\n"), ("DELETE", "")] {
            for host in [HOST, "app.example.com:8443", "APP.Example.com", "app.example.com:443"] {
                let own = host.to_ascii_lowercase();
                let own = own.strip_suffix(":443").unwrap_or(&own);
                let answer = connection
                    .ask(&format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: https://{own}\r\n{fields}\r\n"));
                answer.assert_from_app();
                assert_eq!(answer.json()["method"], method, "{path}");
            }
        }
    }
}
