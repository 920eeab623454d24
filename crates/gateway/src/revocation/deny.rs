//! The deny list: certificates that are refused at once, whatever their CA says.
//!
//! One entry per line, `#` starts a comment:
//!
//! ```text
//! sha256:5f3a…                              # SHA-256 of the certificate, hexadecimal
//! spki:r/mIkG3eEpVdm+u/ko/cwxzOMo1bk4TyHIlByibiA5E=   # of its public key: hexadecimal or base64
//! serial:0A:1B issuer:"CN=Staff CA,O=Example"
//! ```
//!
//! An entry holds for leaves and for CAs; hexadecimal may have colons and any case. A line that
//! cannot be read is an error, because a denial that is skipped lets in whom it names.
//!
//! Issuers are compared as sets of components, without regard to case, string types, and spaces
//! around separators. OpenSSL prints a name in the other order than RFC 4514, and an entry copied
//! from there would otherwise match nobody without anyone noticing. What it may catch too many is a
//! certificate of the same serial number by a CA of the same components in another order.

use std::collections::HashSet;

use der::Encode;
use sha2::{Digest, Sha256};

use super::reader::hex;
use crate::chain::Link;

/// What a line can be, for messages.
const FORMS: &str = "write sha256:HEX, spki:HEX or serial:HEX issuer:\"CN=…\"";

/// Certificates that are refused.
#[derive(Clone, Debug, Default)]
pub struct DenyList {
    certificates: HashSet<[u8; 32]>,
    keys: HashSet<[u8; 32]>,
    serials: HashSet<(String, Box<[String]>)>,
}

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct DenyError {
    /// From 1.
    pub line: usize,
    /// What is wrong, and what to write.
    pub why: String,
}

impl DenyList {
    /// Reads the text of a deny list.
    ///
    /// # Errors
    /// Every line that cannot be read.
    pub fn parse(text: &str) -> Result<Self, Vec<DenyError>> {
        let mut list = Self::default();
        let mut errors = Vec::new();
        // Of Windows editors, and of no meaning.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (n, line) in text.lines().enumerate() {
            let entry = without_comment(line).trim();
            if !entry.is_empty()
                && let Err(why) = list.add(entry)
            {
                errors.push(DenyError { line: n + 1, why });
            }
        }
        if errors.is_empty() { Ok(list) } else { Err(errors) }
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.certificates.len() + self.keys.len() + self.serials.len()
    }

    /// Whether nobody is denied.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn add(&mut self, entry: &str) -> Result<(), String> {
        let (form, rest) = entry.split_once(':').ok_or_else(|| format!("{entry:?} is no entry: {FORMS}"))?;
        match form {
            "sha256" => self.certificates.insert(sha256(rest)?),
            "spki" => self.keys.insert(sha256(rest)?),
            "serial" => self.serials.insert(serial(rest)?),
            _ => return Err(format!("{form:?} is no form of entry: {FORMS}")),
        };
        Ok(())
    }

    /// Which entry names this certificate.
    pub(super) fn names(&self, link: &Link<'_>) -> Option<&'static str> {
        if !self.certificates.is_empty() && self.certificates.contains(&digest(link.der)) {
            return Some("sha256");
        }
        let tbs = link.cert.tbs_certificate();
        if !self.keys.is_empty() {
            // It was decoded, so it can be encoded; if not, the certificate is refused.
            match tbs.subject_public_key_info().to_der() {
                Ok(spki) if !self.keys.contains(&digest(&spki)) => {}
                _ => return Some("spki"),
            }
        }
        let denied = !self.serials.is_empty() && {
            let serial = trimmed(&hex(tbs.serial_number().as_bytes()));
            components(&tbs.issuer().to_string()).is_none_or(|issuer| self.serials.contains(&(serial, issuer)))
        };
        denied.then_some("serial")
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Up to the first `#` outside of quotes. One inside of a word belongs to it: DER values in names
/// start with it.
fn without_comment(line: &str) -> &str {
    let (mut quoted, mut escaped, mut start) = (false, false, true);
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '#' if !quoted && start => return line.get(..at).unwrap_or_default(),
            _ => {}
        }
        start = c.is_whitespace();
    }
    line
}

/// 64 hexadecimal digits, or 32 bytes in either base64.
fn sha256(text: &str) -> Result<[u8; 32], String> {
    let text = text.trim();
    if let Ok(digits) = digits(text)
        && digits.len() == 64
    {
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).unwrap_or_default();
            *byte = u8::from_str_radix(pair, 16).map_err(|e| e.to_string())?;
        }
        return Ok(bytes);
    }
    base64(text).ok_or_else(|| {
        format!("{text:?} is no SHA-256: expected 64 hexadecimal digits (colons do no harm), or 32 bytes in base64")
    })
}

/// RFC 4648 sections 4 and 5, with or without padding.
fn base64(text: &str) -> Option<[u8; 32]> {
    let text = text.strip_suffix('=').unwrap_or(text);
    let (mut bits, mut held, mut out) = (0_u32, 0, Vec::new());
    for c in text.bytes() {
        let six = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(six)) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    if text.len() == 43 { out.try_into().ok() } else { None }
}

