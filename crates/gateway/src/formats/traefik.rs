//! `traefik`: what Traefik's PassTLSClientCert middleware adds.
//!
//! `X-Forwarded-Tls-Client-Cert` is base64 of the DER, without armour; CAs follow after commas, and
//! are left out beyond the budget. `-Info` is percent-encoded `Subject="…";Issuer="…";NB="…";NA="…";SAN="…"`
//! of the leaf, times in seconds since 1970.
//!
//! Traefik puts names between its quotes as they are, so that a CN of `x";SAN="admin` forges a
//! field. Here nothing in a value can end it:
//! - Names are RFC 4514 with hexadecimal escapes only (Traefik: an order of its own, no escapes), so
//!   they hold no quote and no semicolon, and a comma only between components.
//! - In a name of the SAN list `"`, `,`, `;`, `\` and `%` are percent-encoded once more: readers
//!   split at the comma, so that a backslash could not save it, and with `%` encoded as well no two
//!   lists are written alike.
//! - The list does not tell types apart, so its entries must: one whose shape is that of another
//!   type (a URI `admin@example.com`, a DNS name `10.0.0.1`) is left out.

use std::net::IpAddr;

use base64ct::{Base64, Encoding};
use countersign_core::SubjectAltNames;
use http::HeaderName;

use super::{Fields, IdentityFormat, distinguished_name::quotable, percent};
use crate::VerifiedChain;

pub(super) const FORMAT: IdentityFormat = IdentityFormat {
    code: "traefik",
    about: "What apps behind Traefik's PassTLSClientCert read. Differs from Traefik where its own values can be \
            forged: names are RFC 4514 with `\\2C` for a comma, and `\" , ; \\ %` in a SAN are percent-encoded once \
            more. Absent for a client without a certificate.",
    headers: &[
        ("X-Forwarded-Tls-Client-Cert", "base64 of the leaf's DER, then those of its CAs, with commas between"),
        (
            "X-Forwarded-Tls-Client-Cert-Info",
            "percent-encoded `Subject=\"…\";Issuer=\"…\";NB=\"…\";NA=\"…\";SAN=\"…\"` of the leaf",
        ),
    ],
    stamp,
};

const CERT: HeaderName = HeaderName::from_static("x-forwarded-tls-client-cert");
const INFO: HeaderName = HeaderName::from_static("x-forwarded-tls-client-cert-info");

fn stamp(chain: Option<&VerifiedChain>, fields: &mut Fields) {
    let Some(chain) = chain else { return };
    let leaf = Base64::encode_string(chain.leaf());
    let all = chain.chain().iter().fold(leaf.clone(), |all, ca| format!("{all},{}", Base64::encode_string(ca)));
    let value = if fields.fits(&CERT, &all) { all } else { leaf };
    fields.put(CERT, &value);
    let identity = chain.identity();
    let info = format!(
        "Subject=\"{}\";Issuer=\"{}\";NB=\"{}\";NA=\"{}\";SAN=\"{}\"",
        quotable(&identity.subject),
        quotable(&identity.issuer),
        identity.not_before.0,
        identity.not_after.0,
        names(&identity.sans)
    );
    fields.put(INFO, &percent::encode(&info, b""));
}

fn names(sans: &SubjectAltNames) -> String {
    let lists = [(Shape::Dns, &sans.dns), (Shape::Email, &sans.email), (Shape::Ip, &sans.ip), (Shape::Uri, &sans.uri)];
    let names =
        lists.into_iter().flat_map(|(shape, names)| names.iter().filter(move |name| Shape::of(name) == Some(shape)));
    let odd = |b: u8| b"\",;\\%".contains(&b);
    names.map(|name| percent::encode_where(name, odd)).collect::<Vec<_>>().join(",")
}

/// What a reader takes an untyped name for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Dns,
    Email,
    Ip,
    Uri,
}

impl Shape {
    /// None: an empty name, which would make two lists alike.
    fn of(name: &str) -> Option<Self> {
        match name {
            "" => None,
            _ if name.parse::<IpAddr>().is_ok() => Some(Self::Ip),
            _ if name.contains(':') => Some(Self::Uri),
            _ if name.contains('@') => Some(Self::Email),
            _ => Some(Self::Dns),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_cannot_be_forged() {
        let sans = SubjectAltNames {
            dns: vec!["a.example".into(), "root@example.com".into(), "10.0.0.1".into(), "x,y".into()],
            email: vec!["a@example.com".into(), "spiffe://example.com/a@b".into()],
            uri: vec!["spiffe://example.com/a\",b%20;\\".into(), "root@example.com".into(), "::1".into()],
            ip: vec!["10.0.0.2".into(), "::2".into()],
            upn: vec!["a@example".into()],
        };
        let list = "a.example,x%2Cy,a@example.com,10.0.0.2,::2,spiffe://example.com/a%22%2Cb%2520%3B%5C";
        assert_eq!(names(&sans), list);
    }
}
