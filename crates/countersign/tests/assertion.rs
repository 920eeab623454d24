//! Every forwarded request carries one assertion that holds for it and for nothing else: checked as
//! an app would, from what the app received.

use std::{fs, time::SystemTime};

use crate::support::{Gateway, HOST, Upstream, upstream::Received};
use countersign_assertion::{
    Algorithm, Claims, HEADER, KeySet, MemoryReplayCache, RequestFacts, Revocation, TlsVersion, Verifier, VerifyError,
};
use countersign_core::UnixTime;

fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    UnixTime(since.as_secs().try_into().unwrap())
}

/// The app's own view, with the key file that the gateway made for it.
fn verifier(gateway: &Gateway, algorithm: Algorithm, audience: &str) -> Verifier {
    let text = fs::read(gateway.dir().join("state/assertion").join(format!("{HOST}.jwks"))).unwrap();
    Verifier::new(KeySet::read(algorithm, &text).unwrap(), "countersign", audience)
}

/// Decodes as WSGI servers do: each escape once.
fn decoded(path: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), path.as_bytes());
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        let value = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(value.unwrap_or(*first));
        rest = if value.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(bytes).unwrap()
}

/// What the app makes of a request, from its bytes alone.
fn judged(verifier: &Verifier, received: &Received) -> Result<Claims, VerifyError> {
    let (path, query) = received.target().split_once('?').unwrap_or((received.target(), ""));
    let path = decoded(path);
    let request = RequestFacts {
        method: received.request_line().split(' ').next().unwrap(),
        authority: received.header("host").unwrap(),
        path: &path,
        query,
    };
    let values: Vec<&[u8]> = received.all(HEADER).into_iter().map(str::as_bytes).collect();
    verifier.verify(&values, &request, &MemoryReplayCache::new(1), now())
}

#[track_caller]
fn accepted(verifier: &Verifier, received: &Received) -> Claims {
    judged(verifier, received).unwrap_or_else(|error| panic!("{error}: {}", received.head))
}

#[test]
fn says_who_and_what_for() {
    let upstream = Upstream::start();
    let gateway = Gateway::before(&upstream);
    let verifier = verifier(&gateway, Algorithm::Hs256, HOST);
    gateway.ask(&format!("GET /orders/7?a=1 HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).assert_from_app();
    let received = upstream.last();
    let claims = accepted(&verifier, &received);
    assert_eq!(claims.bound.unwrap().jti, received.header("countersign-request-id").unwrap());
    assert_eq!((claims.tls_version, claims.sni.as_str(), claims.resumed), (TlsVersion::V1_3, HOST, false));
    assert_eq!((claims.intent.basis.as_str(), claims.intent.audience.code()), ("safe-method", "browser"));
    let client = claims.client.unwrap();
    assert_eq!((client.subject.as_str(), client.revocation), ("CN=alice,O=Example", Revocation::Unchecked));
    let certificate = client.certificate;
    assert_eq!((certificate.bundle.as_str(), certificate.issuer.as_str()), ("staff", "CN=Staff CA"));
    assert_eq!(certificate.san.email, ["alice@example.com"]);
    assert!(certificate.not_before < now().0 && certificate.not_after > now().0);
}
