//! `signature.json`: who signed.

use super::{GET, Token, accepted, anonymous, b64, claims, es256, header, kid, refused, step, vector};
use crate::{
    format::Vector,
    material::{CURRENT, FOREIGN, NEXT, OLD, Signer},
};

/// The token with its n-th part replaced.
fn part(token: &str, n: usize, make: impl Fn(&str) -> String) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    parts[n] = make(&parts[n]);
    parts.join(".")
}

fn one(name: &str, code: &str, why: &str, token: String) -> Vector {
    vector(name, why, vec![step(vec![token], &GET, code)])
}

pub(crate) fn vectors() -> Vec<Vector> {
    let good = Token::hs256(claims());
    let curve = Token::es256(claims());
    let by =
        |secret: &'static [u8; 32]| good.clone().header(header("HS256", &kid(secret))).signer(Signer::Secret(secret));
    let flipped = |text: &str| {
        let (first, rest) = text.split_at(1);
        format!("{}{rest}", if first == "A" { "B" } else { "A" })
    };
    let mut removed = one(
        "key-that-was-removed",
        "assertion-unknown-key",
        "an old key counts no longer than the file has it",
        by(OLD).text(),
    );
    removed.verifier.keys = "hs256-rotated.jwks".into();
    let bad = "assertion-bad-signature";
    vec![
        accepted("good", "a verified client, the current key", &good),
        accepted("good-anonymous", "a client without a certificate", &Token::hs256(anonymous())),
        accepted("good-old-key", "a superseded key is accepted while the file has it", &by(OLD)),
        accepted("good-next-key", "the gateway's clock may be ahead: every key of the file is accepted", &by(NEXT)),
        es256(accepted("good-es256", "signed with P-256, r || s", &curve)),
        es256(accepted("good-es256-anonymous", "the same without a certificate", &Token::es256(anonymous()))),
        one(
            "changed-claims",
            bad,
            "one character of the claims is another",
            part(&good.text(), 1, |text| text.replacen("I", "J", 1)),
        ),
        one("changed-header", bad, "a header that says the same with a space more", {
            let spaced = String::from_utf8(good.header.clone()).unwrap().replace(",\"alg\"", ", \"alg\"");
            part(&good.text(), 0, |_| b64(&spaced))
        }),
        one("changed-signature", bad, "one character of the signature is another", part(&good.text(), 2, flipped)),
        one("short-signature", bad, "the first 16 bytes of the right signature", {
            let full = crate::material::sign(Signer::Secret(CURRENT), good.text().rsplit_once('.').unwrap().0);
            part(&good.text(), 2, |_| b64(&full[..16]))
        }),
        one(
            "no-signature",
            bad,
            "the right header and nothing that signs it",
            part(&good.text(), 2, |_| String::new()),
        ),
        refused(
            "other-site-with-our-kid",
            bad,
            "the key of another site under the name of ours",
            &good.clone().signer(Signer::Secret(FOREIGN)),
        ),
        refused(
            "kid-of-another-key",
            bad,
            "the kid decides which key is tried, and only that one",
            &good.clone().header(header("HS256", &kid(OLD))),
        ),
        refused(
            "key-of-another-site",
            "assertion-unknown-key",
            "signed well, with a key that this app does not have",
            &by(FOREIGN),
        ),
        removed,
        es256(one(
            "es256-changed-claims",
            bad,
            "one character of the claims is another",
            part(&curve.text(), 1, |text| text.replacen("I", "J", 1)),
        )),
        es256(refused(
            "es256-other-key",
            bad,
            "another P-256 key under the name of ours",
            &curve.clone().signer(Signer::OtherCurve),
        )),
        es256(refused(
            "es256-der",
            bad,
            "JWS has r || s, 64 bytes (RFC 7518 section 3.4), not DER",
            &curve.clone().signer(Signer::CurveAsDer),
        )),
        es256(one(
            "es256-zeros",
            bad,
            "r = s = 0, which careless verifiers took for good (CVE-2022-21449)",
            part(&curve.text(), 2, |_| b64([0; 64])),
        )),
        es256(refused("es256-no-signature", bad, "nothing signs it", &curve.clone().signer(Signer::None))),
    ]
}
