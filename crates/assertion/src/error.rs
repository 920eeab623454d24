//! Why an assertion is refused: the only list of codes, the same in Rust and in Python.

use std::fmt;

macro_rules! codes {
    ($($variant:ident $code:literal $text:literal)*) => {
        /// Why an assertion is refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code { $(#[doc = $text] $variant,)* }

        /// All codes, in the order of the checks.
        pub static CODES: &[Code] = &[$(Code::$variant,)*];

        impl Code {
            /// Stable identifier, `lower-case-with-hyphens`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What happened, for people.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

codes! {
    Missing "assertion-missing" "there is no assertion"
    Duplicate "assertion-duplicate" "there are several assertions"
    Malformed "assertion-malformed" "the assertion is no compact JWS with the expected members"
    Algorithm "assertion-algorithm" "the assertion is of another type or algorithm than configured"
    UnknownKey "assertion-unknown-key" "no key of the key file signed the assertion"
    BadSignature "assertion-bad-signature" "the signature of the assertion does not hold"
    Issuer "assertion-issuer" "the assertion is of another issuer"
    Audience "assertion-audience" "the assertion is for another app"
    Lifetime "assertion-lifetime" "the assertion lives longer than a minute, or not at all"
    Expired "assertion-expired" "the assertion has expired"
    NotYetValid "assertion-not-yet-valid" "the assertion is not valid yet"
    OtherRequest "assertion-other-request" "the assertion is for another request"
    Replayed "assertion-replayed" "the assertion was used before"
}

impl Code {
    /// The code with this identifier.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        CODES.iter().copied().find(|known| known.code() == code)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A refused assertion: the code, and what was found. The detail is for logs and holds nothing that
/// would let anybody make an assertion.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", code.text())]
pub struct VerifyError {
    code: Code,
    detail: String,
}

impl VerifyError {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }

    /// Which check refused.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }
}
