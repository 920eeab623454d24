//! `claims.json`: signed well, and not what an app may rely on.

use serde_json::{Value, json};

use super::{GET, Token, accepted, anonymous, claims, passes, refused, vector, with, without};
use crate::{
    format::Vector,
    material::{NOW, Signer},
};

/// Nobody, who would have been refused twice.
fn with_reported() -> Value {
    let mut claims = anonymous();
    claims["csrf"]["basis"] = "report-only".into();
    claims["reported"] = json!(["client-cert-missing", "origin-mismatch"]);
    claims
}

pub(crate) fn vectors() -> Vec<Vector> {
    let malformed = "assertion-malformed";
    let mut all = Vec::new();
    let text = claims().to_string();
    let mut raw = |name: &str, claims: &str, why: &str| all.push(refused(name, malformed, why, &Token::hs256(claims)));
    let exp = format!("\"exp\":{}", NOW + 30);
    let now = NOW.to_string();
    for (name, claims, why) in [
        ("claims-no-json", "iss=countersign".to_owned(), "no JSON"),
        ("claims-empty", String::new(), "nothing at all"),
        ("claims-list", format!("[{text}]"), "no object"),
        ("claims-null", "null".into(), "no object"),
        ("claims-and-more", format!("{text}{{}}"), "something follows the object"),
        ("claims-comment", text.replacen('{', "{/* */", 1), "JSON has no comments"),
        ("claims-trailing-comma", text.replace("}}", "},}"), "JSON has no trailing commas"),
        (
            "exp-twice",
            text.replace(&exp, &format!("{exp},\"exp\":{}", NOW + 40)),
            "readers differ on which of two members counts",
        ),
        (
            "exp-twice-the-same",
            text.replace(&exp, &format!("{exp},{exp}")),
            "two members of one name, whatever they say",
        ),
        (
            "exp-twice-escaped",
            text.replace(&exp, &format!("{exp},\"\\u0065xp\":{}", NOW + 40)),
            "the same name, spelt with an escape",
        ),
        (
            "verdict-twice",
            text.replace("\"verdict\":\"permit\"", "\"verdict\":\"permit\",\"verdict\":\"permit\""),
            "repeated further in",
        ),
        ("unknown-twice", text.replacen('{', "{\"a\":{\"b\":1,\"b\":1},", 1), "repeated in a claim that nobody reads"),
        ("not-a-number", text.replacen('{', "{\"a\":NaN,", 1), "NaN is not JSON"),
        ("infinity", text.replacen('{', "{\"a\":-Infinity,", 1), "Infinity is not JSON"),
        ("lone-surrogate", text.replace("CN=alice,O=Example", "CN=\\ud800"), "no text: half a character"),
        ("exp-text", text.replace(&exp, &format!("\"exp\":\"{}\"", NOW + 30)), "a number in quotes"),
        ("exp-float", text.replace(&exp, &format!("\"exp\":{}.0", NOW + 30)), "whole seconds"),
        ("exp-exponent", text.replace(&exp, "\"exp\":1.80000003e9"), "whole seconds, written so"),
        (
            "exp-huge",
            text.replace(&exp, "\"exp\":1000000000000000000000000000000"),
            "no time that a clock can show: beyond 64 bits",
        ),
        ("exp-true", text.replace(&exp, "\"exp\":true"), "true is no number, even where it counts as one"),
        ("exp-null", text.replace(&exp, "\"exp\":null"), "null is no number"),
        ("exp-leading-zero", text.replace(&exp, &format!("\"exp\":0{}", NOW + 30)), "JSON has no leading zeros"),
        ("iat-text", text.replace(&format!("\"iat\":{now}"), &format!("\"iat\":\"{now}\"")), "a number in quotes"),
        ("iat-float", text.replace(&format!("\"iat\":{now}"), &format!("\"iat\":{now}.5")), "whole seconds"),
    ] {
        raw(name, &claims, why);
    }
    for pointer in [
        "/iss",
        "/aud",
        "/iat",
        "/exp",
        "/jti",
        "/req",
        "/status",
        "/sub",
        "/cnf",
        "/x5",
        "/rev",
        "/tls",
        "/csrf",
        "/cnf/x5t#S256",
        "/x5/s",
        "/x5/n",
        "/x5/na",
        "/x5/san",
        "/x5/san/upn",
        "/x5/spki",
        "/x5/bundle",
        "/rev/src",
        "/rev/at",
        "/rev/ok",
        "/tls/v",
        "/tls/sni",
        "/tls/resumed",
        "/csrf/verdict",
        "/csrf/basis",
        "/csrf/audience",
    ] {
        let name = format!("without-{}", pointer[1..].replace('/', "-").to_lowercase().replace('#', "-"));
        all.push(refused(&name, malformed, "a claim is missing", &Token::hs256(without(pointer))));
    }
    for (name, pointer, value, why) in [
        ("aud-list", "/aud", json!(["app.example.com"]), "one text: a list would be for several apps"),
        (
            "aud-list-of-two",
            "/aud",
            json!(["app.example.com", "other.example.com"]),
            "one text: a list would be for several apps",
        ),
        ("iss-null", "/iss", Value::Null, "null is no text"),
        ("jti-number", "/jti", json!(7), "a text"),
        ("jti-null", "/jti", Value::Null, "null is not the same as its absence"),
        ("req-null", "/req", Value::Null, "null is not the same as its absence"),
        ("sub-list", "/sub", json!(["CN=alice,O=Example"]), "a text"),
        ("status-unknown", "/status", json!("unverified"), "verified or none"),
        ("status-upper-case", "/status", json!("VERIFIED"), "verified or none"),
        ("status-true", "/status", json!(true), "a text"),
        ("san-text", "/x5/san/email", json!("alice@example.com"), "a list, even of one"),
        ("san-of-numbers", "/x5/san/email", json!([1]), "a list of texts"),
        ("serial-number", "/x5/n", json!(6699), "a text: serials are longer than numbers"),
        ("rev-unknown", "/rev", json!({"src": "ocsp", "at": NOW}), "crl or none"),
        ("rev-ok-text", "/rev/ok", json!("true"), "a truth value"),
        ("tls-old", "/tls/v", json!("1.1"), "1.2 or 1.3"),
        ("tls-number", "/tls/v", json!(1.3), "a text"),
        ("resumed-number", "/tls/resumed", json!(0), "a truth value"),
        ("verdict-refuse", "/csrf/verdict", json!("refuse"), "what was refused is never forwarded"),
        ("route-audience-unknown", "/csrf/audience", json!("everybody"), "browser, machine or any"),
        ("route-audience-list", "/csrf/audience", json!(["browser"]), "a text"),
        ("basis-null", "/csrf/basis", Value::Null, "a text"),
        ("api-key-null", "/api_key", Value::Null, "null is not the same as its absence"),
        ("api-key-text", "/api_key", json!("58xp5d9x"), "an object"),
        ("api-key-without-name", "/api_key", json!({"id": "58xp5d9x", "scopes": []}), "a member is missing"),
        (
            "api-key-with-scopes-in-a-text",
            "/api_key",
            json!({"id": "58xp5d9x", "name": "nightly", "scopes": "orders"}),
            "a list, even of one",
        ),
        ("reported-text", "/reported", json!("client-cert-missing"), "a list, even of one"),
        ("reported-null", "/reported", Value::Null, "null is not the same as its absence"),
        ("reported-nothing", "/reported", json!([]), "what would not have been refused is not spoken of"),
        ("reported-of-numbers", "/reported", json!([403]), "a list of texts"),
    ] {
        all.push(refused(name, malformed, why, &Token::hs256(with(pointer, value))));
    }
    let mut half = anonymous();
    half["sub"] = "CN=alice,O=Example".into();
    all.push(refused(
        "nobody-with-a-name",
        malformed,
        "without a certificate there is nobody to name",
        &Token::hs256(half),
    ));
    for (name, pointer, value, code) in [
        ("iss-other", "/iss", "another-gateway", "assertion-issuer"),
        ("iss-upper-case", "/iss", "Countersign", "assertion-issuer"),
        ("iss-empty", "/iss", "", "assertion-issuer"),
        ("aud-other", "/aud", "other.example.com", "assertion-audience"),
        ("aud-upper-case", "/aud", "APP.example.com", "assertion-audience"),
        ("aud-longer", "/aud", "app.example.com.evil.example", "assertion-audience"),
    ] {
        all.push(refused(name, code, "exactly what is configured", &Token::hs256(with(pointer, value.into()))));
    }
    let mut wrong = with("/iss", "another".into());
    wrong["aud"] = "another".into();
    wrong["exp"] = NOW.into();
    all.push(refused(
        "order-of-checks",
        "assertion-issuer",
        "of several faults the first is told",
        &Token::hs256(wrong.clone()),
    ));
    all.push(refused(
        "signature-before-claims",
        "assertion-bad-signature",
        "claims that nobody signed are not even looked at",
        &Token::hs256("[").signer(Signer::None),
    ));
    all.extend([
        accepted(
            "basis-unknown",
            "a later gateway may know more; to this reader it is no proof of intent",
            &Token::hs256(with("/csrf/basis", json!("psychic"))),
        ),
        accepted(
            "api-key",
            "the route asked for a key, and the request bore it",
            &Token::hs256(with(
                "/api_key",
                json!({"id": "58xp5d9x", "name": "nightly", "scopes": ["orders", "reports:read"]}),
            )),
        ),
        accepted(
            "reported",
            "let through without a proof by a route on trial: the app is told which",
            &Token::hs256(with_reported()),
        ),
        accepted("rev-none", "the trust has no revocation list", &Token::hs256(with("/rev", json!({"src": "none"})))),
        accepted("rev-stale", "a stale list that was allowed", &Token::hs256(with("/rev/ok", json!(false)))),
        accepted(
            "names-beyond-ascii",
            "texts are Unicode",
            &Token::hs256(with("/sub", json!("CN=Zo\u{eb} \u{1f511},O=\"Ex,ample\""))),
        ),
        accepted(
            "without-sni",
            "a client that was told an address names no server",
            &Token::hs256(with("/tls/sni", json!(""))),
        ),
    ]);
    let more = with("/new", json!({"a": [1, 2]}));
    let mut step = passes(&Token::hs256(&more), &GET);
    step.claims = Some(claims());
    all.push(vector("unknown-claim", "a later gateway may say more: passed over", vec![step]));
    all
}
