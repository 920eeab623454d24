//! `nginx`: the names that nginx guides set with `proxy_set_header`.
//!
//! `X-SSL-Client-Verify` is `SUCCESS` or `NONE`, always there. `-S-DN` and `-I-DN` are RFC 4514
//! (nginx: RFC 2253), `-Serial` is upper-case hexadecimal, `-Cert` is the percent-encoded PEM of
//! `$ssl_client_escaped_cert`. `-Fingerprint` is SHA-256, where nginx has SHA-1: a collision must
//! not be an identity.

use http::HeaderName;

use super::{Fields, IdentityFormat, distinguished_name::ascii, pem, percent};
use crate::VerifiedChain;

pub(super) const FORMAT: IdentityFormat = IdentityFormat {
    code: "nginx",
    about: "What nginx guides set with `proxy_set_header`. The fingerprint is SHA-256, where nginx has SHA-1. The \
            only format that says something about a client without a certificate: `NONE`.",
    headers: &[
        ("X-SSL-Client-Verify", "`SUCCESS`, or `NONE` without a certificate"),
        ("X-SSL-Client-S-DN", "the subject (RFC 4514)"),
        ("X-SSL-Client-I-DN", "the issuer (RFC 4514)"),
        ("X-SSL-Client-Serial", "the serial number, upper-case hexadecimal"),
        ("X-SSL-Client-Fingerprint", "SHA-256 of the certificate, lower-case hexadecimal"),
        ("X-SSL-Client-Cert", "the leaf, percent-encoded PEM"),
    ],
    stamp,
};

const VERIFY: HeaderName = HeaderName::from_static("x-ssl-client-verify");
const S_DN: HeaderName = HeaderName::from_static("x-ssl-client-s-dn");
const I_DN: HeaderName = HeaderName::from_static("x-ssl-client-i-dn");
const SERIAL: HeaderName = HeaderName::from_static("x-ssl-client-serial");
const FINGERPRINT: HeaderName = HeaderName::from_static("x-ssl-client-fingerprint");
const CERT: HeaderName = HeaderName::from_static("x-ssl-client-cert");

fn stamp(chain: Option<&VerifiedChain>, fields: &mut Fields) {
    let Some(chain) = chain else {
        fields.put(VERIFY, "NONE");
        return;
    };
    let identity = chain.identity();
    fields.put(VERIFY, "SUCCESS");
    fields.put(S_DN, &ascii(&identity.subject));
    fields.put(I_DN, &ascii(&identity.issuer));
    fields.put(SERIAL, &serial(&identity.serial));
    fields.put(FINGERPRINT, &identity.sha256.iter().map(|b| format!("{b:02x}")).collect::<String>());
    fields.put(CERT, &percent::encode(&pem(chain.leaf()), b""));
}

/// Whole bytes in upper case, as OpenSSL prints them.
pub(super) fn serial(hex: &str) -> String {
    let hex = hex.to_ascii_uppercase();
    if hex.len().is_multiple_of(2) { hex } else { format!("0{hex}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_as_openssl_prints_them() {
        assert_eq!(serial("a1b"), "0A1B");
        assert_eq!(serial("0"), "00");
    }
}
