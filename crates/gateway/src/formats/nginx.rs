//! `nginx`: the names that nginx guides set with `proxy_set_header`.
//!
//! `X-SSL-Client-Verify` is `SUCCESS` or `NONE`, always there. `-S-DN` and `-I-DN` are RFC 4514
//! (nginx: RFC 2253), `-Serial` is upper-case hexadecimal, `-Cert` is the percent-encoded PEM of
//! `$ssl_client_escaped_cert`. `-Fingerprint` is SHA-256, where nginx has SHA-1: a collision must
//! not be an identity.

use der::pem::LineEnding;
use http::HeaderName;

use super::{Stamps, ascii, push};
use crate::VerifiedChain;

const VERIFY: HeaderName = HeaderName::from_static("x-ssl-client-verify");
const S_DN: HeaderName = HeaderName::from_static("x-ssl-client-s-dn");
const I_DN: HeaderName = HeaderName::from_static("x-ssl-client-i-dn");
const SERIAL: HeaderName = HeaderName::from_static("x-ssl-client-serial");
const FINGERPRINT: HeaderName = HeaderName::from_static("x-ssl-client-fingerprint");
const CERT: HeaderName = HeaderName::from_static("x-ssl-client-cert");

pub(super) fn stamp(chain: Option<&VerifiedChain>, stamps: &mut Stamps) {
    let Some(chain) = chain else {
        push(stamps, VERIFY, "NONE");
        return;
    };
    let identity = chain.identity();
    push(stamps, VERIFY, "SUCCESS");
    push(stamps, S_DN, &ascii(&identity.subject));
    push(stamps, I_DN, &ascii(&identity.issuer));
    push(stamps, SERIAL, &serial(&identity.serial));
    push(stamps, FINGERPRINT, &identity.sha256.iter().map(|b| format!("{b:02x}")).collect::<String>());
    if let Ok(pem) = der::pem::encode_string("CERTIFICATE", LineEnding::LF, chain.leaf()) {
        push(stamps, CERT, &percent_encode(&pem));
    }
}

/// Whole bytes in upper case, as OpenSSL prints them.
fn serial(hex: &str) -> String {
    let hex = hex.to_ascii_uppercase();
    if hex.len().is_multiple_of(2) { hex } else { format!("0{hex}") }
}

fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for b in text.bytes() {
        match b {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(b)),
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_as_nginx_writes_them() {
        assert_eq!(serial("a1b"), "0A1B");
        assert_eq!(
            percent_encode("-----BEGIN CERTIFICATE-----\nMA+/=\n"),
            "-----BEGIN%20CERTIFICATE-----%0AMA%2B%2F%3D%0A"
        );
    }
}