/// Lower case, without colons.
fn digits(text: &str) -> Result<String, String> {
    let digits: String = text.chars().filter(|c| *c != ':').map(|c| c.to_ascii_lowercase()).collect();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(format!("{text:?} is not hexadecimal"));
    }
    Ok(digits)
}

fn trimmed(hex: &str) -> String {
    hex.trim_start_matches('0').to_ascii_lowercase()
}

/// `0A:1B issuer:"CN=…"`
fn serial(text: &str) -> Result<(String, Box<[String]>), String> {
    let (serial, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
    let serial = digits(serial.strip_prefix("0x").unwrap_or(serial))?;
    let issuer = rest.trim().strip_prefix("issuer:").and_then(|rest| rest.strip_prefix('"')?.strip_suffix('"'));
    let Some(issuer) = issuer else {
        return Err(format!(
            "a serial counts for one CA only: write serial:{serial} issuer:\"CN=…\", the issuer as the log has it"
        ));
    };
    let issuer = components(issuer).filter(|list| !list.is_empty());
    issuer.map(|issuer| (trimmed(&serial), issuer)).ok_or_else(|| {
        format!("the issuer of serial {serial} is no name: write it as the log has it, for example \"CN=Staff CA\"")
    })
}

/// The components of a name, folded and sorted; None if it has one without `=`.
fn components(name: &str) -> Option<Box<[String]>> {
    let mut parts: Vec<String> = Vec::new();
    for part in split(name) {
        let (key, value) = part.split_once('=')?;
        let key = key.trim().to_ascii_lowercase();
        let key = if key == "emailaddress" { "email".to_owned() } else { key };
        if key.is_empty() {
            return None;
        }
        parts.push(format!("{key}={}", unescaped(value.trim()).to_lowercase()));
    }
    parts.sort();
    Some(parts.into())
}

/// At commas and pluses that are neither escaped nor quoted.
fn split(name: &str) -> Vec<String> {
    let (mut parts, mut escaped) = (vec![String::new()], false);
    for c in name.chars() {
        let separates = !escaped && matches!(c, ',' | '+');
        escaped = !escaped && c == '\\';
        if separates {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

/// Escapes of RFC 4514 section 2.4 undone.
fn unescaped(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let pair = after.first_chunk::<2>().and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.extend(after.first());
                rest = after.get(1..).unwrap_or_default();
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "AFF988906DDE129155D9BEBBF928FDCC31CCE328D5B9384F21C8941CA26E2039";
    const BASE64: &str = "r/mIkG3eEpFV2b67+Sj9zDHM4yjVuThPIciUHKJuIDk=";

    #[test]
    fn one_digest_in_every_spelling() {
        let colons: Vec<String> = HEX.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).into()).collect();
        let url = BASE64.replace('/', "_").replace('+', "-");
        let spellings =
            [HEX.into(), HEX.to_lowercase(), colons.join(":"), BASE64.into(), url.trim_end_matches('=').into(), url];
        let text: String = spellings.iter().map(|spelling| format!("spki:{spelling}  # comment\r\n")).collect();
        let list = DenyList::parse(&format!("\u{feff}# list\n\n{text}")).unwrap();
        assert_eq!(list.len(), 1, "{list:?}");
        for wrong in [
            &HEX.replacen("AF", "", 1),
            &BASE64.replacen("r/mI", "", 1),
            &format!("{HEX}00"),
            &String::new(),
            &"!".to_owned(),
            &format!("{BASE64}="),
        ] {
            assert!(sha256(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn one_issuer_in_every_spelling() {
        let name = components("CN=Staff CA\\, East,OU=PKI+L=Bern,O=Example").unwrap();
        for same in [
            "O = Example, L = Bern + OU = PKI, CN = Staff CA\\, East",
            "cn=staff ca\\2c east,ou=pki,l=bern,o=EXAMPLE",
            "CN=Staff CA\\, East, OU=PKI, L=Bern, O=Example",
        ] {
            assert_eq!(components(same).unwrap(), name, "{same}");
        }
        for other in ["CN=Staff CA,East,O=Example", "CN=Staff CA\\, East,O=Example", "CN=Staff CA\\, East"] {
            assert_ne!(components(other), Some(name.clone()), "{other}");
        }
    }

    #[test]
    fn every_line_that_cannot_be_read_is_told() {
        let text = "# fine\nspki:\nserial:7\nserial:7 issuer:CN=x\nserial:x issuer:\"CN=x\"\nserial:7 issuer:\"\"\n\
                    serial:7 issuer:\"CN=x\" and more\nsha1:00\nCN=alice\n";
        let errors = DenyList::parse(text).unwrap_err();
        assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7, 8, 9]);
        assert!(
            errors.iter().all(|error| error.why.contains("write ")
                || error.why.contains("expected")
                || error.why.contains("hexadecimal")),
            "{errors:#?}"
        );
    }

    #[test]
    fn a_comment_starts_a_word() {
        assert_eq!(without_comment("serial:7 issuer:\"CN=a # b\" # c"), "serial:7 issuer:\"CN=a # b\" ");
        assert_eq!(without_comment("#all"), "");
        assert_eq!(without_comment("a#b"), "a#b");
        assert_eq!(without_comment("issuer:\"CN=\\\"# x\" #y"), "issuer:\"CN=\\\"# x\" ");
    }
}
