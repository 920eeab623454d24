//! The two algorithms there are.

use std::{fmt, str::FromStr};

/// What an assertion is signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Algorithm {
    /// HMAC with SHA-256 and a secret that gateway and app share.
    #[default]
    Hs256,
    /// ECDSA with P-256 and SHA-256; the app has the public key only.
    Es256,
}

impl Algorithm {
    /// As a JWS header has it (RFC 7518 section 3.1).
    #[must_use]
    pub const fn jws(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Es256 => "ES256",
        }
    }

    /// As configuration has it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Hs256 => "hs256",
            Self::Es256 => "es256",
        }
    }
}

impl FromStr for Algorithm {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Hs256, Self::Es256].into_iter().find(|algorithm| algorithm.code() == text).ok_or(())
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.jws())
    }
}
