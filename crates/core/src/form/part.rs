//! The head of one part: whether it is a field, a file or neither, as Django's multipart parser has it.

use super::{FormError, TOKEN_FIELD, parameters, urlencoded::unescaped};

/// What a part is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Without a content disposition.
    Raw,
    /// A field or a file that has no name: Django goes on to the next part.
    Nameless {
        /// It has a file name.
        file: bool,
    },
    /// A value of the form.
    Field {
        /// It is the token.
        token: bool,
        /// Characters of its name.
        name: u64,
        /// Its transfer encoding is `base64`.
        base64: bool,
    },
    /// A file.
    File {
        /// Its transfer encoding is `base64`.
        base64: bool,
        /// Nothing may be left of its name once Django has cleaned it; it is then no file either.
        doubtful: bool,
    },
}

/// What the last content disposition of a part says; the last one counts.
#[derive(Default)]
struct Disposition {
    name: Option<String>,
    filename: Option<String>,
    /// `filename*`, in the notation of RFC 2231.
    extended: Option<String>,
}

impl Disposition {
    /// Whether it is of a file, and nothing may be left of its name. Of two names 4.2 takes the last
    /// one, later releases the extended one.
    fn file(&self) -> Result<Option<bool>, FormError> {
        let mut names = self.filename.iter().chain(&self.extended);
        let Some(first) = names.next() else { return Ok(None) };
        if names.clone().any(|name| name.is_empty() != first.is_empty()) {
            return Err(FormError::PartHeader);
        }
        Ok((!first.is_empty()).then(|| is_doubtful(first) || names.any(|name| is_doubtful(name))))
    }
}

/// Reads the lines before the empty one.
pub(super) fn kind(head: &[u8]) -> Result<Kind, FormError> {
    let mut disposition = None;
    let mut base64 = false;
    let mut rest = head;
    loop {
        let end = memchr::memmem::find(rest, b"\r\n");
        let line = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        // What is no UTF-8 or has no colon is no header to Django.
        match std::str::from_utf8(line).ok().and_then(|text| header(text).transpose()).transpose()? {
            Some((Header::Disposition, value)) => disposition = Some(disposition_of(value)?),
            Some((Header::TransferEncoding, value)) => base64 = is_base64(value)?,
            None => {}
        }
        let Some(end) = end else { break };
        rest = rest.get(end + 2..).unwrap_or_default();
    }
    let Some(disposition) = disposition else { return Ok(Kind::Raw) };
    let file = disposition.file()?;
    let Some(name) = disposition.name else { return Ok(Kind::Nameless { file: file.is_some() }) };
    // The name is stripped as bytes, of what is white space in ASCII.
    let name = name.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    Ok(match file {
        Some(doubtful) => Kind::File { base64, doubtful },
        None => Kind::Field { token: name == TOKEN_FIELD, name: name.chars().count() as u64, base64 },
    })
}

enum Header {
    Disposition,
    TransferEncoding,
}

/// The two headers that matter, with what is behind their colon. Releases differ on white space
/// around the name, on control characters and on what an asterisk means: some answer 500.
fn header(line: &str) -> Result<Option<(Header, &str)>, FormError> {
    let named = line.split_once(':').map(|(name, value)| (name, parameters::strip(name), value));
    let (name, stripped, value) = named.unwrap_or_default();
    let header = if stripped.eq_ignore_ascii_case("content-disposition") {
        Header::Disposition
    } else if stripped.eq_ignore_ascii_case("content-transfer-encoding") {
        Header::TransferEncoding
    } else if line.contains('*') && line.contains(';') {
        return Err(FormError::PartHeader);
    } else {
        return Ok(None);
    };
    if stripped != name || line.bytes().any(|b| b.is_ascii_control()) {
        return Err(FormError::PartHeader);
    }
    Ok(Some((header, value)))
}

fn is_base64(value: &str) -> Result<bool, FormError> {
    if value.contains(';') {
        return Err(FormError::PartHeader);
    }
    Ok(parameters::strip(value).eq_ignore_ascii_case("base64"))
}

fn disposition_of(value: &str) -> Result<Disposition, FormError> {
    let mut pieces = parameters::split(value);
    let main = parameters::strip(pieces.next().unwrap_or_default());
    if main.is_empty() || !main.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(FormError::PartHeader);
    }
    let mut disposition = Disposition::default();
    for piece in pieces {
        let (name, value) = match piece.split_once('=') {
            Some((name, value)) => (parameters::strip(name), value),
            None => (parameters::strip(piece), ""),
        };
        let valued = piece.contains('=');
        if name.eq_ignore_ascii_case("name") && valued {
            disposition.name = Some(parameters::unquoted(value).ok_or(FormError::PartHeader)?);
        } else if name.eq_ignore_ascii_case("filename") && valued {
            disposition.filename = Some(parameters::unquoted(value).ok_or(FormError::PartHeader)?);
        } else if name.eq_ignore_ascii_case("filename*") && valued && disposition.extended.is_none() {
            disposition.extended = Some(extended_value(parameters::strip(value)).ok_or(FormError::PartHeader)?);
        } else if name.contains('*') || name.eq_ignore_ascii_case("name") || name.eq_ignore_ascii_case("filename") {
            return Err(FormError::PartHeader);
        }
    }
    Ok(disposition)
}

/// `utf-8''…` with something behind: what clients write beside `filename` for names beyond ASCII.
fn extended_value(value: &str) -> Option<String> {
    let (charset, rest) = value.split_at_checked(7)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'%' | b'-' | b'.' | b'_' | b'~');
    let fits = charset.eq_ignore_ascii_case("utf-8''") && !rest.is_empty() && rest.bytes().all(plain);
    fits.then(|| String::from_utf8_lossy(&unescaped(rest.as_bytes())).into_owned())
}

/// Django unescapes HTML in a file name, takes what follows the last slash and drops what does not
/// print. One letter or digit with no ampersand before it is sure to be left.
fn is_doubtful(filename: &str) -> bool {
    let last = filename.rsplit(['/', '\\']).next().unwrap_or_default();
    let slash = filename.contains("&#") || filename.to_ascii_lowercase().contains("sol;");
    let sure = last.split('&').next().unwrap_or_default().chars().any(char::is_alphanumeric);
    slash || !sure
}
