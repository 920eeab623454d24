//! Assertions: nobody without the key makes one.

use std::sync::OnceLock;

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use countersign_assertion::{Algorithm, Code, KeySet, MemoryReplayCache, RequestFacts, Verifier, binding};
use countersign_core::UnixTime;

/// The only two texts that hold: the seeds of these names, for the request below. No other seed may
/// contain another good token, or a mutation would find it.
static GOOD: [&[u8]; 2] =
    [include_bytes!("../corpus/assertion/good-hs256"), include_bytes!("../corpus/assertion/good-es256")];
/// The key that says of itself that it is none.
const SECRET: &[u8] = b"countersign-test-key-2-no-secret";
const NOW: UnixTime = UnixTime(1_800_000_000);
const REQUEST: RequestFacts<'static> =
    RequestFacts { method: "GET", authority: "app.example.com", path: "/orders/7", query: "a=1&b=2" };

/// The input is the value of the header; one that starts with `{` is claims, which are then signed.
pub fn assertion(data: &[u8]) {
    if data.first() == Some(&b'{') {
        return signed(data);
    }
    for (verifier, good) in verifiers().iter().zip(GOOD) {
        let answer = verifier.verify(&[data], &REQUEST, &MemoryReplayCache::new(1), NOW);
        assert_eq!(answer.is_ok(), data == good, "{answer:?}");
        if let Err(error) = answer {
            assert!(data.contains(&b',') == (error.code() == Code::Duplicate) && error.code() != Code::Missing);
            assert!(!error.to_string().contains(std::str::from_utf8(SECRET).unwrap_or_default()));
        }
    }
}

/// What the key signed is taken for what it says, and for this request only.
fn signed(claims: &[u8]) {
    let [verifier, _] = verifiers();
    let good = String::from_utf8_lossy(GOOD[0]);
    let header = good.split('.').next().unwrap_or_default();
    let text = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET), text.as_bytes());
    let token = format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag));
    let replay = MemoryReplayCache::new(1);
    match verifier.verify(&[token.as_bytes()], &REQUEST, &replay, NOW) {
        Ok(claims) => {
            assert_eq!((claims.issuer.as_str(), claims.audience.as_str()), ("countersign", "app.example.com"));
            assert!((1..=60).contains(&(claims.expires.0 - claims.issued.0)));
            assert!((claims.issued.0 - 5..=claims.expires.0 + 5).contains(&NOW.0));
            assert_eq!(claims.bound.map(|bound| bound.req), Some(binding(&REQUEST)));
        }
        Err(error) => assert!(!matches!(
            error.code(),
            Code::Missing | Code::Duplicate | Code::Algorithm | Code::UnknownKey | Code::BadSignature | Code::Replayed
        )),
    }
}

fn verifiers() -> &'static [Verifier; 2] {
    static VERIFIERS: OnceLock<[Verifier; 2]> = OnceLock::new();
    VERIFIERS.get_or_init(|| {
        let verifier = |algorithm, text: &str| match KeySet::read(algorithm, text.as_bytes()) {
            Ok(keys) => Verifier::new(keys, "countersign", "app.example.com"),
            Err(error) => panic!("{error}"),
        };
        [
            verifier(Algorithm::Hs256, include_str!("../../testdata/assertion/keys/hs256.jwks")),
            verifier(Algorithm::Es256, include_str!("../../testdata/assertion/keys/es256.jwks")),
        ]
    })
}
