//! Keys and tokens for the vectors. The keys say in their own bytes that they are none.

use std::fs;

use aws_lc_rs::{
    digest, hmac,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

use crate::format::directory;

/// 2027-01-15T08:00:00Z
pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const OLD: &[u8; 32] = b"countersign-test-key-1-no-secret";
pub(crate) const CURRENT: &[u8; 32] = b"countersign-test-key-2-no-secret";
pub(crate) const NEXT: &[u8; 32] = b"countersign-test-key-3-no-secret";
pub(crate) const FOREIGN: &[u8; 32] = b"countersign-test-key-9-no-secret";
const CURVE: &[u8; 32] = b"countersign-test-key-e-no-secret";
const OTHER_CURVE: &[u8; 32] = b"countersign-test-key-f-no-secret";

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn sha256(text: &str) -> String {
    b64(digest::digest(&digest::SHA256, text.as_bytes()))
}

/// What signs a token.
#[derive(Clone, Copy)]
pub(crate) enum Signer {
    Secret(&'static [u8]),
    Curve,
    OtherCurve,
    CurveAsDer,
    /// HMAC with the public point, as a confused verifier would.
    PublicAsSecret,
    /// Nothing: an empty third part.
    None,
}

/// An RFC 5915 private key without its public part.
fn pair(d: &[u8; 32], algorithm: &'static EcdsaSigningAlgorithm) -> EcdsaKeyPair {
    let mut der = vec![0x30, 0x31, 2, 1, 1, 4, 0x20];
    der.extend(d);
    der.extend([0xa0, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]);
    EcdsaKeyPair::from_private_key_der(algorithm, &der).unwrap()
}

pub(crate) fn public_point() -> Vec<u8> {
    pair(CURVE, &ECDSA_P256_SHA256_FIXED_SIGNING).public_key().as_ref().to_vec()
}

pub(crate) fn sign(signer: Signer, text: &str) -> Vec<u8> {
    let mac = |secret: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), text.as_bytes()).as_ref().to_vec();
    let curve =
        |d, algorithm| pair(d, algorithm).sign(&SystemRandom::new(), text.as_bytes()).unwrap().as_ref().to_vec();
    match signer {
        Signer::Secret(secret) => mac(secret),
        Signer::PublicAsSecret => mac(&public_point()),
        Signer::Curve => curve(CURVE, &ECDSA_P256_SHA256_FIXED_SIGNING),
        Signer::OtherCurve => curve(OTHER_CURVE, &ECDSA_P256_SHA256_FIXED_SIGNING),
        Signer::CurveAsDer => curve(CURVE, &ECDSA_P256_SHA256_ASN1_SIGNING),
        Signer::None => Vec::new(),
    }
}

pub(crate) fn kid(secret: &[u8; 32]) -> String {
    sha256(&format!("{{\"k\":\"{}\",\"kty\":\"oct\"}}", b64(secret)))
}

pub(crate) fn curve_kid() -> String {
    let (x, y) = xy(CURVE);
    sha256(&format!("{{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"{x}\",\"y\":\"{y}\"}}"))
}

fn xy(d: &[u8; 32]) -> (String, String) {
    let pair = pair(d, &ECDSA_P256_SHA256_FIXED_SIGNING);
    let point = pair.public_key().as_ref();
    (b64(&point[1..33]), b64(&point[33..]))
}

fn secret(bytes: &[u8; 32], use_from: i64) -> String {
    json!({"kty": "oct", "k": b64(bytes), "alg": "HS256", "use": "sig", "kid": kid(bytes), "use_from": use_from})
        .to_string()
}

fn set(keys: &[String]) -> String {
    format!("{{\"keys\":[\n{}\n]}}\n", keys.join(",\n"))
}

/// `keys/*.jwks`
fn key_files() -> Vec<(&'static str, String)> {
    let (x, y) = xy(CURVE);
    let mut curve = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "alg": "ES256", "use": "sig",
        "kid": curve_kid(), "use_from": NOW - 1_000});
    let public = curve.to_string();
    curve["d"] = b64(CURVE).into();
    let (old, current, next) = (secret(OLD, NOW - 5_000), secret(CURRENT, NOW - 1_000), secret(NEXT, NOW + 600));
    vec![
        ("hs256.jwks", set(&[old, current.clone(), next.clone()])),
        ("hs256-rotated.jwks", set(&[current, next])),
        ("hs256-other.jwks", set(&[secret(FOREIGN, NOW - 1_000)])),
        ("es256.jwks", set(&[public])),
        ("es256.private.jwks", set(&[curve.to_string()])),
    ]
}

pub(crate) fn write_keys() {
    let directory = directory().join("keys");
    fs::create_dir_all(&directory).unwrap();
    for (name, text) in key_files() {
        fs::write(directory.join(name), text).unwrap();
    }
}

pub(crate) fn assert_keys() {
    for (name, text) in key_files() {
        let committed = fs::read_to_string(directory().join("keys").join(name)).unwrap();
        assert_eq!(committed, text, "{name}: UPDATE=1 rewrites it");
    }
}
