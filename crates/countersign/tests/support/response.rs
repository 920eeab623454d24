//! An answer, as the client got it.

use std::io::{self, BufRead, Read};

use serde_json::Value;

/// Status, fields with lower-case names in order, body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The field, which is there once at most.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let all = self.all(name);
        assert!(all.len() < 2, "{name} several times: {all:?}");
        all.first().copied()
    }

    /// What the gateway says why, or "".
    pub(crate) fn reason(&self) -> &str {
        self.header("countersign-reason").unwrap_or_default()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// That it is a refusal with this status and reason.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16, reason: &str) {
        assert_eq!((self.status, self.reason()), (status, reason), "{}", self.text());
    }

    /// That it came from the app.
    #[track_caller]
    pub(crate) fn assert_from_app(&self) {
        assert_eq!((self.status, self.reason()), (200, ""), "{}", self.text());
    }

    /// Reads the status line and the fields; None if the connection ended before the first byte.
    pub(crate) fn read_head(stream: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(line) = read_line(stream)? else { return Ok(None) };
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let mut response =
            Self { status: status.ok_or_else(|| io::Error::other(format!("no status: {line:?}")))?, ..Self::default() };
        loop {
            let line = read_line(stream)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            if line.is_empty() {
                return Ok(Some(response));
            }
            let (name, value) = line.split_once(':').ok_or_else(|| io::Error::other(format!("no field: {line:?}")))?;
            response.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    /// Reads the body of an answer to a request that was no HEAD.
    pub(crate) fn read_body(&mut self, stream: &mut impl BufRead) -> io::Result<()> {
        if matches!(self.status, 100..=199 | 204 | 304) {
            return Ok(());
        }
        if self.header("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = read_chunk(stream)? {
                self.body.extend(chunk);
            }
            return Ok(());
        }
        match self.header("content-length").map(|length| length.parse::<usize>().unwrap()) {
            Some(length) => {
                self.body = vec![0; length];
                stream.read_exact(&mut self.body)
            }
            None => stream.read_to_end(&mut self.body).map(drop),
        }
    }
}

/// One chunk; None at the last one, whose trailers are then read too: there have to be none.
pub(crate) fn read_chunk(stream: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let size = read_line(stream)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let size = usize::from_str_radix(&size, 16).map_err(|_| io::Error::other(format!("no chunk size: {size:?}")))?;
    let mut data = vec![0; size];
    stream.read_exact(&mut data)?;
    let end = read_line(stream)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    if !end.is_empty() {
        return Err(io::Error::other(format!("a trailer, or a chunk longer than it says: {end:?}")));
    }
    Ok((size > 0).then_some(data))
}

/// One line without its CR LF; None at the end.
pub(crate) fn read_line(stream: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    if stream.take(1 << 20).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    let text = line.strip_suffix(b"\r\n").ok_or_else(|| io::Error::other(format!("no line: {line:?}")))?;
    Ok(Some(String::from_utf8_lossy(text).into_owned()))
}
