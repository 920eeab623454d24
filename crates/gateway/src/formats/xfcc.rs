//! `xfcc`: `X-Forwarded-Client-Cert`, Envoy's header.
//!
//! One element: a client's own is dropped, never appended to. Values are quoted by Envoy's rule:
//! when they hold `,`, `;`, `=` or `"`, and `"` is written `\"`. Envoy itself leaves URIs bare and
//! puts RFC 2253 escapes inside its quotes; here nothing chosen by the certificate's owner can end
//! its value:
//! - Names have hexadecimal escapes only (see `distinguished_name`).
//! - A URI or DNS name with a backslash is left out: readers differ on what `\\"` is, no URI or host
//!   name may have one, and a name that is not there identifies nobody.
//!
//! There is no `By`: it would name the gateway's server certificate, which tells nothing of the
//! client. `Chain` begins with the leaf, as Envoy has it, and is left out beyond the budget.

use http::HeaderName;

use super::{Fields, IdentityFormat, distinguished_name::quotable, pem, percent};
use crate::VerifiedChain;

pub(super) const FORMAT: IdentityFormat = IdentityFormat {
    code: "xfcc",
    about: "What apps behind Envoy and Istio read. Differs from Envoy where its own values can be forged or read in two \
            ways: names are RFC 4514 with `\\2C` for a comma, URIs are quoted as well, and a URI or DNS name with a \
            backslash is left out. There is no `By`, and always one element. Absent for a client without a certificate.",
    headers: &[(
        "X-Forwarded-Client-Cert",
        "one element with `Hash` (SHA-256), `Cert` and `Chain` (percent-encoded PEM), `Subject`, and each `URI` and \
         `DNS` name",
    )],
    stamp,
};

const XFCC: HeaderName = HeaderName::from_static("x-forwarded-client-cert");

fn stamp(chain: Option<&VerifiedChain>, fields: &mut Fields) {
    let Some(chain) = chain else { return };
    let all: String = std::iter::once(chain.leaf()).chain(chain.chain()).map(pem).collect();
    let with_chain = element(chain, Some(&all));
    let value = if fields.fits(&XFCC, &with_chain) { with_chain } else { element(chain, None) };
    fields.put(XFCC, &value);
}

fn element(chain: &VerifiedChain, all: Option<&str>) -> String {
    let identity = chain.identity();
    let mut pairs = vec![
        format!("Hash={}", identity.sha256.iter().map(|b| format!("{b:02x}")).collect::<String>()),
        format!("Cert=\"{}\"", percent::encode(&pem(chain.leaf()), b"")),
    ];
    pairs.extend(all.map(|pem| format!("Chain=\"{}\"", percent::encode(pem, b""))));
    // Envoy quotes a subject whatever it holds.
    pairs.push(format!("Subject=\"{}\"", quotable(&identity.subject)));
    pairs.extend(values("URI", &identity.sans.uri));
    pairs.extend(values("DNS", &identity.sans.dns));
    pairs.join(";")
}

fn values(key: &str, names: &[String]) -> impl Iterator<Item = String> {
    // Printable ASCII without a backslash; the certificate's type for both promises ASCII anyway.
    let plain = |name: &&String| name.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'\\');
    names.iter().filter(plain).map(move |name| format!("{key}={}", quoted(name)))
}

fn quoted(value: &str) -> String {
    // A space at an end would be lost without quotes.
    let bare = !value.contains([',', ';', '=', '"']) && value == value.trim() && !value.is_empty();
    if bare { value.into() } else { format!("\"{}\"", value.replace('"', "\\\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_as_envoy_documents() {
        for (value, written) in [
            ("spiffe://example.com/a", "spiffe://example.com/a"),
            ("https://a/?b=c", "\"https://a/?b=c\""),
            ("a;Subject=\"CN=admin\"", "\"a;Subject=\\\"CN=admin\\\"\""),
            ("a,b", "\"a,b\""),
            ("", "\"\""),
        ] {
            assert_eq!(quoted(value), written);
        }
        assert_eq!(values("URI", &["a\\".into(), "b".into(), "é".into()]).collect::<Vec<_>>(), ["URI=b"]);
    }
}
