//! What an assertion says: the facts that it is minted from, and the claims that a verifier hands on.
//!
//! The JSON forms are private structs, so that no half-filled one gets out: a verified client has
//! all of `sub`, `cnf`, `x5` and `rev`, an anonymous one none of them; `jti` and `req` come together.
//! Claims that this version does not know are passed over, so that a later gateway may say more.

use countersign_core::{ApiKey, Audience, Identity, UnixTime};
use serde::{Deserialize, Deserializer, Serialize};

use crate::base64url;

/// What is known of a connection when its client was judged.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionFacts<'a> {
    /// None: there is no certificate.
    pub client: Option<ClientFacts<'a>>,
    /// The TLS connection.
    pub tls: TlsFacts<'a>,
}

/// A client whose chain a trust accepted.
#[derive(Clone, Copy, Debug)]
pub struct ClientFacts<'a> {
    /// What its leaf says.
    pub identity: &'a Identity,
    /// The name of the trust.
    pub trust: &'a str,
    /// How it is known that the chain is not revoked.
    pub revocation: Revocation,
}

/// How it is known that a chain is not revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// It is not: the trust has no revocation lists.
    Unchecked,
    /// By revocation lists.
    Crl {
        /// `thisUpdate` of the oldest one used.
        at: UnixTime,
        /// False if one of them was stale, and allowed to be.
        fresh: bool,
    },
}

/// What is told of the TLS connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsFacts<'a> {
    /// Its version.
    pub version: TlsVersion,
    /// The server name that the client asked for, or "".
    pub sni: &'a str,
    /// Whether it resumed a session.
    pub resumed: bool,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TlsVersion {
    /// RFC 5246
    #[serde(rename = "1.2")]
    V1_2,
    /// RFC 8446
    #[serde(rename = "1.3")]
    V1_3,
}

/// The claims of an assertion that was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Form", into = "Form")]
pub struct Claims {
    /// `iss`
    pub issuer: String,
    /// `aud`
    pub audience: String,
    /// `iat`
    pub issued: UnixTime,
    /// `exp`
    pub expires: UnixTime,
    /// None in `session` mode.
    pub bound: Option<Bound>,
    /// None for a client without a certificate.
    pub client: Option<ClientClaims>,
    /// `tls.v`
    pub tls_version: TlsVersion,
    /// `tls.sni`
    pub sni: String,
    /// `tls.resumed`
    pub resumed: bool,
    /// `csrf`
    pub intent: Intent,
    /// `api_key`; none: the route asks for none.
    pub api_key: Option<ApiKeyClaims>,
    /// `reported`: codes of what would have been refused, were the route not on trial.
    pub reported: Vec<String>,
}

/// The API key that the request bore, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyClaims {
    /// Its public part.
    pub id: String,
    /// What the operator calls it.
    pub name: String,
    /// All that it is for; the scope that the route asks for is among them.
    pub scopes: Vec<String>,
}

/// What binds an assertion to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// `jti`: the request id.
    pub jti: String,
    /// `req`: see [`binding`](crate::binding()).
    pub req: String,
}

/// Who sent the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientClaims {
    /// `sub`
    pub subject: String,
    /// `cnf`: SHA-256 of the leaf, base64url (RFC 8705 section 3.1).
    pub thumbprint: String,
    /// `x5`
    pub certificate: Certificate,
    /// `rev`
    pub revocation: Revocation,
}

/// The `x5` claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Subject, RFC 4514.
    #[serde(rename = "s")]
    pub subject: String,
    /// Issuer, RFC 4514.
    #[serde(rename = "i")]
    pub issuer: String,
    /// Serial number, lower-case hexadecimal.
    #[serde(rename = "n")]
    pub serial: String,
    /// Start of validity.
    #[serde(rename = "nb")]
    pub not_before: i64,
    /// End of validity.
    #[serde(rename = "na")]
    pub not_after: i64,
    /// Alternative names, by type.
    pub san: Names,
    /// SHA-256 of the SubjectPublicKeyInfo, base64url.
    pub spki: String,
    /// The name of the trust that accepted it.
    pub bundle: String,
}

