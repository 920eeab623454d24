//! Readers, written from the specifications of the formats and not from the code that writes them.
//! Each is strict: what it cannot read is a panic.

use rustls::pki_types::{CertificateDer, pem::PemObject};

/// One attribute: its type, and its value as bytes. A `#` value keeps its `#`.
pub(crate) type Attribute = (String, Vec<u8>);

/// RFC 4514 section 3, in ASCII.
pub(crate) fn distinguished_name(text: &str) -> Vec<Vec<Attribute>> {
    let mut rdns: Vec<Vec<Attribute>> = Vec::new();
    if text.is_empty() {
        return rdns;
    }
    let bytes = text.as_bytes();
    let (mut at, mut begins_rdn) = (0, true);
    loop {
        let equals = at + bytes[at..].iter().position(|&b| b == b'=').unwrap_or_else(|| panic!("no = in {text:?}"));
        let key = text[at..equals].to_owned();
        assert!(!key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.'), "type {key:?}");
        at = equals + 1;
        let (begin, mut value) = (at, Vec::new());
        while at < bytes.len() && !b",+".contains(&bytes[at]) {
            match bytes[at] {
                b'\\' if b" \"#+,;<=>\\".contains(&bytes[at + 1]) => {
                    value.push(bytes[at + 1]);
                    at += 2;
                }
                b'\\' => {
                    value.push(u8::from_str_radix(&text[at + 1..at + 3], 16).unwrap());
                    at += 3;
                }
                b'"' | b';' | b'<' | b'>' | 0 => panic!("{:?} is not escaped in {text:?}", bytes[at] as char),
                b' ' if at == begin || at + 1 == bytes.len() || b",+".contains(&bytes[at + 1]) => {
                    panic!("a space at an end of {text:?}")
                }
                b => {
                    value.push(b);
                    at += 1;
                }
            }
        }
        if begins_rdn {
            rdns.push(Vec::new());
        }
        // The escape tells `\#` from the `#` of a hexadecimal value.
        if bytes.get(begin) == Some(&b'#') {
            assert!(value[1..].iter().all(u8::is_ascii_hexdigit), "{text:?}");
        } else if value.first() == Some(&b'#') {
            assert_eq!(bytes[begin], b'\\');
        }
        rdns.last_mut().unwrap().push((key, value));
        match bytes.get(at) {
            None => return rdns,
            Some(separator) => begins_rdn = *separator == b',',
        }
        at += 1;
    }
}

/// A List of Byte Sequences (RFC 8941 sections 4.2.1 and 4.2.7).
pub(crate) fn byte_sequences(field: &str) -> Vec<Vec<u8>> {
    let one = |item: &str| base64(item.trim_matches(' ').strip_prefix(':').unwrap().strip_suffix(':').unwrap());
    field.split(',').map(one).collect()
}

/// Base64 without armour, as Traefik has it.
pub(crate) fn base64(text: &str) -> Vec<u8> {
    assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)), "{text:?}");
    assert_eq!(text.len() % 4, 0, "padded");
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let armoured = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
    CertificateDer::from_pem_slice(armoured.as_bytes()).unwrap().to_vec()
}

/// All certificates of a PEM text.
pub(crate) fn pem(text: &str) -> Vec<Vec<u8>> {
    CertificateDer::pem_slice_iter(text.as_bytes()).map(|der| der.unwrap().to_vec()).collect()
}

/// `urllib.parse.unquote`; with `plus`, `unquote_plus`.
pub(crate) fn unquote(text: &str, plus: bool) -> String {
    let (mut out, mut bytes) = (Vec::new(), text.bytes());
    while let Some(b) = bytes.next() {
        out.push(match b {
            b'%' => {
                let pair = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&pair).unwrap(), 16).unwrap()
            }
            b'+' if plus => b' ',
            b => b,
        });
    }
    String::from_utf8(out).unwrap()
}

/// How a reader of XFCC takes a backslash inside quotes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Backslash {
    /// As Envoy documents: `\"` is a quote, any other backslash stands for itself.
    BeforeQuotes,
    /// As C does: it takes the next character as it is.
    BeforeAnything,
}

/// The elements of `X-Forwarded-Client-Cert`, each a list of pairs.
pub(crate) fn xfcc(text: &str, backslash: Backslash) -> Vec<Vec<(String, String)>> {
    let mut elements = vec![Vec::new()];
    let mut chars = text.chars().peekable();
    loop {
        let (mut key, mut value, mut quoted) = (String::new(), String::new(), false);
        loop {
            match chars.next().unwrap_or_else(|| panic!("a pair without = in {text:?}")) {
                '=' => break,
                c => key.push(c),
            }
        }
        let end = loop {
            match chars.next() {
                None => {
                    assert!(!quoted, "quotes are open at the end of {text:?}");
                    break None;
                }
                Some('"') => quoted = !quoted,
                Some('\\') if quoted => match (backslash, chars.peek()) {
                    (Backslash::BeforeQuotes, Some('"')) | (Backslash::BeforeAnything, Some(_)) => {
                        value.push(chars.next().unwrap());
                    }
                    _ => value.push('\\'),
                },
                Some(c @ (';' | ',')) if !quoted => break Some(c),
                Some(c) => value.push(c),
            }
        };
        elements.last_mut().unwrap().push((key, value));
        match end {
            None => return elements,
            Some(',') => elements.push(Vec::new()),
            Some(_) => {}
        }
    }
}

/// Traefik's Info, read as simply as readers do: split at `;`, then at the first `=`, quotes off.
pub(crate) fn traefik_info(text: &str) -> Vec<(String, String)> {
    let one = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap();
        let value = value.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
        assert!(!value.contains('"'), "quotes inside {pair:?}");
        (key.to_owned(), value.to_owned())
    };
    unquote(text, true).split(';').map(one).collect()
}

#[test]
fn readers_see_a_forgery_where_there_is_one() {
    // What Traefik itself writes for the CN `x";SAN="admin`.
    let forged = traefik_info("Subject=%22CN=x%22;SAN=%22admin%22;Issuer=%22CN=a%22");
    assert_eq!(forged[1], ("SAN".into(), "admin".into()));
    // What a URI does in XFCC without quotes, and after a backslash that C takes for an escape.
    for reader in [Backslash::BeforeQuotes, Backslash::BeforeAnything] {
        assert_eq!(xfcc("URI=a,Subject=\"CN=b\"", reader).len(), 2);
    }
    let doubtful = "URI=\"a\\\\\";Subject=\\\"CN=b\\\"\"";
    assert_eq!(xfcc(doubtful, Backslash::BeforeQuotes)[0].len(), 1);
    assert_eq!(xfcc(doubtful, Backslash::BeforeAnything)[0].len(), 2);
    assert_eq!(distinguished_name("CN=a\\,b+UID=\\23,O=\\c3\\A9").len(), 2);
}
