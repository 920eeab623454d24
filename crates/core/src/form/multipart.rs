//! `multipart/form-data`, as Django's `MultiPartParser` takes it apart.
//!
//! Unlike RFC 2046 it looks for the boundary anywhere, not only where a line begins; the text
//! behind a boundary is the first line of the next part's head; nothing special is closing.

use super::{
    FormError, Last, MAX_FIELD_BYTES, MAX_FIELDS, MAX_FILES,
    part::{self, Kind},
    value::{self, Base64File, Value},
};

/// How far Django looks for the end of a part's head.
const HEAD: usize = 1024;

/// Reads a body piece by piece.
#[derive(Debug)]
pub(super) struct Multipart {
    boundary: memchr::memmem::Finder<'static>,
    /// What may be the beginning of a boundary, with the line end before it.
    held: Vec<u8>,
    part: Part,
    counts: Counts,
}

/// One part as far as it was read.
#[derive(Debug, Default)]
struct Part {
    /// Bytes since the boundary, without the line end before the next one.
    size: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    Head(Vec<u8>),
    /// Neither field nor file.
    Stray,
    Field {
        token: Option<Value>,
        base64: bool,
    },
    File(Option<Base64File>),
}

impl Default for State {
    fn default() -> Self {
        Self::Head(Vec::new())
    }
}

#[derive(Debug, Default)]
struct Counts {
    /// Fields, and what is neither field nor file.
    fields: usize,
    files: usize,
    /// Of fields: names, values and two more for each.
    bytes: u64,
}

impl Multipart {
    pub(super) fn new(boundary: &[u8]) -> Self {
        let separator = [b"--", boundary].concat();
        let boundary = memchr::memmem::Finder::new(&separator).into_owned();
        Self { boundary, held: Vec::new(), part: Part::default(), counts: Counts::default() }
    }

    pub(super) fn push(&mut self, piece: &[u8], last: &mut Last) -> Result<(), FormError> {
        self.held.extend_from_slice(piece);
        let data = std::mem::take(&mut self.held);
        let mut rest = data.as_slice();
        let separator = self.boundary.needle().len();
        while let Some(at) = self.boundary.find(rest) {
            let (content, after) = rest.split_at(at);
            self.part.push(without_line_end(content), &mut self.counts)?;
            self.end(last)?;
            rest = after.get(separator..).unwrap_or_default();
        }
        // A boundary that has begun, and the line end that belongs to it.
        let (content, held) = rest.split_at(rest.len().saturating_sub(separator + 1));
        self.part.push(content, &mut self.counts)?;
        self.held = held.to_vec();
        Ok(())
    }

    fn end(&mut self, last: &mut Last) -> Result<(), FormError> {
        match std::mem::take(&mut self.part).end(&mut self.counts)? {
            Some(token) => last.put(token),
            None => Ok(()),
        }
    }

    pub(super) fn in_token(&self) -> bool {
        // A head that has not ended may become a token's, and its value begin in what is held.
        matches!(self.part.state, State::Head(_) | State::Field { token: Some(_), .. })
    }

    pub(super) fn in_long_token(&self) -> bool {
        matches!(&self.part.state, State::Field { token: Some(value), .. } if value.is_cut())
    }

    pub(super) fn finish(mut self, last: &mut Last) -> Result<(), FormError> {
        let held = std::mem::take(&mut self.held);
        self.part.push(&held, &mut self.counts)?;
        // Nothing after a boundary is no part.
        if self.part.size > 0 { self.end(last) } else { Ok(()) }
    }
}

/// Less its last line end, or the half of one.
fn without_line_end(content: &[u8]) -> &[u8] {
    let content = content.strip_suffix(b"\n").unwrap_or(content);
    content.strip_suffix(b"\r").unwrap_or(content)
}

impl Part {
    fn push(&mut self, piece: &[u8], counts: &mut Counts) -> Result<(), FormError> {
        self.size = self.size.saturating_add(piece.len());
        let State::Head(head) = &mut self.state else { return self.content(piece, counts) };
        let (first, rest) = piece.split_at(piece.len().min(HEAD - head.len()));
        let before = head.len().saturating_sub(3);
        head.extend_from_slice(first);
        match memchr::memmem::find(head.get(before..).unwrap_or_default(), b"\r\n\r\n") {
            Some(at) => {
                let mut head = std::mem::take(head);
                let content = head.split_off(before + at + 4);
                head.truncate(before + at);
                self.begin(&head, counts)?;
                self.content(&content, counts)?;
                self.content(rest, counts)
            }
            None if head.len() == HEAD => Err(FormError::PartHead),
            None => Ok(()),
        }
    }

    fn begin(&mut self, head: &[u8], counts: &mut Counts) -> Result<(), FormError> {
        self.state = match part::kind(head)? {
            Kind::Raw | Kind::Nameless { file: false } => {
                counts.field()?;
                State::Stray
            }
            Kind::Nameless { file: true } => State::Stray,
            Kind::Field { token, name, base64 } => {
                counts.field()?;
                counts.bytes(name + 2)?;
                State::Field { token: token.then(Value::default), base64 }
            }
            Kind::File { base64, doubtful } => {
                counts.files += 1;
                if counts.files > MAX_FILES {
                    return Err(FormError::TooManyFiles);
                }
                if doubtful { State::Stray } else { State::File(base64.then(Base64File::default)) }
            }
        };
        Ok(())
    }

    fn content(&mut self, piece: &[u8], counts: &mut Counts) -> Result<(), FormError> {
        match &mut self.state {
            State::Stray if self.size >= HEAD => Err(FormError::StrayPart),
            State::Field { token, .. } => {
                if let Some(token) = token {
                    token.push(piece);
                }
                counts.bytes(piece.len() as u64)
            }
            State::File(Some(base64)) => {
                base64.push(piece);
                Ok(())
            }
            State::Head(_) | State::Stray | State::File(None) => Ok(()),
        }
    }

    /// The token, if this was one.
    fn end(self, counts: &mut Counts) -> Result<Option<Box<str>>, FormError> {
        match self.state {
            State::Head(_) => counts.field().map(|()| None),
            State::Field { token: Some(token), base64: false } => {
                Ok(Some(value::token(&String::from_utf8_lossy(token.bytes()))))
            }
            State::Field { token: Some(token), base64: true } => {
                let decoded = value::base64(token.bytes()).filter(|_| !token.is_cut());
                let decoded = decoded.ok_or(FormError::TransferEncoding)?;
                Ok(Some(value::token(&String::from_utf8_lossy(&decoded))))
            }
            State::File(Some(base64)) if !base64.holds() => Err(FormError::TransferEncoding),
            State::Field { token: None, .. } | State::Stray | State::File(_) => Ok(None),
        }
    }
}

impl Counts {
    fn field(&mut self) -> Result<(), FormError> {
        self.fields += 1;
        // Django allows two more, for what is before the first boundary and after the last.
        if self.fields > MAX_FIELDS + 2 { Err(FormError::TooManyFields) } else { Ok(()) }
    }

    fn bytes(&mut self, more: u64) -> Result<(), FormError> {
        self.bytes = self.bytes.saturating_add(more);
        if self.bytes > MAX_FIELD_BYTES { Err(FormError::TooLarge) } else { Ok(()) }
    }
}
