//! The check of an assertion, in the order of `docs/assertion.md`.
//!
//! The token says nothing about how it is to be checked: its `alg` has to be the configured one,
//! its `kid` one of the configured keys, and a header with any further member (`jwk`, `jku`, `x5u`,
//! `x5c`, `crit`) is refused. So there is no `none`, no HMAC with a public key, no key of the
//! sender's. A text has one reading: base64url without padding, no repeated members, UTF-8.

use aws_lc_rs::hmac;
use countersign_core::UnixTime;
use serde::Deserialize;

use crate::{
    Bound, Claims, Code, Key, KeySet, LONGEST, LONGEST_LIFE, ReplayCache, RequestFacts, SKEW, TYPE, VerifyError,
    base64url, binding::binding, json, keys::Material,
};

/// Checks assertions for one app.
#[derive(Debug)]
pub struct Verifier {
    keys: KeySet,
    issuer: Box<str>,
    audience: Box<str>,
    session: bool,
}

/// The header: these members and no others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    kid: String,
}

impl Verifier {
    /// Accepts assertions of this issuer for this audience, signed with one of these keys and bound
    /// to their request.
    #[must_use]
    pub fn new(keys: KeySet, issuer: &str, audience: &str) -> Self {
        Self { keys, issuer: issuer.into(), audience: audience.into(), session: false }
    }

    /// Accepts assertions that are bound to no request as well, as `session` mode makes them. By
    /// default they are refused.
    #[must_use]
    pub fn allow_session(mut self) -> Self {
        self.session = true;
        self
    }

    /// Checks with other keys from now on: after the file was read again, because of
    /// [`Code::UnknownKey`], at most once in 10 s.
    pub fn replace_keys(&mut self, keys: KeySet) {
        self.keys = keys;
    }

    /// The claims, if the one value of the header is an assertion for this request.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn verify(
        &self,
        values: &[&[u8]],
        request: &RequestFacts<'_>,
        replay: &dyn ReplayCache,
        now: UnixTime,
    ) -> Result<Claims, VerifyError> {
        let token = match values {
            [] => return Err(VerifyError::new(Code::Missing, "the header is not there")),
            [one] if !one.contains(&b',') => *one,
            _ => return Err(VerifyError::new(Code::Duplicate, "several values, or a comma in one")),
        };
        let claims = self.opened(token)?;
        self.check_claims(&claims, now)?;
        match &claims.bound {
            Some(bound) => check_request(bound, request, &claims, replay, now)?,
            None if self.session => {}
            None => return Err(VerifyError::new(Code::OtherRequest, "it is bound to no request")),
        }
        Ok(claims)
    }

    /// Signature first, then the claims are read.
    fn opened(&self, token: &[u8]) -> Result<Claims, VerifyError> {
        let malformed = |detail: String| VerifyError::new(Code::Malformed, detail);
        if token.len() > LONGEST {
            return Err(malformed(format!("{} bytes, expected at most {LONGEST}", token.len())));
        }
        let mut parts = token.split(|&b| b == b'.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(malformed("not three parts".into()));
        };
        let signed = token.get(..header.len() + 1 + claims.len()).unwrap_or_default();
        let decode = |name: &str, part: &[u8]| {
            base64url::decode(part).ok_or_else(|| malformed(format!("the {name} is no base64url without padding")))
        };
        let header = decode("header", header)?;
        let claims = decode("claims part", claims)?;
        let signature = decode("signature", signature)?;
        let header: Header = json::read(&header).map_err(|e| malformed(format!("the header: {e}")))?;
        let algorithm = self.keys.algorithm().jws();
        if header.typ != TYPE || header.alg != algorithm {
            let detail = format!("{:?} and {:?}, expected {TYPE:?} and {algorithm:?}", header.typ, header.alg);
            return Err(VerifyError::new(Code::Algorithm, detail));
        }
        let key = self.keys.find(&header.kid).ok_or_else(|| VerifyError::new(Code::UnknownKey, header.kid))?;
        if !holds(key, signed, &signature) {
            return Err(VerifyError::new(Code::BadSignature, "it does not hold"));
        }
        json::read(&claims).map_err(|e| malformed(format!("the claims: {e}")))
    }

    fn check_claims(&self, claims: &Claims, now: UnixTime) -> Result<(), VerifyError> {
        let Claims { issuer, audience, issued: UnixTime(issued), expires: UnixTime(expires), .. } = claims;
        let refuse = |code, detail: String| Err(VerifyError::new(code, detail));
        if **issuer != *self.issuer {
            return refuse(Code::Issuer, format!("{issuer:?}, expected {:?}", self.issuer));
        }
        if **audience != *self.audience {
            return refuse(Code::Audience, format!("{audience:?}, expected {:?}", self.audience));
        }
        let life = i128::from(*expires) - i128::from(*issued);
        if !(1..=i128::from(LONGEST_LIFE)).contains(&life) {
            return refuse(Code::Lifetime, format!("{life} s, expected 1 to {LONGEST_LIFE}"));
        }
        if now.0 > expires.saturating_add(SKEW) {
            return refuse(Code::Expired, format!("{} s ago", now.0.saturating_sub(*expires)));
        }
        if now.0 < issued.saturating_sub(SKEW) {
            return refuse(Code::NotYetValid, format!("for another {} s", issued.saturating_sub(now.0)));
        }
        Ok(())
    }
}

fn check_request(
    bound: &Bound,
    request: &RequestFacts<'_>,
    claims: &Claims,
    replay: &dyn ReplayCache,
    now: UnixTime,
) -> Result<(), VerifyError> {
    if bound.req != binding(request) {
        return Err(VerifyError::new(Code::OtherRequest, format!("not for {} {}", request.method, request.path)));
    }
    // Last: what is refused for another reason must not use it up.
    let until = UnixTime(claims.expires.0.saturating_add(SKEW));
    if !request.is_safe() && !replay.first_use(&bound.jti, until, now) {
        return Err(VerifyError::new(Code::Replayed, bound.jti.clone()));
    }
    Ok(())
}

/// Compared in constant time, by aws-lc.
fn holds(key: &Key, signed: &[u8], signature: &[u8]) -> bool {
    match &key.material {
        Material::Secret { key, .. } => hmac::verify(key, signed, signature).is_ok(),
        Material::Public { key, .. } => key.verify_sig(signed, signature).is_ok(),
        Material::Private { public, .. } => {
            aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED, public)
                .verify(signed, signature)
                .is_ok()
        }
    }
}
