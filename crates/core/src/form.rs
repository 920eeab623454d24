//! What Django would read as `request.POST.get("csrfmiddlewaretoken", "")`, while the body streams.
//!
//! A [`FormReader`] is fed a body piece by piece and holds of it the current field's name and the
//! value of a token, some two kilobytes at most. Whatever the pieces, the answer is the same.
//!
//! It reads as Django 4.2 to 6.1 do, with their default settings: only
//! `application/x-www-form-urlencoded` and `multipart/form-data` are forms; names are decoded before
//! they are compared; the last field of a name counts; a part with a file name is a file; `base64`
//! as a transfer encoding is decoded and `quoted-printable` is not; a boundary counts wherever it
//! stands; what follows the closing boundary is read too. Where Django answers 400, so does this
//! ([`FormError::is_djangos`]): more than [`MAX_FIELDS`] fields, [`MAX_FILES`] files or
//! [`MAX_FIELD_BYTES`] of fields, a part's head of 1024 bytes or more, a malformed boundary.
//!
//! Refused beside that is what Django's releases, or Python's, read differently, since the app must
//! not see another token than the one that was checked: a charset other than UTF-8 (400 for a
//! urlencoded form since 5.0, obeyed before), a content type that is no plain list of parameters,
//! field names in the notation of RFC 2231, folded headers of a part, white space before their
//! colon, `base64` with anything but base64 in it, and a part of 1024 bytes or more that is neither
//! field nor file: Django forgets to skip the rest of it and looks for parts inside. No browser
//! sends any of these.

mod media_type;
mod multipart;
mod parameters;
mod part;
#[cfg(test)]
mod tests;
mod urlencoded;
mod value;

use self::{
    media_type::{Form, form_of},
    multipart::Multipart,
    urlencoded::Urlencoded,
};

/// The name of the field; Django has no setting for it.
pub const TOKEN_FIELD: &str = "csrfmiddlewaretoken";

/// `DATA_UPLOAD_MAX_NUMBER_FIELDS`.
pub const MAX_FIELDS: usize = 1000;

/// `DATA_UPLOAD_MAX_NUMBER_FILES`.
pub const MAX_FILES: usize = 100;

/// `DATA_UPLOAD_MAX_MEMORY_SIZE`: of a urlencoded body, and of what a multipart body has beside files.
pub const MAX_FIELD_BYTES: u64 = 2_621_440;

/// No token has more than 64 characters; of a longer one this many are kept, so that its length is
/// still wrong.
pub const MAX_TOKEN_CHARS: usize = 65;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// `multipart/form-data` in capitals, or its boundary is missing or malformed.
    #[error("multipart/form-data in lower case needs a boundary of 1 to 201 printable characters")]
    Boundary,
    /// More than [`MAX_FIELDS`].
    #[error("the form has more than {MAX_FIELDS} fields")]
    TooManyFields,
    /// More than [`MAX_FILES`].
    #[error("the form has more than {MAX_FILES} files")]
    TooManyFiles,
    /// More than [`MAX_FIELD_BYTES`].
    #[error("the form's fields have more than {MAX_FIELD_BYTES} bytes")]
    TooLarge,
    /// The head of a part does not end within 1024 bytes.
    #[error("the head of a part does not end within 1024 bytes")]
    PartHead,

    /// The content type is a form's, but no plain list of parameters.
    #[error("the content type is no plain list of parameters")]
    ContentType,
    /// Neither UTF-8 nor unsaid.
    #[error("the charset of a form is UTF-8")]
    Charset,
    /// A header of a part that Django's releases read differently.
    #[error("a header of a part can be read in two ways")]
    PartHeader,
    /// A file's or a token's `base64` is none.
    #[error("a part says that it is base64, and is not")]
    TransferEncoding,
    /// A part of 1024 bytes or more that is neither field nor file.
    #[error("a part of 1024 bytes or more is neither a field nor a file")]
    StrayPart,

    /// After the token was checked another one came.
    #[error("another {TOKEN_FIELD} follows the one that was checked")]
    Changed,
}

