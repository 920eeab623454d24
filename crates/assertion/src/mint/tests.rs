use countersign_core::{ApiKeyText, Identity, SubjectAltNames};

use super::*;
use crate::{Algorithm, ClientFacts, Code, MemoryReplayCache, Revocation, TlsFacts, TlsVersion, Verifier};

const NOW: UnixTime = UnixTime(1_800_000_000);
const GET: RequestFacts<'static> =
    RequestFacts { method: "GET", authority: "app.example.com", path: "/caf\u{e9}", query: "a=1" };
const CLAIMS: RequestClaims<'static> = RequestClaims {
    request: GET,
    id: "0123456789abcdef0123456789abcdef",
    basis: Basis::SafeMethod,
    audience: Audience::Browser,
    api_key: None,
    reported: None,
};

fn at(seconds: i64) -> UnixTime {
    UnixTime(NOW.0 + seconds)
}

fn alice() -> Identity {
    Identity {
        subject: "CN=Zo\u{eb} \"the\\\u{7}\",O=Example".into(),
        issuer: "CN=Staff CA".into(),
        serial: "1a2b".into(),
        sans: SubjectAltNames { email: vec!["zoe@example.com".into()], ..SubjectAltNames::default() },
        sha256: [1; 32],
        spki_sha256: [2; 32],
        not_before: at(-100),
        not_after: at(100),
    }
}

fn facts(identity: Option<&Identity>) -> ConnectionFacts<'_> {
    let client = identity.map(|identity| ClientFacts {
        identity,
        trust: "staff",
        revocation: Revocation::Crl { at: at(-60), fresh: true },
    });
    ConnectionFacts { client, tls: TlsFacts { version: TlsVersion::V1_3, sni: "app.example.com", resumed: true } }
}

fn keys(algorithm: Algorithm) -> KeySet {
    KeySet::generate(algorithm, at(-10)).unwrap()
}

