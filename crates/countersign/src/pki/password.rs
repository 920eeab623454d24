//! The password of a PKCS#12 file.
//!
//! One that is made here has 20 characters of 31, over 99 bits: the file may be mailed about, and
//! whoever gets hold of it can guess for years. One that a person supplies must be printable ASCII,
//! because programs encode anything else differently and then report a wrong password.
//!
//! `Debug` hides it and there is no `Display`: it reaches its file and the encryption, nothing else.

use std::fmt;

use super::{PkiError, random};

const MIN_SUPPLIED: usize = 8;

/// A password that may protect a private key.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// A new random one in four groups that can be read aloud: `abcde-fghjk-mnpqr-stuvw`.
    pub fn random() -> Result<Self, PkiError> {
        let groups = (0..4).map(|_| random::readable(5)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self(groups.join("-")))
    }

    /// The first line of a file's `text`; `Err` says what was expected.
    pub fn from_first_line(text: &str) -> Result<Self, &'static str> {
        let line = text.lines().next().unwrap_or_default();
        if line.len() < MIN_SUPPLIED {
            return Err("expected at least 8 characters on its first line");
        }
        if !line.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
            return Err("expected printable ASCII on its first line, programs disagree about the rest");
        }
        Ok(Self(line.to_owned()))
    }

    /// The password itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}
