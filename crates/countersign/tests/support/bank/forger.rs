//! Somebody who reaches Django itself, past the gateway, and has as much of an assertion as a test
//! lends him: the key of the site, a captured assertion, or neither.

use std::{
    fs,
    io::{BufReader, Write},
    net::TcpStream,
    time::SystemTime,
};

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use countersign_assertion::{RequestFacts, binding};
use serde_json::{Value, json};

use super::Bank;
use crate::support::{HOST, Response};

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    since.as_secs().try_into().unwrap()
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The site's key, as it lies in the key file.
#[derive(Clone, Debug)]
pub(crate) struct Forger {
    pub(crate) kid: String,
    secret: Vec<u8>,
}

impl Forger {
    /// With the first key of the bank's file.
    pub(crate) fn of(bank: &Bank) -> Self {
        Self::all(bank).remove(0)
    }

    /// With each key of the bank's file.
    pub(crate) fn all(bank: &Bank) -> Vec<Self> {
        let set: Value = serde_json::from_slice(&fs::read(&bank.keys).unwrap()).unwrap();
        let keys = set["keys"].as_array().unwrap().iter();
        let text = |key: &Value, name: &str| key[name].as_str().unwrap().to_owned();
        keys.map(|key| Self { kid: text(key, "kid"), secret: URL_SAFE_NO_PAD.decode(text(key, "k")).unwrap() })
            .collect()
    }

    pub(crate) fn header(&self) -> Value {
        json!({ "typ": "countersign+jwt", "alg": "HS256", "kid": self.kid })
    }

    /// What the gateway would say of a request of `CN=who,O=Example`.
    pub(crate) fn claims(who: &str, request: &RequestFacts<'_>) -> Value {
        let (digest, now) = (encode([7; 32]), now());
        let subject = format!("CN={who},O=Example");
        let san = json!({ "dns": [], "email": [], "uri": [], "ip": [], "upn": [] });
        json!({
            "iss": "countersign", "aud": HOST, "iat": now, "exp": now + 30,
            "jti": format!("{:032x}", fastrand::u128(..)), "req": binding(request),
            "status": "verified", "sub": subject, "cnf": { "x5t#S256": digest },
            "x5": { "s": subject, "i": "CN=Staff CA", "n": "01", "nb": now - 60, "na": now + 60, "san": san,
                    "spki": digest, "bundle": "staff" },
            "rev": { "src": "none" }, "tls": { "v": "1.3", "sni": HOST, "resumed": false },
            "csrf": { "verdict": "permit", "basis": "machine", "audience": "machine" },
        })
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.secret);
        format!("{message}.{}", encode(hmac::sign(&key, message.as_bytes())))
    }

    /// A good one, for `POST /machine/transfer`.
    pub(crate) fn transfer(&self, who: &str) -> String {
        self.sign(&self.header(), &Self::claims(who, &TRANSFER))
    }
}

/// The request that moves money without a token.
pub(crate) const TRANSFER: RequestFacts<'_> =
    RequestFacts { method: "POST", authority: HOST, path: "/machine/transfer", query: "" };

/// Sends one request to Django's own port; `fields` end in CR LF each.
pub(crate) fn send(bank: &Bank, line: &str, host: &str, fields: &str, body: &str) -> Response {
    let mut stream = TcpStream::connect(&bank.django).unwrap();
    stream.set_read_timeout(Some(crate::support::patience::PATIENCE)).unwrap();
    write!(
        stream,
        "{line} HTTP/1.1\r\nHost: {host}\r\n{fields}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut reader = BufReader::new(stream);
    let mut response = Response::read_head(&mut reader).unwrap().expect("no answer");
    response.read_body(&mut reader).unwrap();
    response
}

/// Asks for a transfer from Django itself, with these fields.
pub(crate) fn pay(bank: &Bank, fields: &str) -> Response {
    let fields = format!("Content-Type: application/json\r\n{fields}");
    send(bank, "POST /machine/transfer", HOST, &fields, r#"{"payee": "direct-payee", "amount": "1"}"#)
}

/// The field.
pub(crate) fn field(token: &str) -> String {
    format!("Countersign-Assertion: {token}\r\n")
}

/// That django-countersign refused it, for this reason.
#[track_caller]
pub(crate) fn assert_refused(answer: &Response, code: &str) {
    assert_eq!(answer.status, 403, "{code}: {}", answer.text());
    assert_eq!(answer.json()["reason"], code, "{}", answer.text());
}
