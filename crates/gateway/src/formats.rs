//! How the identity is told to the app: one file per format.
//!
//! A format says everything or nothing: each request gets the identity, or none of its names. The
//! names themselves are protected by core, whether a format is switched on or not.

mod django;
mod nginx;

use http::{HeaderName, HeaderValue};

use crate::{VerifiedChain, settings::IdentityFormat};

/// Headers ready to be stamped; made once per connection.
pub(crate) type Stamps = Vec<(HeaderName, HeaderValue)>;

pub(crate) fn stamps(formats: &[IdentityFormat], chain: Option<&VerifiedChain>) -> Stamps {
    let mut stamps = Stamps::new();
    for format in formats {
        match format {
            IdentityFormat::Nginx => nginx::stamp(chain, &mut stamps),
            IdentityFormat::Django => django::stamp(chain, &mut stamps),
        }
    }
    stamps
}

/// A distinguished name in ASCII: bytes beyond it as `\C3\A9` (RFC 4514 section 2.4), as nginx
/// writes them. WSGI decodes headers as Latin-1, which would turn UTF-8 into other letters.
fn ascii(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for b in name.bytes() {
        if b == b' ' || b.is_ascii_graphic() { out.push(char::from(b)) } else { out.push_str(&format!("\\{b:02X}")) }
    }
    out
}

/// Pushes a header whose value is known to be ASCII; an impossible value leaves the header out,
/// which the app reads as no identity.
fn push(stamps: &mut Stamps, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        stamps.push((name, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ascii_and_stay_valid() {
        assert_eq!(ascii("CN=Zoë \\2c O=x"), "CN=Zo\\C3\\AB \\2c O=x");
    }
}
