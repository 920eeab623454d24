//! What came back, read without trust: bounded in size and time.

use std::{
    io::{self, Read},
    time::Instant,
};

/// Longer heads are cut off, which makes the answer unreadable.
const MAX_HEAD: usize = 64 << 10;
/// Longer bodies are read no further; their beginning is compared.
const MAX_BODY: usize = 512 << 10;

/// An answer of the site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether its text has this name as a word: three letters of a token are nobody's name.
    pub(crate) fn names(&self, name: &str) -> bool {
        let part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let text = self.text();
        !name.is_empty()
            && text.match_indices(name).any(|(at, _)| {
                let before = text.get(..at).and_then(|text| text.chars().next_back());
                let after = text.get(at + name.len()..).and_then(|text| text.chars().next());
                !before.is_some_and(part) && !after.is_some_and(part)
            })
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(crate) fn is_redirect(&self) -> bool {
        (300..400).contains(&self.status) && self.field("location").is_some()
    }

    /// Where it points to, as it says.
    pub(crate) fn location(&self) -> &str {
        self.field("location").unwrap_or_default()
    }

    /// Its head and body, for people: the first lines.
    pub(crate) fn excerpt(&self) -> String {
        let text = self.text();
        let mut words = String::new();
        let mut inside = false;
        for c in text.chars().take(4000) {
            match c {
                '<' => inside = true,
                '>' => {
                    inside = false;
                    words.push(' ');
                }
                _ if !inside => words.push(if c.is_control() { ' ' } else { c }),
                _ => {}
            }
        }
        let words: Vec<&str> = words.split_whitespace().collect();
        words.join(" ").chars().take(160).collect()
    }

    /// Reads one, until then; `head_only` is whether the request's method was HEAD.
    pub(crate) fn read(stream: &mut impl Read, head_only: bool, until: Instant) -> io::Result<Self> {
        let stream = &mut Bounded { stream, until };
        let mut bytes = Vec::new();
        loop {
            let (mut answer, rest) = read_head(stream, bytes)?;
            // An interim answer; 101 is the end of HTTP.
            if answer.status != 101 && (100..200).contains(&answer.status) {
                bytes = rest;
                continue;
            }
            if !(head_only || matches!(answer.status, 101 | 204 | 304)) {
                answer.body = read_body(stream, &answer, rest)?;
            }
            return Ok(answer);
        }
    }
}

/// A peer that sends a byte now and then is not waited for longer than one that sends nothing.
struct Bounded<'a, R> {
    stream: &'a mut R,
    until: Instant,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if Instant::now() >= self.until {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.stream.read(buffer)
    }
}

fn unreadable(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not an HTTP answer: {why}"))
}

fn more(stream: &mut impl Read, bytes: &mut Vec<u8>) -> io::Result<usize> {
    let mut piece = [0; 8192];
    loop {
        match stream.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => {
                let read = read?;
                bytes.extend_from_slice(piece.get(..read).unwrap_or_default());
                return Ok(read);
            }
        }
    }
}

fn read_head(stream: &mut impl Read, mut bytes: Vec<u8>) -> io::Result<(Answer, Vec<u8>)> {
    loop {
        let mut fields = [httparse::EMPTY_HEADER; 128];
        let mut parsed = httparse::Response::new(&mut fields);
        match parsed.parse(&bytes).map_err(|error| unreadable(&error.to_string()))? {
            httparse::Status::Complete(end) => {
                let fields = parsed
                    .headers
                    .iter()
                    .map(|field| (field.name.to_owned(), String::from_utf8_lossy(field.value).into_owned()))
                    .collect();
                let answer = Answer { status: parsed.code.unwrap_or(0), fields, body: Vec::new() };
                return Ok((answer, bytes.split_off(end)));
            }
            httparse::Status::Partial if bytes.len() > MAX_HEAD => return Err(unreadable("its head does not end")),
            httparse::Status::Partial => {
                if more(stream, &mut bytes)? == 0 {
                    return Err(if bytes.is_empty() {
                        io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was closed without an answer")
                    } else {
                        unreadable("it ends early")
                    });
                }
            }
        }
    }
}