impl FormError {
    /// Whether every release of Django from 5.2 on answers 400; the others are ours.
    #[must_use]
    pub const fn is_djangos(self) -> bool {
        matches!(self, Self::Boundary | Self::TooManyFields | Self::TooManyFiles | Self::TooLarge | Self::PartHead)
    }
}

/// Reads one body.
#[derive(Debug)]
pub struct FormReader {
    source: Source,
    bytes: u64,
    last: Last,
}

#[derive(Debug)]
enum Source {
    Urlencoded(Urlencoded),
    Multipart(Box<Multipart>),
}

/// The last token that was read whole, and whether another one may still come.
#[derive(Default)]
struct Last {
    token: Option<Box<str>>,
    settled: Option<Box<str>>,
}

impl std::fmt::Debug for Last {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Last").field("token", &self.token.is_some()).field("settled", &self.settled.is_some()).finish()
    }
}

impl Last {
    fn put(&mut self, token: Box<str>) -> Result<(), FormError> {
        if self.settled.as_ref().is_some_and(|settled| *settled != token) {
            return Err(FormError::Changed);
        }
        self.token = Some(token);
        Ok(())
    }
}

impl FormReader {
    /// A reader for a body with this `Content-Type`; none if Django would not read it as a form.
    ///
    /// # Errors
    /// It is the content type of a form, and malformed or ambiguous.
    pub fn new(content_type: Option<&[u8]>) -> Result<Option<Self>, FormError> {
        let source = match content_type.map_or(Ok(None), form_of)? {
            None => return Ok(None),
            Some(Form::Urlencoded) => Source::Urlencoded(Urlencoded::default()),
            Some(Form::Multipart { boundary }) => Source::Multipart(Box::new(Multipart::new(boundary))),
        };
        Ok(Some(Self { source, bytes: 0, last: Last::default() }))
    }

    /// Whether the whole body is limited by [`MAX_FIELD_BYTES`], as a urlencoded one is.
    #[must_use]
    pub fn limits_body(&self) -> bool {
        matches!(self.source, Source::Urlencoded(_))
    }

    /// The next piece of the body.
    ///
    /// # Errors
    /// Django would refuse the body, or could read it in two ways; or, after
    /// [`settle`](Self::settle), another token came. Nothing of such a body counts.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), FormError> {
        match &mut self.source {
            Source::Urlencoded(form) => {
                let room = usize::try_from(MAX_FIELD_BYTES - self.bytes).unwrap_or(usize::MAX);
                let (fits, beyond) = piece.split_at(piece.len().min(room));
                self.bytes += fits.len() as u64;
                form.push(fits, &mut self.last)?;
                if !beyond.is_empty() {
                    return Err(FormError::TooLarge);
                }
            }
            Source::Multipart(form) => form.push(piece, &mut self.last)?,
        }
        // No token that was checked is so long, and nobody holds back more than that.
        if self.last.settled.is_some() && self.in_long_token() { Err(FormError::Changed) } else { Ok(()) }
    }

    fn in_long_token(&self) -> bool {
        match &self.source {
            Source::Urlencoded(form) => form.in_long_token(),
            Source::Multipart(form) => form.in_long_token(),
        }
    }

    /// The last token whose field has ended.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.last.token.as_deref()
    }

    /// From now on the only token that may still come is this one: it was checked.
    pub fn settle(&mut self, token: &str) {
        self.last.settled = Some(token.into());
    }

    /// Whether what was pushed last is, or could become, a token that has not ended: who settled for
    /// one holds it back.
    #[must_use]
    pub fn in_token(&self) -> bool {
        match &self.source {
            Source::Urlencoded(form) => form.in_token(),
            Source::Multipart(form) => form.in_token(),
        }
    }

    /// The body has ended: its token, cut to [`MAX_TOKEN_CHARS`]. None and empty are the same to Django.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn finish(self) -> Result<Option<Box<str>>, FormError> {
        let Self { source, mut last, .. } = self;
        match source {
            Source::Urlencoded(form) => form.finish(&mut last)?,
            Source::Multipart(form) => form.finish(&mut last)?,
        }
        Ok(last.token)
    }
}