/// Alternative names, by type. All five lists are always there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// dNSName
    pub dns: Vec<String>,
    /// rfc822Name
    pub email: Vec<String>,
    /// uniformResourceIdentifier
    pub uri: Vec<String>,
    /// iPAddress
    pub ip: Vec<String>,
    /// Microsoft user principal name
    pub upn: Vec<String>,
}

/// What proved that the request was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// One that the reader does not know is no proof.
    pub basis: String,
    /// The audience of the route.
    pub audience: Audience,
}

/// The claims as JSON has them.
#[derive(Serialize, Deserialize)]
struct Form {
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
    #[serde(default, deserialize_with = "there", skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(default, deserialize_with = "there", skip_serializing_if = "Option::is_none")]
    req: Option<String>,
    status: Status,
    #[serde(default, deserialize_with = "there", skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    #[serde(default, deserialize_with = "there", skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
    #[serde(default, deserialize_with = "there", skip_serializing_if = "Option::is_none")]
    x5: Option<Certificate>,
    #[serde(default, deserialize_with = "there", skip_serializing_if = "Option::is_none")]
    rev: Option<RevocationForm>,
    tls: Tls<String>,
    csrf: Csrf,
    #[serde(default, deserialize_with = "there", skip_serializing_if = "Option::is_none")]
    api_key: Option<ApiKeyClaims>,
    #[serde(default, deserialize_with = "there", skip_serializing_if = "Option::is_none")]
    reported: Option<Vec<String>>,
}

/// A member that is there holds what it should: `null` is not the same as its absence.
fn there<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Verified,
    None,
}

#[derive(Serialize, Deserialize)]
struct Confirmation {
    #[serde(rename = "x5t#S256")]
    thumbprint: String,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "src", rename_all = "lowercase")]
enum RevocationForm {
    None,
    Crl { at: i64, ok: bool },
}

#[derive(Serialize, Deserialize)]
struct Tls<S> {
    v: TlsVersion,
    sni: S,
    resumed: bool,
}

#[derive(Serialize, Deserialize)]
struct Csrf {
    verdict: Verdict,
    basis: String,
    audience: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Permit,
}

impl TryFrom<Form> for Claims {
    type Error = &'static str;

    fn try_from(form: Form) -> Result<Self, Self::Error> {
        let Form { iss, aud, iat, exp, jti, req, status, sub, cnf, x5, rev, tls, csrf, api_key, reported } = form;
        let bound = match (jti, req) {
            (Some(jti), Some(req)) => Some(Bound { jti, req }),
            (None, None) => None,
            _ => return Err("jti and req come together"),
        };
        let client = match (status, sub, cnf, x5, rev) {
            (Status::Verified, Some(subject), Some(cnf), Some(certificate), Some(rev)) => Some(ClientClaims {
                subject,
                thumbprint: cnf.thumbprint,
                certificate,
                revocation: match rev {
                    RevocationForm::None => Revocation::Unchecked,
                    RevocationForm::Crl { at, ok } => Revocation::Crl { at: UnixTime(at), fresh: ok },
                },
            }),
            (Status::None, None, None, None, None) => None,
            (Status::Verified, ..) => return Err("a verified client has sub, cnf, x5 and rev"),
            (Status::None, ..) => return Err("a client without a certificate has no sub, cnf, x5 or rev"),
        };
        if reported.as_ref().is_some_and(Vec::is_empty) {
            return Err("reported names a reason, or is not there");
        }
        let audience = csrf.audience.parse().map_err(|()| "csrf.audience is browser, machine or any")?;
        Ok(Self {
            issuer: iss,
            audience: aud,
            issued: UnixTime(iat),
            expires: UnixTime(exp),
            bound,
            client,
            tls_version: tls.v,
            sni: tls.sni,
            resumed: tls.resumed,
            intent: Intent { basis: csrf.basis, audience },
            api_key,
            reported: reported.unwrap_or_default(),
        })
    }
}

