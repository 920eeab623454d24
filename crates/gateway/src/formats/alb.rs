//! `alb`: what an AWS Application Load Balancer in `verify` mode adds.
//!
//! `-Validity` is `NotBefore=…;NotAfter=…` in RFC 3339; `-Leaf` is percent-encoded PEM in which
//! AWS leaves `+`, `=` and `/` as they are, so that it must be decoded without turning `+` into a
//! space. Names are RFC 4514 (AWS: RFC 2253, the same for what matters here).

use http::HeaderName;

use super::{Fields, IdentityFormat, distinguished_name::ascii, nginx::serial, pem, percent};
use crate::VerifiedChain;

pub(super) const FORMAT: IdentityFormat = IdentityFormat {
    code: "alb",
    about: "What apps behind an AWS Application Load Balancer in `verify` mode read. Absent for a client without a \
            certificate.",
    headers: &[
        ("X-Amzn-Mtls-Clientcert-Serial-Number", "the serial number, upper-case hexadecimal"),
        ("X-Amzn-Mtls-Clientcert-Issuer", "the issuer (RFC 4514)"),
        ("X-Amzn-Mtls-Clientcert-Subject", "the subject (RFC 4514)"),
        ("X-Amzn-Mtls-Clientcert-Validity", "`NotBefore=…;NotAfter=…`, RFC 3339 in UTC"),
        ("X-Amzn-Mtls-Clientcert-Leaf", "the leaf, PEM, percent-encoded but for `+=/`"),
    ],
    stamp,
};

const SERIAL: HeaderName = HeaderName::from_static("x-amzn-mtls-clientcert-serial-number");
const ISSUER: HeaderName = HeaderName::from_static("x-amzn-mtls-clientcert-issuer");
const SUBJECT: HeaderName = HeaderName::from_static("x-amzn-mtls-clientcert-subject");
const VALIDITY: HeaderName = HeaderName::from_static("x-amzn-mtls-clientcert-validity");
const LEAF: HeaderName = HeaderName::from_static("x-amzn-mtls-clientcert-leaf");

fn stamp(chain: Option<&VerifiedChain>, fields: &mut Fields) {
    let Some(chain) = chain else { return };
    let identity = chain.identity();
    fields.put(SERIAL, &serial(&identity.serial));
    fields.put(ISSUER, &ascii(&identity.issuer));
    fields.put(SUBJECT, &ascii(&identity.subject));
    fields.put(VALIDITY, &format!("NotBefore={};NotAfter={}", identity.not_before, identity.not_after));
    fields.put(LEAF, &percent::encode(&pem(chain.leaf()), b"+=/"));
}
