//! How the identity is told to the app: one file per format, and [`FORMATS`] is the only list.
//!
//! A format says everything or nothing: each request gets the identity, or none of its names. The
//! names themselves are protected by core, whether a format is switched on or not.
//!
//! Every value is ASCII, because WSGI decodes headers as Latin-1 and would turn UTF-8 into other
//! letters; and no text that a certificate's owner chose can end the field that it stands in.
//!
//! **Size** (RFC 9440 section 3.2). A header (name and value) has at most [`BUDGET`] bytes and all of
//! them together [`BUDGET_OF_ALL`], which servers take as they come. What only adds to an identity,
//! the CAs, is left out beyond either. A leaf that does not fit is refused by name,
//! `client-cert-too-large`: without its header the app would take a known client for an anonymous
//! one, and with it the app's server would answer 400 and nobody would know why.

mod alb;
mod distinguished_name;
mod django;
mod nginx;
mod percent;
mod rfc9440;
mod traefik;
mod xfcc;

use countersign_core::{Reason, Refusal};
use http::{HeaderName, HeaderValue, header};
use rustls::pki_types::CertificateDer;

use crate::VerifiedChain;

/// Bytes of one identity header, name and value. gunicorn's `limit_request_field_size` is 8,190
/// with separator and line end.
pub const BUDGET: usize = 8_000;

/// Bytes of all identity headers of a request. Twisted (daphne) and Node take 16,384 bytes of headers
/// altogether; the rest is for cookies and what else a request has.
pub const BUDGET_OF_ALL: usize = 14_000;

/// All formats there are. Adding one is a file and a line here; tests ask for its vectors, its
/// protection and its documentation.
pub const FORMATS: &[IdentityFormat] =
    &[rfc9440::FORMAT, xfcc::FORMAT, nginx::FORMAT, django::FORMAT, alb::FORMAT, traefik::FORMAT];

/// Their names in configuration.
#[allow(clippy::indexing_slicing, reason = "computed by the compiler, which refuses what is out of bounds")]
pub const FORMAT_CODES: [&str; FORMATS.len()] = {
    let (mut codes, mut rest) = ([""; FORMATS.len()], FORMATS);
    while let [others @ .., last] = rest {
        codes[others.len()] = last.code;
        rest = others;
    }
    codes
};

/// One way to tell the identity to the app.
#[derive(Clone, Copy, Debug)]
pub struct IdentityFormat {
    code: &'static str,
    about: &'static str,
    headers: &'static [(&'static str, &'static str)],
    stamp: fn(Option<&VerifiedChain>, &mut Fields),
}

impl IdentityFormat {
    /// As configuration has it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// Who reads it, and how it differs from its model.
    #[must_use]
    pub const fn about(&self) -> &'static str {
        self.about
    }

    /// The headers that it may stamp, with what they hold.
    #[must_use]
    pub const fn headers(&self) -> &'static [(&'static str, &'static str)] {
        self.headers
    }
}

impl PartialEq for IdentityFormat {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for IdentityFormat {}

/// Headers ready to be stamped; made once per connection.
pub(crate) type Stamps = Vec<(HeaderName, HeaderValue)>;

/// What the app is told of a client: of its chain, or that there is none.
///
/// # Errors
/// `client-cert-too-large`: the certificate does not fit into a header of one of these formats.
pub fn identity_headers(
    formats: &[IdentityFormat],
    chain: Option<&VerifiedChain>,
) -> Result<Vec<(HeaderName, HeaderValue)>, Refusal> {
    let mut fields = Fields::of(formats, chain, true);
    if fields.size > BUDGET_OF_ALL {
        fields = Fields::of(formats, chain, false);
    }
    if fields.size > BUDGET_OF_ALL {
        fields.refuse("the identity headers", fields.size, BUDGET_OF_ALL);
    }
    match (fields.refused, chain) {
        (Some(refusal), Some(chain)) => {
            let received = refusal.receipt().unwrap_or_default().to_owned();
            Err(refusal.received(format!("{}: {received}", chain.identity().subject)))
        }
        (Some(refusal), None) => Err(refusal),
        (None, _) => Ok(fields.stamps),
    }
}

/// Whether a `Vary` of the app names a header that the gateway writes from the certificate. The
/// browser never sends such a header, so to it every answer would seem to fit; RFC 9440 section 2.4
/// has the proxy say `*`.
pub(crate) fn vary_names_identity(vary: &[u8]) -> bool {
    vary.split(|&b| b == b',').map(<[u8]>::trim_ascii).any(|token| {
        let named = |name: &str| token.eq_ignore_ascii_case(name.as_bytes());
        named("Countersign-Assertion") || FORMATS.iter().flat_map(|f| f.headers).any(|(name, _)| named(name))
    })
}

/// The headers of one client while they are written.
struct Fields {
    stamps: Stamps,
    size: usize,
    /// Whether there is room for more than the leaf.
    extras: bool,
    refused: Option<Refusal>,
}

impl Fields {
    fn of(formats: &[IdentityFormat], chain: Option<&VerifiedChain>, extras: bool) -> Self {
        let mut fields = Self { stamps: Stamps::new(), size: 0, extras, refused: None };
        for format in formats {
            (format.stamp)(chain, &mut fields);
        }
        fields
    }

