//! Which keys and signatures are strong enough.
//!
//! Keys: RSA from 2048 to 8192 bits, P-256, P-384, P-521, Ed25519. Signatures: SHA-256 and better,
//! by such a key; what aws-lc-rs verifies is the list. SHA-1 and MD5 signatures can be forged by
//! collision, and a key of another kind cannot prove anything here (RFC 8446 section 4.2.3).

use std::borrow::Cow;

use der::{
    Decode, Reader, SliceReader, Tag,
    asn1::{ObjectIdentifier, UintRef},
};
use rustls::pki_types::{AlgorithmIdentifier, SignatureVerificationAlgorithm, alg_id};
use webpki::ALL_VERIFICATION_ALGS;

use crate::certificate::Raw;

const MIN_RSA_BITS: usize = 2048;
/// A longer key costs the verifier more than it is worth.
const MAX_RSA_BITS: usize = 8192;

const CURVES_AND_ED25519: [AlgorithmIdentifier; 4] =
    [alg_id::ECDSA_P256, alg_id::ECDSA_P384, alg_id::ECDSA_P521, alg_id::ED25519];

/// Refuses a key that is weak or of a kind that is not accepted, and says which it is.
pub(crate) fn check_key(raw: &Raw<'_>) -> Result<(), String> {
    let algorithm = raw.key_algorithm.as_ref();
    if CURVES_AND_ED25519.iter().any(|known| known.as_ref() == algorithm) {
        return Ok(());
    }
    if algorithm == alg_id::RSA_ENCRYPTION.as_ref() {
        let bits = rsa_bits(&raw.key).map_err(|error| format!("an RSA key that is malformed: {error}"))?;
        return match bits {
            MIN_RSA_BITS..=MAX_RSA_BITS => Ok(()),
            _ => Err(format!("an RSA key of {bits} bits")),
        };
    }
    Err(format!("a key of the kind {}", name(algorithm)))
}

fn rsa_bits(key: &[u8]) -> der::Result<usize> {
    let mut reader = SliceReader::new(key)?;
    let (modulus, exponent) = reader.sequence(|key| der::Result::Ok((UintRef::decode(key)?, UintRef::decode(key)?)))?;
    reader.finish()?;
    // With the exponent 1 a signature is its own message.
    let usable = exponent.as_bytes().last().is_some_and(|last| last % 2 == 1) && exponent.as_bytes() != [1];
    let bytes = modulus.as_bytes();
    match bytes.first() {
        Some(first) if usable => Ok(bytes.len() * 8 - usize::try_from(first.leading_zeros()).unwrap_or(0)),
        _ => Err(Tag::Integer.value_error().into()),
    }
}

/// How a certificate is signed, if that is accepted from this key; else what it is.
pub(super) fn algorithm(
    signed: &Raw<'_>,
    issuer: &Raw<'_>,
) -> Result<&'static dyn SignatureVerificationAlgorithm, String> {
    let by_signature = |algorithm: &&&'static dyn SignatureVerificationAlgorithm| {
        algorithm.signature_alg_id().as_ref() == signed.algorithm.as_ref()
    };
    let mut known = ALL_VERIFICATION_ALGS.iter().filter(by_signature).peekable();
    if known.peek().is_none() {
        return Err(format!("signed with {}, which is not accepted", name(&signed.algorithm)));
    }
    known.find(|algorithm| algorithm.public_key_alg_id().as_ref() == issuer.key_algorithm.as_ref()).copied().ok_or_else(
        || {
            let (with, key) = (name(&signed.algorithm), name(&issuer.key_algorithm));
            format!("signed with {with}, while the issuer's key is {key}")
        },
    )
}

/// The algorithm's name, for people.
fn name(algorithm: &[u8]) -> Cow<'static, str> {
    const EC: &str = "1.2.840.10045.2.1";
    let Some((oid, rest)) = first_oid(algorithm) else { return "an algorithm without a name".into() };
    let oid = oid.to_string();
    if oid == EC {
        // What matters of it is the curve.
        return match first_oid(rest) {
            Some((curve, _)) => known_name(&curve.to_string()).map_or_else(|| format!("EC {curve}").into(), Cow::from),
            None => "EC with a curve of its own".into(),
        };
    }
    known_name(&oid).map_or_else(|| oid.clone().into(), Cow::from)
}

fn known_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "1.2.840.113549.1.1.1" => "RSA",
        "1.2.840.113549.1.1.2" => "MD2 and RSA",
        "1.2.840.113549.1.1.4" => "MD5 and RSA",
        "1.2.840.113549.1.1.5" => "SHA-1 and RSA",
        "1.2.840.113549.1.1.10" => "RSA-PSS",
        "1.2.840.113549.1.1.11" => "SHA-256 and RSA",
        "1.2.840.113549.1.1.14" => "SHA-224 and RSA",
        "1.2.840.10040.4.1" => "DSA",
        "1.2.840.10040.4.3" => "SHA-1 and DSA",
        "1.2.840.10045.4.1" => "SHA-1 and ECDSA",
        "1.2.840.10045.4.3.1" => "SHA-224 and ECDSA",
        "1.2.840.10045.4.3.2" => "SHA-256 and ECDSA",
        "1.2.840.10045.3.1.1" => "P-192",
        "1.2.840.10045.3.1.7" => "P-256",
        "1.3.132.0.10" => "secp256k1",
        "1.3.132.0.33" => "P-224",
        "1.3.132.0.34" => "P-384",
        "1.3.132.0.35" => "P-521",
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        _ => return None,
    })
}

fn first_oid(bytes: &[u8]) -> Option<(ObjectIdentifier, &[u8])> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let oid = ObjectIdentifier::decode(&mut reader).ok()?;
    let at = usize::try_from(reader.position()).ok()?;
    Some((oid, bytes.get(at..)?))
}
