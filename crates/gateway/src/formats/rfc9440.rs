//! `rfc9440`: `Client-Cert` and `Client-Cert-Chain` (RFC 9440), structured fields (RFC 8941).
//!
//! The certificate itself as a byte sequence, so that nothing of what its owner chose is text. The
//! chain is the one that was validated, not the one that was presented: a client may send
//! certificates that have nothing to do with its own. The anchor is left out, as section 2.3 allows.

use base64ct::{Base64, Encoding};
use http::HeaderName;
use rustls::pki_types::CertificateDer;

use super::{Fields, IdentityFormat};
use crate::VerifiedChain;

pub(super) const FORMAT: IdentityFormat = IdentityFormat {
    code: "rfc9440",
    about: "The standard: apps that parse the certificate themselves. Says nothing about a client without a \
            certificate.",
    headers: &[
        ("Client-Cert", "the leaf, a Byte Sequence of its DER"),
        ("Client-Cert-Chain", "the CAs below the trusted one, a List of Byte Sequences, the leaf's issuer first"),
    ],
    stamp,
};

const CLIENT_CERT: HeaderName = HeaderName::from_static("client-cert");
const CLIENT_CERT_CHAIN: HeaderName = HeaderName::from_static("client-cert-chain");

fn stamp(chain: Option<&VerifiedChain>, fields: &mut Fields) {
    let Some(chain) = chain else { return };
    fields.put(CLIENT_CERT, &byte_sequence(chain.leaf()));
    let cas: Vec<String> = chain.chain().iter().map(byte_sequence).collect();
    if !cas.is_empty() {
        fields.put_if_it_fits(CLIENT_CERT_CHAIN, &cas.join(", "));
    }
}

/// RFC 8941 section 3.3.5.
fn byte_sequence(der: &CertificateDer<'_>) -> String {
    format!(":{}:", Base64::encode_string(der))
}
