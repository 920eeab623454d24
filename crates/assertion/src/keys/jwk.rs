//! Keys as JSON Web Keys (RFC 7517, RFC 7518 section 6).

use std::sync::Arc;

use aws_lc_rs::digest;
use countersign_core::UnixTime;
use serde::{Deserialize, Serialize};

use super::{Key, KeyError, Material, SECRET};
use crate::{Algorithm, base64url, json};

/// No key set is larger.
const LARGEST: usize = 256 << 10;
/// A secret longer than this is a file taken for a key.
const LONGEST_SECRET: usize = 1 << 10;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Set {
    keys: Vec<Jwk>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kty", deny_unknown_fields)]
enum Jwk {
    #[serde(rename = "oct")]
    Secret { k: String, alg: String, r#use: String, kid: String, use_from: i64 },
    #[serde(rename = "EC")]
    Curve {
        crv: String,
        x: String,
        y: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        d: Option<String>,
        alg: String,
        r#use: String,
        kid: String,
        use_from: i64,
    },
}

pub(super) fn read(algorithm: Algorithm, text: &[u8]) -> Result<Vec<Arc<Key>>, KeyError> {
    if text.len() > LARGEST {
        return Err(KeyError::Format(format!("{} bytes, expected at most {LARGEST}", text.len())));
    }
    // serde_json repeats a value of the wrong type, which could be a secret: told is only where.
    let set: Set = json::read(text).map_err(|error| KeyError::Format(without_values(&error)))?;
    let mut keys: Vec<Arc<Key>> = Vec::new();
    for (n, jwk) in set.keys.into_iter().enumerate() {
        let fault = |why: String| KeyError::Key { index: n + 1, why };
        let key = one(algorithm, jwk).map_err(fault)?;
        if keys.iter().any(|other| other.kid == key.kid) {
            return Err(fault(format!("the kid {:?} is there twice", key.kid)));
        }
        keys.push(Arc::new(key));
    }
    if keys.is_empty() { Err(KeyError::Empty) } else { Ok(keys) }
}

fn without_values(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Eof => "it ends in the middle".into(),
        serde_json::error::Category::Data => "expected {\"keys\":[…]} with the members of RFC 7518 and use_from".into(),
        _ => format!("it is no JSON from line {} on", error.line()),
    }
}

fn one(algorithm: Algorithm, jwk: Jwk) -> Result<Key, String> {
    let (material, alg, r#use, kid, use_from) = match (jwk, algorithm) {
        (Jwk::Secret { k, alg, r#use, kid, use_from }, Algorithm::Hs256) => {
            let bytes = base64url::decode(k).ok_or("k is no base64url without padding")?;
            if !(SECRET..=LONGEST_SECRET).contains(&bytes.len()) {
                return Err(format!("k has {} bytes, expected {SECRET}", bytes.len()));
            }
            (Material::secret(&bytes), alg, r#use, kid, use_from)
        }
        (Jwk::Curve { crv, x, y, d, alg, r#use, kid, use_from }, Algorithm::Es256) => {
            if crv != "P-256" {
                return Err(format!("crv is {crv:?}, expected \"P-256\""));
            }
            let mut point = vec![4];
            for (name, part) in [("x", x), ("y", y)] {
                let bytes = base64url::decode(part).filter(|bytes| bytes.len() == 32);
                point.extend(bytes.ok_or_else(|| format!("{name} is no base64url of 32 bytes without padding"))?);
            }
            let material = match d {
                Some(d) => {
                    let d = base64url::decode(d).filter(|bytes| bytes.len() == 32);
                    let d = d.ok_or("d is no base64url of 32 bytes without padding")?;
                    Material::private(&d, &point).ok_or("d is not the private key of x and y")?
                }
                None => Material::public(&point).ok_or("x and y are no point of P-256")?,
            };
            (material, alg, r#use, kid, use_from)
        }
        (Jwk::Secret { .. }, Algorithm::Es256) => return Err("kty is \"oct\", expected \"EC\" for ES256".into()),
        (Jwk::Curve { .. }, Algorithm::Hs256) => return Err("kty is \"EC\", expected \"oct\" for HS256".into()),
    };
    if alg != algorithm.jws() {
        return Err(format!("alg is {alg:?}, expected \"{algorithm}\""));
    }
    if r#use != "sig" {
        return Err(format!("use is {:?}, expected \"sig\"", r#use));
    }
    let thumbprint = thumbprint(&material);
    if kid != thumbprint {
        return Err(format!("kid is {kid:?}, expected the key's RFC 7638 thumbprint"));
    }
    Ok(Key { kid: kid.into(), use_from: UnixTime(use_from), material })
}

/// One key a line, so that people can read the file.
pub(super) fn write(keys: &[Arc<Key>], secrets: bool) -> String {
    let lines: Vec<String> = keys
        .iter()
        .filter_map(|key| to_jwk(key, secrets))
        // Strings and numbers become JSON, always.
        .filter_map(|jwk| serde_json::to_string(&jwk).ok())
        .collect();
    format!("{{\"keys\":[\n{}\n]}}\n", lines.join(",\n"))
}

/// None for a secret that is not asked for.
fn to_jwk(key: &Key, secrets: bool) -> Option<Jwk> {
    let (r#use, kid, use_from) = ("sig".into(), key.kid.to_string(), key.use_from.0);
    let (public, d) = match &key.material {
        Material::Secret { bytes, .. } => {
            let k = base64url::encode(bytes);
            return secrets.then_some(Jwk::Secret { k, alg: Algorithm::Hs256.jws().into(), r#use, kid, use_from });
        }
        Material::Private { pair, public } if secrets => (public, Some(base64url::encode(Material::d(pair)?))),
        Material::Private { public, .. } => (public, None),
        Material::Public { bytes, .. } => (bytes, None),
    };
    let (x, y) = point(public);
    Some(Jwk::Curve { crv: "P-256".into(), x, y, d, alg: Algorithm::Es256.jws().into(), r#use, kid, use_from })
}

/// `x` and `y` of an uncompressed point (SEC 1 section 2.3.3).
fn point(public: &[u8]) -> (String, String) {
    let (x, y) = public.get(1..).unwrap_or_default().split_at_checked(32).unwrap_or_default();
    (base64url::encode(x), base64url::encode(y))
}

/// RFC 7638: the required members in lexical order. That of a secret is a hash of 32 random bytes.
pub(super) fn thumbprint(material: &Material) -> String {
    let text = match material {
        Material::Secret { bytes, .. } => format!("{{\"k\":\"{}\",\"kty\":\"oct\"}}", base64url::encode(bytes)),
        Material::Private { public, .. } | Material::Public { bytes: public, .. } => {
            let (x, y) = point(public);
            format!("{{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"{x}\",\"y\":\"{y}\"}}")
        }
    };
    base64url::encode(digest::digest(&digest::SHA256, text.as_bytes()))
}
