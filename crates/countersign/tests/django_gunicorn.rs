//! The example bank under gunicorn (WSGI), behind the gateway and past it.

use countersign_assertion::RequestFacts;

use crate::support::{
    HOST, ORIGIN,
    bank::{
        Bank, Server,
        attacks::attack_tests,
        behaviours::bank_tests,
        forger::{Forger, TRANSFER, assert_refused, field, send},
    },
};

bank_tests!(Server::Gunicorn);
attack_tests!(Server::Gunicorn);
attack_tests!(Server::Gunicorn; both_ends_read_a_request_alike);

/// Mounted below a prefix, WSGI servers split the path in two: the assertion is about the whole of it.
#[test]
fn a_prefix_belongs_to_the_path() {
    let bank = Bank::start_with(Server::Gunicorn, &[("SCRIPT_NAME", "/bank")]);
    let mut connection = bank.gateway.connect();
    for path in ["/bank/echo/caf%c3%a9?a=1", "/bank/echo/a%20b"] {
        let answer = connection.ask(&format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"));
        answer.assert_from_app();
        assert!(answer.json()["path_info"].as_str().unwrap().starts_with("/echo/"), "{}", answer.text());
        let answer = connection
            .ask(&format!("POST {path} HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {ORIGIN}\r\nContent-Length: 0\r\n\r\n"));
        answer.assert_from_app();
    }
    let forger = Forger::of(&bank);
    let pay = |facts: &RequestFacts<'_>| {
        let fields = field(&forger.sign(&forger.header(), &Forger::claims("prefix", facts)));
        let body = r#"{"payee": "prefix-payee", "amount": "1"}"#;
        let fields = format!("Content-Type: application/json\r\n{fields}");
        send(&bank, "POST /bank/machine/transfer", HOST, &fields, body)
    };
    assert_refused(&pay(&TRANSFER), "assertion-other-request");
    assert_eq!(pay(&RequestFacts { path: "/bank/machine/transfer", ..TRANSFER }).status, 201);
}
