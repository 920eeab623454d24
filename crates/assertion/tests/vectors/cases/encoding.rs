//! `encoding.json`: texts that some reader would take for a token.

use super::{GET, POST, Token, accepted, claims, claims_for, step, vector};
use crate::format::Vector;

/// A token whose parts each end in a character with unused bits, and in which `-` and `_` occur.
fn ragged() -> Token {
    let mut spaces = String::new();
    loop {
        let token = Token::hs256(format!("{}{spaces}", claims()));
        let text = token.text();
        let parts: Vec<&str> = text.split('.').collect();
        if parts.iter().all(|part| part.len() % 4 != 0) && text.contains('-') && text.contains('_') {
            return token;
        }
        spaces.push(' ');
    }
}

/// The n-th part with its unused last bits set.
fn stray_bits(token: &str, n: usize) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let last = parts[n].pop().unwrap();
    let at = ALPHABET.find(last).unwrap();
    parts[n].push(char::from(ALPHABET.as_bytes()[at + 1]));
    parts.join(".")
}

fn one(name: &str, code: &str, why: &str, values: &[String]) -> Vector {
    vector(name, why, vec![step(values.to_vec(), &GET, code)])
}

pub(crate) fn vectors() -> Vec<Vector> {
    let token = ragged();
    let text = token.text();
    let parts: Vec<&str> = text.split('.').collect();
    let other = Token::hs256(claims_for(&POST)).text();
    let mut all = vec![
        accepted("good-ragged", "white space after the claims, and characters beyond the letters", &token),
        one("missing", "assertion-missing", "the request did not come through the gateway", &[]),
        one("twice", "assertion-duplicate", "the same one in two fields", &[text.clone(), text.clone()]),
        one("two-different", "assertion-duplicate", "a good one after another", &[other.clone(), text.clone()]),
        one("joined", "assertion-duplicate", "two fields, as servers join them", &[format!("{text}, {other}")]),
        one("joined-without-space", "assertion-duplicate", "the same without a space", &[format!("{other},{text}")]),
        one("comma-before", "assertion-duplicate", "an empty field before it", &[format!(",{text}")]),
        one("comma-after", "assertion-duplicate", "an empty field after it", &[format!("{text},")]),
        one("good-and-empty", "assertion-duplicate", "an empty field beside it", &[text.clone(), String::new()]),
    ];
    for (name, value, why) in [
        ("empty", String::new(), "the header is there and says nothing"),
        ("one-part", "eyJhbGciOiJub25lIn0".into(), "one part"),
        ("two-parts", format!("{}.{}", parts[0], parts[1]), "the signature is missing, dot and all"),
        ("four-parts", format!("{text}.AAAA"), "a part too many"),
        ("five-parts", "a.b.c.d.e".into(), "an encrypted token (RFC 7516) is none of ours"),
        ("dot-after", format!("{text}."), "an empty part too many"),
        ("dot-before", format!(".{text}"), "an empty part too many"),
        ("dots", "..".into(), "three empty parts"),
        (
            "padded-header",
            format!("{}{}.{}.{}", parts[0], "=".repeat(4 - parts[0].len() % 4), parts[1], parts[2]),
            "padding is left out (RFC 7515 section 2)",
        ),
        ("padded-signature", format!("{text}="), "padding is left out (RFC 7515 section 2)"),
        ("standard-alphabet", text.replace('-', "+").replace('_', "/"), "the other alphabet: one value, two texts"),
        ("space-before", format!(" {text}"), "white space is no part of it"),
        ("space-after", format!("{text} "), "white space is no part of it"),
        ("line-feed-after", format!("{text}\n"), "white space is no part of it"),
        ("tab-inside", text.replacen('.', ".\t", 1), "white space is no part of it"),
        ("scheme", format!("Bearer {text}"), "no scheme stands before it"),
        ("quoted", format!("\"{text}\""), "it is not quoted"),
        ("stray-bits-header", stray_bits(&text, 0), "unused bits of the last character are zero: one value, one text"),
        ("stray-bits-claims", stray_bits(&text, 1), "unused bits of the last character are zero"),
        (
            "stray-bits-signature",
            stray_bits(&text, 2),
            "unused bits of the last character are zero: otherwise a used token has four spellings",
        ),
        (
            "one-character-too-many",
            format!("{}.{}{}.{}", parts[0], parts[1], "A".repeat(5 - parts[1].len() % 4), parts[2]),
            "some decoders drop what does not fill a byte",
        ),
        ("byte-beyond-ascii", format!("{text}\u{e9}"), "a byte that is no character of it"),
        (
            "latin1-digit",
            format!("{}.{}.\u{b2}{}", parts[0], parts[1], &parts[2][1..]),
            "isdigit() and isalnum() take it for one",
        ),
        ("nul", format!("{text}\0"), "a NUL ends a text for some readers"),
        (
            "json-serialization",
            format!("{{\"payload\":\"{}\"}}", parts[1]),
            "the JSON serialization of a JWS is none of ours",
        ),
        ("too-long", "A".repeat((16 << 10) + 1), "longer than 16 KiB"),
        ("too-long-and-good", long((16 << 10) + 1).text(), "signed well, and longer than 16 KiB"),
    ] {
        all.push(one(name, "assertion-malformed", why, &[value]));
    }
    all.push(accepted("as-long-as-allowed", "16 KiB, less at most three bytes", &long(16 << 10)));
    all
}

/// A good token of at least, or at most, so many bytes: white space fills it up.
fn long(bytes: usize) -> Token {
    let claims = claims().to_string();
    let fixed = Token::hs256("").text().len();
    let fill = if bytes > 16 << 10 { (bytes - fixed).div_ceil(4) * 3 } else { (bytes - fixed) / 4 * 3 };
    Token::hs256(format!("{claims}{}", " ".repeat(fill - claims.len())))
}