impl From<Claims> for Form {
    fn from(claims: Claims) -> Self {
        let (jti, req) = claims.bound.map(|bound| (bound.jti, bound.req)).unzip();
        let status = if claims.client.is_some() { Status::Verified } else { Status::None };
        let client = claims.client.map(|client| {
            let rev = revocation(client.revocation);
            (client.subject, (Confirmation { thumbprint: client.thumbprint }, (client.certificate, rev)))
        });
        let (sub, rest) = client.unzip();
        let (cnf, rest) = rest.unzip();
        let (x5, rev) = rest.unzip();
        Self {
            iss: claims.issuer,
            aud: claims.audience,
            iat: claims.issued.0,
            exp: claims.expires.0,
            jti,
            req,
            status,
            sub,
            cnf,
            x5,
            rev,
            tls: Tls { v: claims.tls_version, sni: claims.sni, resumed: claims.resumed },
            csrf: Csrf {
                verdict: Verdict::Permit,
                basis: claims.intent.basis,
                audience: claims.intent.audience.code().into(),
            },
            api_key: claims.api_key,
            reported: Some(claims.reported).filter(|reported| !reported.is_empty()),
        }
    }
}

fn revocation(revocation: Revocation) -> RevocationForm {
    match revocation {
        Revocation::Unchecked => RevocationForm::None,
        Revocation::Crl { at, fresh } => RevocationForm::Crl { at: at.0, ok: fresh },
    }
}

/// The claim of a key, as a member with a comma before it.
pub(crate) fn api_key(key: &ApiKey) -> serde_json::Result<String> {
    let claim = ApiKeyClaims {
        id: key.id.to_string(),
        name: key.name.to_string(),
        scopes: key.scopes.iter().map(ToString::to_string).collect(),
    };
    Ok(format!(",\"api_key\":{}", serde_json::to_string(&claim)?))
}

/// The claims that do not change while a connection lasts, as members without the closing brace.
pub(crate) fn constant(issuer: &str, audience: &str, facts: &ConnectionFacts<'_>) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Constant<'a> {
        iss: &'a str,
        aud: &'a str,
        status: Status,
        #[serde(skip_serializing_if = "Option::is_none")]
        sub: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cnf: Option<Confirmation>,
        #[serde(skip_serializing_if = "Option::is_none")]
        x5: Option<Certificate>,
        #[serde(skip_serializing_if = "Option::is_none")]
        rev: Option<RevocationForm>,
        tls: Tls<&'a str>,
    }
    let client = facts.client;
    let TlsFacts { version, sni, resumed } = facts.tls;
    let mut text = serde_json::to_string(&Constant {
        iss: issuer,
        aud: audience,
        status: if client.is_some() { Status::Verified } else { Status::None },
        sub: client.map(|client| client.identity.subject.as_str()),
        cnf: client.map(|client| Confirmation { thumbprint: base64url::encode(client.identity.sha256) }),
        x5: client.map(|client| certificate(client.identity, client.trust)),
        rev: client.map(|client| revocation(client.revocation)),
        tls: Tls { v: version, sni, resumed },
    })?;
    text.pop();
    Ok(text)
}

fn certificate(identity: &Identity, trust: &str) -> Certificate {
    let sans = identity.sans.clone();
    Certificate {
        subject: identity.subject.clone(),
        issuer: identity.issuer.clone(),
        serial: identity.serial.clone(),
        not_before: identity.not_before.0,
        not_after: identity.not_after.0,
        san: Names { dns: sans.dns, email: sans.email, uri: sans.uri, ip: sans.ip, upn: sans.upn },
        spki: base64url::encode(identity.spki_sha256),
        bundle: trust.into(),
    }
}