    /// What makes the identity: a value that cannot be told whole refuses the client.
    fn put(&mut self, name: HeaderName, value: &str) {
        let size = name.as_str().len() + value.len();
        self.size += size;
        if size > BUDGET {
            self.refuse(name.as_str(), size, BUDGET);
        } else if let Ok(value) = HeaderValue::from_str(value) {
            self.stamps.push((name, value));
        } else {
            // Every format writes printable ASCII only, so this is a mistake of ours: fail closed.
            let refusal = Refusal::new(Reason::ClientCertMalformed).received(format!("no value for {name}"));
            self.refused.get_or_insert(refusal);
        }
    }

    /// What only adds to the identity: left out beyond the budget.
    fn put_if_it_fits(&mut self, name: HeaderName, value: &str) {
        if self.fits(&name, value) {
            self.put(name, value);
        }
    }

    /// Whether there is room for this value, of which a part only adds to the identity.
    fn fits(&self, name: &HeaderName, value: &str) -> bool {
        self.extras && name.as_str().len() + value.len() <= BUDGET
    }

    fn refuse(&mut self, what: &str, size: usize, most: usize) {
        let refusal = Refusal::new(Reason::ClientCertTooLarge)
            .received(format!("{what} would have {size} bytes"))
            .expected(format!("at most {most}"));
        self.refused.get_or_insert(refusal);
    }
}

fn pem(der: &CertificateDer<'_>) -> String {
    der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, der).unwrap_or_default()
}

/// One `Vary: *` in place of what names a stamped header.
pub(crate) fn guard_vary(headers: &mut http::HeaderMap) {
    if headers.get_all(header::VARY).iter().any(|value| vary_names_identity(value.as_bytes())) {
        headers.insert(header::VARY, HeaderValue::from_static("*"));
    }
}

#[cfg(test)]
mod tests {
    use countersign_core::ProtectedNames;
    use http::HeaderMap;

    use super::*;

    #[test]
    fn every_name_of_every_format_is_protected() {
        let names = ProtectedNames::default();
        for format in FORMATS {
            assert!(!format.headers.is_empty() && !format.about.is_empty(), "{}", format.code);
            for (name, text) in format.headers {
                assert!(names.drops(name), "{}: a client may send {name}", format.code);
                assert!(!text.is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn vary_on_an_identity_becomes_a_star() {
        for (vary, star) in [
            (&["Client-Cert"][..], true),
            (&["Accept, client-cert-chain , Cookie"], true),
            (&["Cookie", "X-SSL-Client-Verify"], true),
            (&["Countersign-Assertion"], true),
            (&["Cookie, Origin"], false),
            (&["Client-Certainty"], false),
            (&["*"], false),
            (&[], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in vary {
                headers.append(header::VARY, HeaderValue::from_static(value));
            }
            guard_vary(&mut headers);
            let left: Vec<_> = headers.get_all(header::VARY).iter().map(|value| value.to_str().unwrap()).collect();
            assert_eq!(left, if star { vec!["*"] } else { vary.to_vec() });
        }
    }

    #[test]
    fn a_value_over_budget_refuses_and_an_extra_is_left_out() {
        let name = HeaderName::from_static("client-cert");
        let room = BUDGET - name.as_str().len();
        let mut fields = Fields::of(&[], None, true);
        fields.put_if_it_fits(name.clone(), &"a".repeat(room + 1));
        assert!(fields.stamps.is_empty() && fields.refused.is_none());
        fields.put(name.clone(), &"a".repeat(room));
        assert_eq!((fields.stamps.len(), fields.size), (1, BUDGET));
        fields.put(name, &"a".repeat(room + 1));
        assert_eq!(fields.refused.unwrap().reason(), Reason::ClientCertTooLarge);
    }
}
