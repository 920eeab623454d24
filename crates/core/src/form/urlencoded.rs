//! `application/x-www-form-urlencoded`, as Python's `parse_qsl` reads it for Django: split at `&`
//! alone, then at the first `=`; `+` is a space; names and values percent-decoded.

use super::{FormError, Last, MAX_FIELDS, TOKEN_FIELD, value};

/// Reads a body piece by piece.
#[derive(Debug, Default)]
pub(super) struct Urlencoded {
    separators: usize,
    field: Field,
    utf8: Utf8,
    /// The last token as it was sent: whether its bytes are UTF-8 or Latin-1 depends on the whole body.
    last: Option<value::Value>,
}

#[derive(Debug)]
enum Field {
    /// The name, decoded so far: as many bytes of the token's name, and a started escape.
    Name {
        matched: usize,
        escape: Escape,
    },
    Token(value::Value),
    Other,
}

#[derive(Debug, Clone, Copy)]
enum Escape {
    None,
    Percent,
    High(u8),
}

impl Default for Field {
    fn default() -> Self {
        Self::Name { matched: 0, escape: Escape::None }
    }
}

impl Urlencoded {
    pub(super) fn push(&mut self, piece: &[u8], last: &mut Last) -> Result<(), FormError> {
        self.utf8.push(piece);
        let mut rest = piece;
        while let Some((&b, tail)) = rest.split_first() {
            if b == b'&' {
                self.separators += 1;
                if self.separators >= MAX_FIELDS {
                    return Err(FormError::TooManyFields);
                }
                self.end(last)?;
                rest = tail;
                continue;
            }
            match &mut self.field {
                Field::Name { matched, escape } => {
                    if b == b'=' {
                        let name = *matched == TOKEN_FIELD.len() && matches!(escape, Escape::None);
                        self.field = if name { Field::Token(value::Value::default()) } else { Field::Other };
                    } else if !matches_name(b, matched, escape) {
                        self.field = Field::Other;
                    }
                    rest = tail;
                }
                Field::Token(value) => {
                    let (head, tail) = rest.split_at(memchr::memchr(b'&', rest).unwrap_or(rest.len()));
                    value.push(head);
                    rest = tail;
                }
                Field::Other => rest = rest.split_at(memchr::memchr(b'&', rest).unwrap_or(rest.len())).1,
            }
        }
        Ok(())
    }

    fn end(&mut self, last: &mut Last) -> Result<(), FormError> {
        let token = match std::mem::take(&mut self.field) {
            Field::Token(value) => value,
            // A name without `=` has an empty value.
            Field::Name { matched, escape: Escape::None } if matched == TOKEN_FIELD.len() => value::Value::default(),
            Field::Name { .. } | Field::Other => return Ok(()),
        };
        last.put(text(token.bytes(), self.utf8.holds()))?;
        self.last = Some(token);
        Ok(())
    }

    pub(super) fn in_token(&self) -> bool {
        match &self.field {
            Field::Token(_) => true,
            Field::Name { matched, escape } => *matched > 0 || !matches!(escape, Escape::None),
            Field::Other => false,
        }
    }

    pub(super) fn in_long_token(&self) -> bool {
        matches!(&self.field, Field::Token(value) if value.is_cut())
    }

    pub(super) fn finish(mut self, last: &mut Last) -> Result<(), FormError> {
        self.end(last)?;
        if let Some(token) = &self.last {
            last.put(text(token.bytes(), self.utf8.is_whole()))?;
        }
        Ok(())
    }
}

/// Takes one more byte of a name, as long as it can still be the token's. That has no character
/// beyond ASCII, so that no decoder makes it of other bytes.
fn matches_name(b: u8, matched: &mut usize, escape: &mut Escape) -> bool {
    let decoded = match *escape {
        Escape::None if b == b'%' => {
            *escape = Escape::Percent;
            return true;
        }
        Escape::None => b,
        Escape::Percent => {
            let Some(high) = hex(b) else { return false };
            *escape = Escape::High(high);
            return true;
        }
        Escape::High(high) => {
            let Some(low) = hex(b) else { return false };
            *escape = Escape::None;
            high << 4 | low
        }
    };
    let same = TOKEN_FIELD.as_bytes().get(*matched) == Some(&decoded);
    *matched += 1;
    same
}

fn hex(b: u8) -> Option<u8> {
    char::from(b).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// A value as Python's `unquote` has it: escapes are decoded as UTF-8, with U+FFFD for what is none,
/// in each run of ASCII; what is beyond ASCII was decoded before, as UTF-8 or else as Latin-1.
fn text(raw: &[u8], utf8: bool) -> Box<str> {
    let mut out = String::with_capacity(raw.len());
    for run in raw.chunk_by(|a, b| a.is_ascii() == b.is_ascii()) {
        if run.first().is_some_and(u8::is_ascii) {
            out.push_str(&String::from_utf8_lossy(&unescaped(run)));
        } else if utf8 {
            out.push_str(&String::from_utf8_lossy(run));
        } else {
            out.extend(run.iter().map(|&b| char::from(b)));
        }
    }
    value::token(&out)
}

/// Pairs of hexadecimal digits after `%` decoded, `+` as a space, all else as it is.
pub(super) fn unescaped(run: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(run.len());
    let mut rest = run;
    while let Some((&b, tail)) = rest.split_first() {
        rest = tail;
        match (b, tail) {
            (b'+', _) => out.push(b' '),
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = after;
                }
                _ => out.push(b),
            },
            _ => out.push(b),
        }
    }
    out
}

/// Whether a text is UTF-8, piece by piece.
#[derive(Debug, Default)]
struct Utf8 {
    flawed: bool,
    /// The beginning of a character.
    begun: Vec<u8>,
}

impl Utf8 {
    fn push(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while !self.flawed && !self.begun.is_empty() {
            let Some((&b, tail)) = rest.split_first() else { return };
            rest = tail;
            self.begun.push(b);
            match std::str::from_utf8(&self.begun) {
                Ok(_) => self.begun.clear(),
                Err(error) => self.flawed = error.error_len().is_some(),
            }
        }
        if self.flawed {
            return;
        }
        if let Err(error) = std::str::from_utf8(rest) {
            self.flawed = error.error_len().is_some();
            self.begun.extend_from_slice(rest.get(error.valid_up_to()..).unwrap_or_default());
        }
    }

    /// As far as it goes.
    fn holds(&self) -> bool {
        !self.flawed
    }

    fn is_whole(&self) -> bool {
        !self.flawed && self.begun.is_empty()
    }
}
