//! What the vectors are, file by file.

mod claims;
mod encoding;
mod header;
mod request;
mod signature;
mod time;

use countersign_assertion::{RequestFacts, binding};
use serde_json::{Value, json};

use crate::{
    format::{Algorithm, Step, Told, Vector},
    material::{CURRENT, NOW, Signer, b64, curve_kid, kid, sign},
};

type Make = fn() -> Vec<Vector>;

/// Every file with what makes it.
pub(crate) static FILES: &[(&str, Make)] = &[
    ("signature.json", signature::vectors),
    ("header.json", header::vectors),
    ("encoding.json", encoding::vectors),
    ("claims.json", claims::vectors),
    ("time.json", time::vectors),
    ("request.json", request::vectors),
];

/// The request of all vectors that do not say otherwise.
pub(crate) const GET: RequestFacts<'static> =
    RequestFacts { method: "GET", authority: "app.example.com", path: "/orders/7", query: "a=1&b=2" };
pub(crate) const POST: RequestFacts<'static> = RequestFacts { method: "POST", ..GET };

/// A token in the making.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) header: Vec<u8>,
    pub(crate) claims: Vec<u8>,
    pub(crate) signer: Signer,
}

#[allow(clippy::needless_pass_by_value, reason = "texts and JSON alike, made where they are used")]
impl Token {
    pub(crate) fn hs256(claims: impl ToString) -> Self {
        let header = header("HS256", &kid(CURRENT)).into();
        Self { header, claims: claims.to_string().into(), signer: Signer::Secret(CURRENT) }
    }

    pub(crate) fn es256(claims: impl ToString) -> Self {
        let header = header("ES256", &curve_kid()).into();
        Self { header, claims: claims.to_string().into(), signer: Signer::Curve }
    }

    pub(crate) fn header(mut self, header: impl Into<Vec<u8>>) -> Self {
        self.header = header.into();
        self
    }

    pub(crate) fn signer(mut self, signer: Signer) -> Self {
        self.signer = signer;
        self
    }

    pub(crate) fn text(&self) -> String {
        let signed = format!("{}.{}", b64(&self.header), b64(&self.claims));
        format!("{signed}.{}", b64(sign(self.signer, &signed)))
    }
}

pub(crate) fn header(alg: &str, kid: &str) -> String {
    format!("{{\"typ\":\"countersign+jwt\",\"alg\":\"{alg}\",\"kid\":\"{kid}\"}}")
}

/// Of alice, for a request.
pub(crate) fn claims_for(request: &RequestFacts<'_>) -> Value {
    let basis = if request.is_safe() { "safe-method" } else { "same-origin" };
    json!({
        "iss": "countersign", "aud": "app.example.com", "iat": NOW, "exp": NOW + 30,
        "jti": "0123456789abcdef0123456789abcdef", "req": binding(request),
        "status": "verified", "sub": "CN=alice,O=Example",
        "cnf": {"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"},
        "x5": {
            "s": "CN=alice,O=Example", "i": "CN=Staff CA,O=Example", "n": "1a2b", "nb": NOW - 86_400,
            "na": NOW + 86_400,
            "san": {"dns": [], "email": ["alice@example.com"], "uri": [], "ip": [], "upn": []},
            "spki": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", "bundle": "staff",
        },
        "rev": {"src": "crl", "at": NOW - 600, "ok": true},
        "tls": {"v": "1.3", "sni": "app.example.com", "resumed": false},
        "csrf": {"verdict": "permit", "basis": basis, "audience": "browser"},
    })
}

/// Of alice, for [`GET`].
pub(crate) fn claims() -> Value {
    claims_for(&GET)
}

/// Of nobody, for [`GET`].
pub(crate) fn anonymous() -> Value {
    let mut claims = claims();
    let members = claims.as_object_mut().unwrap();
    for name in ["sub", "cnf", "x5", "rev"] {
        members.remove(name);
    }
    members.insert("status".into(), "none".into());
    claims
}

/// Alice's claims with one changed; `pointer` as in RFC 6901.
pub(crate) fn with(pointer: &str, value: Value) -> Value {
    let mut claims = claims();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    claims.pointer_mut(parent).unwrap()[name] = value;
    claims
}

/// Alice's claims without one.
pub(crate) fn without(pointer: &str) -> Value {
    let mut claims = claims();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    claims.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
    claims
}

pub(crate) fn step(assertions: Vec<String>, request: &RequestFacts<'_>, expect: &str) -> Step {
    Step {
        now: NOW,
        method: request.method.into(),
        authority: request.authority.into(),
        path: request.path.into(),
        query: request.query.into(),
        assertions,
        expect: expect.into(),
        claims: None,
    }
}

/// A step that passes with these claims.
pub(crate) fn passes(token: &Token, request: &RequestFacts<'_>) -> Step {
    let claims = serde_json::from_slice(&token.claims).unwrap();
    Step { claims: Some(claims), ..step(vec![token.text()], request, "ok") }
}

pub(crate) fn told(algorithm: Algorithm) -> Told {
    Told {
        keys: if algorithm == Algorithm::HS256 { "hs256.jwks" } else { "es256.jwks" }.into(),
        algorithm,
        issuer: "countersign".into(),
        audience: "app.example.com".into(),
        session: false,
    }
}

pub(crate) fn vector(name: &str, why: &str, steps: Vec<Step>) -> Vector {
    Vector { name: name.into(), why: why.into(), verifier: told(Algorithm::HS256), steps }
}

/// A token for [`GET`] that is refused.
pub(crate) fn refused(name: &str, code: &str, why: &str, token: &Token) -> Vector {
    vector(name, why, vec![step(vec![token.text()], &GET, code)])
}

/// A token for [`GET`] that passes.
pub(crate) fn accepted(name: &str, why: &str, token: &Token) -> Vector {
    vector(name, why, vec![passes(token, &GET)])
}

/// The same, for a verifier of ES256.
pub(crate) fn es256(mut vector: Vector) -> Vector {
    vector.verifier = told(Algorithm::ES256);
    vector
}