fn read_body(stream: &mut impl Read, answer: &Answer, mut bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    let chunked =
        answer.field("transfer-encoding").is_some_and(|coding| coding.to_ascii_lowercase().contains("chunked"));
    if chunked {
        return read_chunks(stream, bytes);
    }
    let length = answer.field("content-length").and_then(|length| length.trim().parse::<usize>().ok());
    let wanted = length.unwrap_or(usize::MAX).min(MAX_BODY);
    while bytes.len() < wanted {
        match more(stream, &mut bytes) {
            Ok(0) => break,
            Ok(_) => {}
            // Without a length, the end of the connection is the end of the body, however it comes.
            Err(_) if length.is_none() => break,
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(wanted);
    Ok(bytes)
}

fn read_chunks(stream: &mut impl Read, mut bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        match httparse::parse_chunk_size(&bytes).map_err(|_| unreadable("a chunk without its size"))? {
            httparse::Status::Complete((_, 0)) => return Ok(body),
            httparse::Status::Complete((start, size)) => {
                let size = usize::try_from(size).unwrap_or(usize::MAX);
                let end = start.saturating_add(size);
                while bytes.len() < end.saturating_add(2) && bytes.len() < MAX_BODY {
                    if more(stream, &mut bytes)? == 0 {
                        return Ok(body);
                    }
                }
                body.extend_from_slice(bytes.get(start..end.min(bytes.len())).unwrap_or_default());
                if body.len() >= MAX_BODY || bytes.len() < end.saturating_add(2) {
                    return Ok(body);
                }
                bytes = bytes.split_off(end + 2);
            }
            httparse::Status::Partial => {
                if more(stream, &mut bytes)? == 0 {
                    return Ok(body);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> io::Result<Answer> {
        Answer::read(&mut text.as_bytes(), false, Instant::now() + std::time::Duration::from_secs(5))
    }

    #[test]
    fn bodies_end_where_their_framing_says() {
        assert_eq!(read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc").unwrap().body, b"ab");
        assert_eq!(read("HTTP/1.1 200 OK\r\n\r\nabc").unwrap().body, b"abc");
        let chunked =
            read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n").unwrap();
        assert_eq!(chunked.body, b"abc");
        assert_eq!(read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n").unwrap().status, 204);
        assert_eq!(read("HTTP/1.1 101 Up\r\n\r\n\x01").unwrap().status, 101);
    }

    #[test]
    fn garbage_is_an_error() {
        assert!(read("").is_err());
        assert!(read("SSH-2.0\r\n\r\n").is_err());
        assert!(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n").is_err());
    }

    #[test]
    fn endless_answers_end() {
        let endless = io::repeat(b'x').chain(io::empty());
        let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".chain(endless);
        assert_eq!(
            Answer::read(&mut answer, false, Instant::now() + std::time::Duration::from_secs(5)).unwrap().body.len(),
            MAX_BODY
        );
        let late = Answer::read(&mut "HTTP/1.1 200 OK\r\n\r\n".as_bytes(), false, Instant::now()).unwrap_err();
        assert_eq!(late.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn a_name_is_a_word() {
        let shows = |body: &str| Answer { body: body.into(), ..Answer::default() }.names("bob");
        assert!(shows("<b>bob</b>") && shows("CN=bob,O=Example") && shows("xbobx bob"));
        assert!(!shows("value=\"aZbobQ9\"") && !shows("bobby") && !shows("a-bob") && !shows(""));
    }

    #[test]
    fn an_excerpt_is_text() {
        let answer = Answer { body: b"<html><h1>403  Forbidden</h1>\n<p>No</p>".to_vec(), ..Answer::default() };
        assert_eq!(answer.excerpt(), "403 Forbidden No");
    }
}
