//! `header.json`: tokens that want to say how they are checked.

use super::{Token, accepted, claims, curve_kid, es256, header, kid, refused};
use crate::{
    format::Vector,
    material::{CURRENT, Signer, b64, public_point},
};

pub(crate) fn vectors() -> Vec<Vector> {
    let good = Token::hs256(claims());
    let (kid, curve_kid) = (kid(CURRENT), curve_kid());
    let (algorithm, malformed) = ("assertion-algorithm", "assertion-malformed");
    let mut all = Vec::new();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let name = format!("alg-{}", if alg.is_empty() { "empty".into() } else { alg.to_lowercase() + "-" + alg });
        let token = good.clone().header(header(alg, &kid)).signer(Signer::None);
        all.push(refused(&name, algorithm, "an unsigned token in any spelling (RFC 8725 section 3.2)", &token));
    }
    for alg in ["RS256", "HS384", "HS512", "hs256", "ES256", "EdDSA"] {
        let token = good.clone().header(header(alg, &kid));
        all.push(refused(&format!("alg-{alg}-for-hs256"), algorithm, "another algorithm than configured", &token));
    }
    all.push(es256(refused(
        "hs256-with-the-public-key",
        algorithm,
        "the public key taken for a secret: the header would choose the algorithm (RFC 8725 section 2.1)",
        &good.clone().header(header("HS256", &curve_kid)).signer(Signer::PublicAsSecret),
    )));
    all.push(es256(refused(
        "es256-signed-by-hmac",
        "assertion-bad-signature",
        "the right algorithm by name, an HMAC with the public key in fact",
        &good.clone().header(header("ES256", &curve_kid)).signer(Signer::PublicAsSecret),
    )));
    all.push(es256(refused("hs256-for-es256", algorithm, "a token of another site's algorithm", &good)));
    all.push(es256(refused(
        "alg-none-for-es256",
        algorithm,
        "unsigned",
        &good.clone().header(header("none", &curve_kid)).signer(Signer::None),
    )));
    for typ in ["JWT", "COUNTERSIGN+JWT", "application/countersign+jwt", ""] {
        let text = format!("{{\"typ\":\"{typ}\",\"alg\":\"HS256\",\"kid\":\"{kid}\"}}");
        let name =
            format!("typ-{}", if typ.is_empty() { "empty".into() } else { typ.to_lowercase().replace('/', "-") });
        let why = "a token that the same key signed for another purpose (RFC 8725 section 3.11)";
        all.push(refused(&name, algorithm, why, &good.clone().header(text)));
    }
    let point = public_point();
    let jwk = format!(
        "{{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"{}\",\"y\":\"{}\"}}",
        b64(&point[1..33]),
        b64(&point[33..])
    );
    for (name, member) in [
        ("jwk", format!("\"jwk\":{jwk}")),
        ("jku", "\"jku\":\"https://evil.example/keys\"".into()),
        ("x5u", "\"x5u\":\"https://evil.example/chain.pem\"".into()),
        ("x5c", "\"x5c\":[\"MIIB\"]".into()),
        ("crit", "\"crit\":[\"exp\"]".into()),
        ("b64", "\"b64\":false,\"crit\":[\"b64\"]".into()),
        ("cty", "\"cty\":\"JWT\"".into()),
        ("unknown", "\"x\":1".into()),
    ] {
        let text = header("HS256", &kid).replace("}", &format!(",{member}}}"));
        let why = "the header has three members and no others: keys come from the configuration";
        all.push(refused(&format!("header-with-{name}"), malformed, why, &good.clone().header(text)));
    }
    let plain = header("HS256", &kid);
    for (name, text, why) in [
        (
            "header-without-kid",
            "{\"typ\":\"countersign+jwt\",\"alg\":\"HS256\"}".to_owned(),
            "which key is not to be guessed",
        ),
        ("header-without-alg", format!("{{\"typ\":\"countersign+jwt\",\"kid\":\"{kid}\"}}"), "a member is missing"),
        ("header-without-typ", format!("{{\"alg\":\"HS256\",\"kid\":\"{kid}\"}}"), "a member is missing"),
        ("header-none-alone", "{\"alg\":\"none\"}".into(), "the classic, which lacks members"),
        ("header-empty", "{}".into(), "all members are missing"),
        ("header-kid-number", plain.replace(&format!("\"{kid}\""), "1"), "a kid of another type"),
        ("header-kid-null", plain.replace(&format!("\"{kid}\""), "null"), "null is no text"),
        ("header-kid-list", plain.replace(&format!("\"{kid}\""), &format!("[\"{kid}\"]")), "a kid of another type"),
        (
            "header-two-algs",
            plain.replace("\"alg\":\"HS256\"", "\"alg\":\"none\",\"alg\":\"HS256\""),
            "readers differ on which of two members counts",
        ),
        (
            "header-two-algs-escaped",
            plain.replace("\"alg\":\"HS256\"", "\"\\u0061lg\":\"none\",\"alg\":\"HS256\""),
            "the same name, spelt with an escape",
        ),
        ("header-list", format!("[{plain}]"), "no object"),
        ("header-text", "\"HS256\"".into(), "no object"),
        ("header-tower", "[".repeat(9_000), "nested deeper than a careless parser's stack"),
        ("header-two-objects", format!("{plain}{plain}"), "something follows the object"),
        ("header-no-json", "typ=countersign+jwt".into(), "no JSON"),
    ] {
        all.push(refused(name, malformed, why, &good.clone().header(text)));
    }
    for (name, bytes, why) in [
        ("header-no-utf8", [plain.as_bytes(), b"\xff"].concat(), "no UTF-8"),
        (
            "header-bom",
            [b"\xef\xbb\xbf", plain.as_bytes()].concat(),
            "JSON has no byte order mark (RFC 8259 section 8.1)",
        ),
        (
            "header-utf16",
            plain.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            "JSON is UTF-8: a parser that guesses reads what others do not",
        ),
        ("header-nothing", Vec::new(), "an empty first part"),
    ] {
        all.push(refused(name, malformed, why, &good.clone().header(bytes)));
    }
    for (name, other) in [
        ("empty", ""),
        ("path", "../../../../dev/null"),
        ("sql", "x' UNION SELECT 'k"),
        ("lower-case", &*kid.to_lowercase()),
    ] {
        let why = "a kid is compared with those of the file and used for nothing else";
        all.push(refused(
            &format!("kid-{name}"),
            "assertion-unknown-key",
            why,
            &good.clone().header(header("HS256", other)),
        ));
    }
    let spaced = format!("{{ \"kid\" : \"{kid}\", \"alg\":\"HS256\",\n\"typ\":\"countersign+jwt\" }}");
    all.push(accepted("header-in-another-order", "order and white space mean nothing", &good.header(spaced)));
    all
}
