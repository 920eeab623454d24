//! Distinguished names and the subtrees over them.
//!
//! A name is inside if it begins with the subtree's components. Components are compared as RFC 5280
//! section 7.1 has it: texts without regard to their string type, to case, to how letters are
//! composed, and to repeated or surrounding spaces; whatever is no text, byte by byte. A text in a
//! code that nobody agrees on (a TeletexString beyond ASCII) is comparable only with itself.

use std::cmp::Ordering;

use der::{Encode, asn1::ObjectIdentifier};
use unicode_normalization::UnicodeNormalization;
use x509_cert::name::Name;

use super::Stands;
use crate::certificate::{CertificateError, is_plain, text};

/// Components, each a set of attributes.
#[derive(Debug)]
pub(super) struct Directory(Vec<Vec<Attribute>>);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Attribute {
    kind: ObjectIdentifier,
    value: Value,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Text(String),
    /// DER of what is no text.
    Bytes(Vec<u8>),
    /// DER of a text in an unknown code.
    Opaque(Vec<u8>),
}

impl Directory {
    pub(super) fn read(name: &Name) -> Result<Self, CertificateError> {
        let components = name.iter_rdn().map(|component| {
            let attributes = component.iter().map(|attribute| {
                let value = match text(&attribute.value)? {
                    Some(text) if !is_plain(&text) => return Err(CertificateError::Name),
                    Some(text) => Value::Text(prepared(&text)),
                    None if der::Tagged::tag(&attribute.value) == der::Tag::TeletexString => {
                        Value::Opaque(attribute.value.to_der()?)
                    }
                    None => Value::Bytes(attribute.value.to_der()?),
                };
                Ok(Attribute { kind: attribute.oid, value })
            });
            let mut attributes: Vec<_> = attributes.collect::<Result<_, CertificateError>>()?;
            attributes.sort_unstable();
            Ok(attributes)
        });
        components.collect::<Result<_, CertificateError>>().map(Self)
    }

    /// Where `name` stands to the subtree that starts here.
    pub(super) fn holds(&self, name: &Self) -> Stands {
        if name.0.len() < self.0.len() {
            return Stands::Outside;
        }
        let mut result = Stands::Inside;
        for (base, component) in self.0.iter().zip(&name.0) {
            match compare(base, component) {
                Stands::Inside => {}
                Stands::Outside => return Stands::Outside,
                Stands::Unclear => result = Stands::Unclear,
            }
        }
        result
    }
}

/// `Inside` if they are the same.
fn compare(a: &[Attribute], b: &[Attribute]) -> Stands {
    if a == b {
        return Stands::Inside;
    }
    let opaque = |attributes: &[Attribute]| attributes.iter().any(|a| matches!(a.value, Value::Opaque(_)));
    let kinds = |attributes: &[Attribute]| {
        let mut kinds: Vec<_> = attributes.iter().map(|attribute| attribute.kind).collect();
        kinds.sort_unstable();
        kinds
    };
    if kinds(a).cmp(&kinds(b)) == Ordering::Equal && (opaque(a) || opaque(b)) {
        return Stands::Unclear;
    }
    Stands::Outside
}

/// The text as it is compared: RFC 4518 in essence. Lower case of upper case is how letters fold
/// that have no single counterpart (ß and SS).
fn prepared(text: &str) -> String {
    let folded = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        // Soft hyphens, joiners and variation selectors are mapped to nothing.
        let shown = text.chars().filter(|c| {
            !matches!(c, '\u{ad}' | '\u{34f}' | '\u{180b}'..='\u{180f}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
        });
        let text: String = shown.nfkc().collect();
        text.to_uppercase().to_lowercase().nfkc().collect()
    };
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    fn stands(base: &str, name: &str) -> Stands {
        let read = |name: &str| Directory::read(&Name::from_str(name).unwrap()).unwrap();
        read(base).holds(&read(name))
    }

    #[test]
    fn names_below_a_subtree() {
        for (base, name, expected) in [
            ("O=Example,C=DE", "CN=alice,O=Example,C=DE", Stands::Inside),
            ("O=Example,C=DE", "O=Example,C=DE", Stands::Inside),
            ("O=Example,C=DE", "CN=alice,O=EXAMPLE ,C=de", Stands::Inside),
            ("O=Big  Example,C=DE", "O= big example,C=DE", Stands::Inside),
            ("O=Stra\u{df}e", "O=STRASSE", Stands::Inside),
            ("O=Zo\u{eb}", "O=ZOE\u{308}", Stands::Inside),
            ("O=Example", "O=\u{ff25}xample", Stands::Inside),
            ("O=Example,C=DE", "C=DE", Stands::Outside),
            ("O=Example,C=DE", "CN=alice,O=Example", Stands::Outside),
            ("O=Example,C=DE", "O=Example,C=DE,CN=alice", Stands::Outside),
            ("O=Example,C=DE", "CN=alice,O=Other,C=DE", Stands::Outside),
            ("O=Example,C=DE", "CN=alice,OU=Example,C=DE", Stands::Outside),
            ("O=Example+OU=x", "CN=alice,OU=x+O=Example", Stands::Inside),
            ("O=Example", "CN=alice,OU=x+O=Example", Stands::Outside),
            ("O=Zoe", "O=Zo\u{eb}", Stands::Outside),
        ] {
            assert_eq!(stands(base, name), expected, "{name:?} to {base:?}");
        }
    }

    #[test]
    fn a_text_in_an_unknown_code_is_unclear() {
        // O=, TeletexString, one byte beyond ASCII.
        let teletex = "2.5.4.10=#1401e9";
        assert_eq!(stands("O=\u{e9}", teletex), Stands::Unclear);
        assert_eq!(stands(teletex, teletex), Stands::Inside);
        assert_eq!(stands("C=DE", teletex), Stands::Outside);
    }
}