#[test]
fn what_is_minted_is_verified() {
    let alice = alice();
    for algorithm in [Algorithm::Hs256, Algorithm::Es256] {
        for identity in [None, Some(&alice)] {
            let keys = keys(algorithm);
            let minter = Minter::new(keys.clone(), Mode::Bound, "gw", "app").unwrap();
            let prepared = minter.prepare(&facts(identity));
            let token = minter.mint(&prepared, &CLAIMS, NOW).unwrap();
            let keys = match keys.public_jwks() {
                Some(public) => KeySet::read(algorithm, public.as_bytes()).unwrap(),
                None => keys,
            };
            let verifier = Verifier::new(keys, "gw", "app");
            let claims = verifier.verify(&[token.as_bytes()], &GET, &MemoryReplayCache::new(1), NOW).unwrap();
            assert_eq!((claims.issued, claims.expires), (NOW, at(30)));
            assert_eq!(claims.bound.unwrap().jti, CLAIMS.id);
            assert_eq!((claims.resumed, claims.sni.as_str()), (true, "app.example.com"));
            assert_eq!((claims.intent.basis.as_str(), claims.intent.audience), ("safe-method", Audience::Browser));
            match (identity, claims.client) {
                (Some(identity), Some(client)) => {
                    assert_eq!((&client.subject, &client.certificate.subject), (&identity.subject, &identity.subject));
                    assert_eq!(client.certificate.san.email, identity.sans.email);
                    assert_eq!(client.thumbprint, base64url::encode([1; 32]));
                    assert_eq!(client.revocation, Revocation::Crl { at: at(-60), fresh: true });
                }
                (None, None) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn the_header_has_three_members_and_each_id_its_own_signature() {
    let minter = Minter::new(keys(Algorithm::Hs256), Mode::Bound, "gw", "app").unwrap();
    let prepared = minter.prepare(&facts(None));
    let first = minter.mint(&prepared, &CLAIMS, NOW).unwrap();
    let header = String::from_utf8(base64url::decode(first.split('.').next().unwrap()).unwrap()).unwrap();
    let keys = minter.keys();
    let kid = keys.keys()[0].kid();
    assert_eq!(header, format!("{{\"typ\":\"countersign+jwt\",\"alg\":\"HS256\",\"kid\":\"{kid}\"}}"));
    let again = minter.mint(&prepared, &CLAIMS, NOW).unwrap();
    let other = minter.mint(&prepared, &RequestClaims { id: "x", ..CLAIMS }, NOW).unwrap();
    assert_eq!(first, again);
    assert_ne!(first, other);
    for id in ["", "a\"", "a b", "\u{e9}"] {
        assert_eq!(minter.mint(&prepared, &RequestClaims { id, ..CLAIMS }, NOW), Err(MintError::Id), "{id:?}");
    }
}

#[test]
fn a_new_key_signs_from_its_time_on_and_new_keys_at_once() {
    let old = keys(Algorithm::Hs256);
    let both = old.rotated(NOW).unwrap();
    let (old, new) = (both.keys()[0].kid().to_owned(), both.keys()[1].kid().to_owned());
    let minter = Minter::new(both, Mode::Bound, "gw", "app").unwrap();
    let prepared = minter.prepare(&facts(None));
    let signer = |now| {
        let token = minter.mint(&prepared, &CLAIMS, now).unwrap();
        let header = base64url::decode(token.split('.').next().unwrap()).unwrap();
        let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
        header["kid"].as_str().unwrap().to_owned()
    };
    assert_eq!([signer(NOW), signer(at(599)), signer(at(600)), signer(NOW)], [old.clone(), old.clone(), new, old]);
    let replaced = keys(Algorithm::Hs256);
    minter.replace_keys(replaced.clone()).unwrap();
    assert_eq!(signer(NOW), replaced.keys()[0].kid());
}

#[test]
fn public_keys_do_not_sign() {
    let public = keys(Algorithm::Es256).public_jwks().unwrap();
    let public = || KeySet::read(Algorithm::Es256, public.as_bytes()).unwrap();
    assert_eq!(Minter::new(public(), Mode::Bound, "gw", "app").err(), Some(MintError::NoSigner));
    let minter = Minter::new(keys(Algorithm::Es256), Mode::Bound, "gw", "app").unwrap();
    assert_eq!(minter.replace_keys(public()), Err(MintError::NoSigner));
    assert!(minter.keys().signs());
}

#[test]
fn in_session_mode_one_signature_serves_the_same_intent_for_a_while() {
    let keys = keys(Algorithm::Es256);
    let minter = Minter::new(keys.clone(), Mode::Session, "gw", "app").unwrap();
    let prepared = minter.prepare(&facts(None));
    let mint = |claims: RequestClaims<'_>, now| minter.mint(&prepared, &claims, now).unwrap();
    let first = mint(CLAIMS, NOW);
    assert_eq!(
        mint(RequestClaims { id: "other", request: RequestFacts { path: "/b", ..GET }, ..CLAIMS }, at(19)),
        first
    );
    let post = mint(RequestClaims { basis: Basis::SameOrigin, ..CLAIMS }, at(19));
    let any = mint(RequestClaims { audience: Audience::Any, ..CLAIMS }, at(19));
    assert!(first != post && first != any && post != any);
    assert_eq!(mint(CLAIMS, at(19)), first);
    assert_ne!(mint(CLAIMS, at(20)), first, "ten seconds before its end");
    assert_ne!(mint(CLAIMS, at(-1)), first, "a clock that was set back");

    let replay = MemoryReplayCache::new(1);
    let verifier = Verifier::new(keys, "gw", "app");
    let refused = verifier.verify(&[first.as_bytes()], &GET, &replay, NOW).unwrap_err();
    assert_eq!(refused.code(), Code::OtherRequest);
    let claims = verifier.allow_session().verify(&[first.as_bytes()], &GET, &replay, NOW).unwrap();
    assert_eq!(claims.bound, None);
}

fn api_key(name: &str, random: u8) -> ApiKey {
    let text = ApiKeyText::from_random(&[random; 30]);
    let scopes = vec!["orders".into(), "reports".into()];
    ApiKey { id: text.id(), name: name.into(), hash: text.hash(), scopes, expires: None, revoked: false, bound: None }
}

/// One assertion must not tell the app of the key of another request.
#[test]
fn a_key_is_told_of_its_own_requests_alone() {
    let (nightly, other) = (api_key("the \"nightly\" run", 1), api_key("other", 2));
    for (mode, algorithm) in [(Mode::Bound, Algorithm::Hs256), (Mode::Session, Algorithm::Es256)] {
        let keys = keys(algorithm);
        let minter = Minter::new(keys.clone(), mode, "gw", "app").unwrap();
        let prepared = minter.prepare(&facts(None));
        let mut verifier = Verifier::new(keys, "gw", "app");
        if mode == Mode::Session {
            verifier = verifier.allow_session();
        }
        for key in [Some(&nightly), Some(&other), None, Some(&nightly)] {
            let token = minter.mint(&prepared, &RequestClaims { api_key: key, ..CLAIMS }, NOW).unwrap();
            assert!(token.len() <= prepared.largest());
            let claims = verifier.verify(&[token.as_bytes()], &GET, &MemoryReplayCache::new(1), NOW).unwrap();
            let told = claims.api_key.map(|claim| (claim.id, claim.name, claim.scopes));
            let expect = key.map(|key| {
                let scopes = key.scopes.iter().map(ToString::to_string).collect();
                (key.id.to_string(), key.name.to_string(), scopes)
            });
            assert_eq!(told, expect);
        }
    }
}

#[test]
fn nothing_secret_in_debug() {
    let minter = Minter::new(keys(Algorithm::Hs256), Mode::Bound, "gw", "app").unwrap();
    let secret = minter.keys().reveal();
    let secret = secret.split("\"k\":\"").nth(1).unwrap().split('"').next().unwrap();
    let prepared = minter.prepare(&facts(None));
    let token = minter.mint(&prepared, &CLAIMS, NOW).unwrap();
    let text = format!("{minter:?} {prepared:?}");
    assert!(!text.contains(secret) && !text.contains(&*token), "{text}");
}
