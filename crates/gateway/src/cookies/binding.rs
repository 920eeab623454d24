//! Who a cookie is bound to.
//!
//! By default to what the certificate says of its holder: issuer, subject and alternative names. A
//! renewed certificate says the same and keeps its session, whatever order its names come in. A
//! client without a certificate is nobody: what nobody was given opens for no certificate, nor the
//! other way round, so that no session survives the step from anonymous to known. It is the identity
//! that the route's trust found; a certificate that two trusts of one site accept is one identity.

use countersign_core::{Identity, SubjectAltNames};
use sha2::{Digest, Sha256};

/// What of a certificate a cookie is bound to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BindTo {
    /// Issuer, subject and alternative names.
    #[default]
    Identity,
    /// The public key: a certificate renewed with a new key loses its session.
    Key,
}

impl BindTo {
    /// As configuration has it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Key => "key",
        }
    }
}

/// One client, as far as cookies know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding([u8; 32]);

impl Binding {
    /// A client without a certificate.
    #[must_use]
    pub fn nobody() -> Self {
        Self(Sha256::digest(b"nobody").into())
    }

    /// A client whose certificate was refused: nothing is ever sealed to it.
    pub(crate) fn rejected() -> Self {
        Self(Sha256::digest(b"rejected").into())
    }

    /// The holder of a certificate that was judged.
    #[must_use]
    pub fn of(identity: &Identity, to: BindTo) -> Self {
        let mut hash = Sha256::new();
        match to {
            BindTo::Key => {
                hash.update(b"key\0");
                hash.update(identity.spki_sha256);
            }
            BindTo::Identity => {
                hash.update(b"identity\0");
                field(&mut hash, &identity.issuer);
                field(&mut hash, &identity.subject);
                let SubjectAltNames { dns, email, uri, ip, upn } = &identity.sans;
                for names in [dns, email, uri, ip, upn] {
                    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
                    names.sort_unstable();
                    names.dedup();
                    hash.update(length(names.len()));
                    names.iter().for_each(|name| field(&mut hash, name));
                }
            }
        }
        Self(hash.finalize().into())
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// With its length before it, so that no two lists of texts are written alike.
fn field(hash: &mut Sha256, text: &str) {
    hash.update(length(text.len()));
    hash.update(text);
}

fn length(of: usize) -> [u8; 8] {
    u64::try_from(of).unwrap_or(u64::MAX).to_be_bytes()
}
