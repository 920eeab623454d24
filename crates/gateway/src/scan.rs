//! Reads over hyper's shoulder: what an HTTP/1 head held that hyper does not tell.
//!
//! hyper accepts bare LF as a line end, drops `Content-Length` when `Transfer-Encoding` is there
//! too, merges equal lengths and cuts a `#fragment` off the target (measured). Each of these is
//! read differently by some server, so each is refused (RFC 9112 sections 2.2, 3.2 and 6.3). The
//! scanner sees the decrypted bytes before hyper does, finds each head, and leaves one finding per
//! head, in order. It parses no more than it must: hyper judges the syntax.
//!
//! Invariant: a head for which no finding is there, or whose finding is a flaw, is refused and
//! ends its connection, so that a disagreement between the two parsers fails closed.

use std::collections::VecDeque;

use countersign_core::Reason;
use memchr::memchr;

/// Finding per head: what is wrong with it, if anything.
pub(crate) type Findings = VecDeque<Option<Reason>>;

#[derive(Debug)]
pub(crate) struct Scanner {
    state: State,
    /// The start of a line whose end has not come yet.
    partial: Vec<u8>,
    head: HeadSoFar,
    max_header_bytes: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No byte of the next head has come.
    Idle,
    Head,
    Body(u64),
    ChunkSize,
    ChunkData(u64),
    Trailers,
    /// After a flaw, or in a tunnel: nothing more is read here.
    Opaque,
}

#[derive(Debug, Default)]
struct HeadSoFar {
    request_line: bool,
    bytes: usize,
    length: Option<u64>,
    chunked: bool,
    flaw: Option<Reason>,
}

impl Scanner {
    pub(crate) fn new(max_header_bytes: usize) -> Self {
        Self { state: State::Idle, partial: Vec::new(), head: HeadSoFar::default(), max_header_bytes }
    }

    /// The connection became a tunnel.
    pub(crate) fn stop(&mut self) {
        self.state = State::Opaque;
        self.partial = Vec::new();
    }

    /// Whether a head has begun and not ended.
    pub(crate) fn in_head(&self) -> bool {
        self.state == State::Head
    }

    /// Takes the next bytes, in pieces of any size.
    pub(crate) fn scan(&mut self, mut bytes: &[u8], findings: &mut Findings) {
        while !bytes.is_empty() {
            bytes = match self.state {
                State::Opaque => return,
                State::Idle => self.skip_empty_lines(bytes),
                State::Body(left) => self.skip(bytes, left, State::Idle, State::Body),
                State::ChunkData(left) => self.skip(bytes, left, State::ChunkSize, State::ChunkData),
                State::Head | State::ChunkSize | State::Trailers => self.line(bytes, findings),
            };
        }
    }

    /// Servers ignore empty lines before a request (RFC 9112 section 2.2).
    fn skip_empty_lines<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let start = bytes.iter().position(|b| !matches!(b, b'\r' | b'\n'));
        if start.is_some() {
            self.state = State::Head;
            self.head = HeadSoFar::default();
        }
        start.and_then(|at| bytes.get(at..)).unwrap_or_default()
    }

    fn skip<'b>(&mut self, bytes: &'b [u8], left: u64, done: State, more: fn(u64) -> State) -> &'b [u8] {
        let here = bytes.len() as u64;
        self.state = if here < left { more(left - here) } else { done };
        usize::try_from(left).ok().and_then(|n| bytes.get(n..)).unwrap_or_default()
    }

    /// Takes one line, or keeps what there is of it.
    fn line<'b>(&mut self, bytes: &'b [u8], findings: &mut Findings) -> &'b [u8] {
        let Some((line, rest)) = memchr(b'\n', bytes).and_then(|at| bytes.split_at_checked(at + 1)) else {
            self.partial.extend_from_slice(bytes);
            self.limit(self.partial.len(), findings);
            return &[];
        };
        if self.partial.is_empty() {
            self.whole_line(line, findings);
        } else {
            let mut whole = std::mem::take(&mut self.partial);
            whole.extend_from_slice(line);
            self.whole_line(&whole, findings);
        }
        rest
    }

    /// hyper refuses such a head as well; this keeps the copy of a line from growing meanwhile.
    fn limit(&mut self, more: usize, findings: &mut Findings) {
        if self.head.bytes + more > self.max_header_bytes {
            findings.push_back(Some(Reason::HeadersTooLarge));
            self.stop();
        }
    }

    fn whole_line(&mut self, line: &[u8], findings: &mut Findings) {
        let (text, crlf) = match line {
            [text @ .., b'\r', b'\n'] => (text, true),
            [text @ .., b'\n'] => (text, false),
            _ => (line, false),
        };
        match self.state {
            // Where hyper sees the end of a chunk's head or of the trailers must be where it is seen
            // here, or findings are taken for those of other heads: without CR it is not.
            State::ChunkSize | State::Trailers if !crlf => self.state = State::Opaque,
            State::ChunkSize => {
                // CR LF after a chunk's data reads as an empty line here.
                let digits = text.split(|&b| b == b';').next().unwrap_or_default().trim_ascii();
                if digits.is_empty() {
                    return;
                }
                self.state = match std::str::from_utf8(digits).ok().and_then(|d| u64::from_str_radix(d, 16).ok()) {
                    Some(0) => State::Trailers,
                    Some(size) => State::ChunkData(size),
                    None => State::Opaque, // hyper ends the connection
                };
            }
            State::Trailers if text.is_empty() => self.state = State::Idle,
            State::Head => {
                self.head.bytes += line.len();
                if !crlf {
                    self.flaw(Reason::LineEndingBare);
                }
                if text.is_empty() {
                    self.end_of_head(findings);
                } else {
                    self.head_line(text);
                    self.limit(0, findings);
                }
            }
            _ => {}
        }
    }

    fn head_line(&mut self, line: &[u8]) {
        if !self.head.request_line {
            self.head.request_line = true;
            if line.contains(&b'#') {
                self.flaw(Reason::TargetMalformed);
            }
            return;
        }
        let Some(colon) = memchr(b':', line) else { return };
        let (name, value) = line.split_at(colon);
        if name.eq_ignore_ascii_case(b"content-length") {
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            let length = std::str::from_utf8(value)
                .ok()
                .filter(|v| v.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|v| v.parse().ok());
            if length.is_none() || self.head.length.is_some() || self.head.chunked {
                self.flaw(Reason::FramingAmbiguous);
            }
            self.head.length = length;
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            if !value.eq_ignore_ascii_case(b"chunked") || self.head.length.is_some() || self.head.chunked {
                self.flaw(Reason::FramingAmbiguous);
            }
            self.head.chunked = true;
        }
    }

    fn end_of_head(&mut self, findings: &mut Findings) {
        let head = std::mem::take(&mut self.head);
        findings.push_back(head.flaw);
        self.state = match (head.flaw, head.chunked, head.length) {
            (Some(_), ..) => State::Opaque,
            (None, true, _) => State::ChunkSize,
            (None, false, Some(length)) if length > 0 => State::Body(length),
            (None, false, _) => State::Idle,
        };
    }

    fn flaw(&mut self, reason: Reason) {
        self.head.flaw.get_or_insert(reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scans in pieces of every size; the findings must not depend on it.
    fn findings(bytes: &[u8]) -> Vec<Option<&'static str>> {
        let mut results: Vec<Vec<_>> = (1..=bytes.len())
            .map(|size| {
                let (mut scanner, mut found) = (Scanner::new(8192), Findings::new());
                bytes.chunks(size).for_each(|piece| scanner.scan(piece, &mut found));
                found.into_iter().map(|f| f.map(Reason::code)).collect()
            })
            .collect();
        results.dedup();
        assert_eq!(results.len(), 1, "{results:?}");
        results.remove(0)
    }

    #[test]
    fn one_finding_per_head_whatever_the_bodies_hold() {
        let fake = "GET /in-a-body HTTP/1.1\nHost: x\n\n";
        let stream = format!(
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n\
             \r\nPOST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{fake}\
             POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n{:x};ext=1\r\n{fake}\r\n3\r\nabc\r\n0\r\nTrailer: x\r\n\r\n\
             GET /last HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
            fake.len(),
            fake.len()
        );
        assert_eq!(findings(stream.as_bytes()), [None; 4]);
    }

    #[test]
    fn flaws() {
        for (head, code) in [
            ("GET / HTTP/1.1\nHost: a\r\n\r\n", "line-ending-bare"),
            ("GET / HTTP/1.1\r\nHost: a\n\r\n", "line-ending-bare"),
            ("GET / HTTP/1.1\r\nHost: a\r\n\n", "line-ending-bare"),
            ("GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", "target-malformed"),
            ("POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "framing-ambiguous"),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", "framing-ambiguous"),
            ("POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", "framing-ambiguous"),
            ("POST / HTTP/1.1\r\nContent-Length: 3, 3\r\n\r\n", "framing-ambiguous"),
            ("POST / HTTP/1.1\r\nContent-Length: +3\r\n\r\n", "framing-ambiguous"),
            ("POST / HTTP/1.1\r\nContent-Length:\r\n\r\n", "framing-ambiguous"),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "framing-ambiguous"),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                "framing-ambiguous",
            ),
        ] {
            // what follows a flaw is not looked at
            assert_eq!(findings(format!("{head}GET / HTTP/1.1\r\n\r\n").as_bytes()), [Some(code)], "{head:?}");
        }
    }

    #[test]
    fn a_bare_line_feed_ends_no_body() {
        for body in ["0\r\nX: y\n\nGET /hidden HTTP/1.1\r\n\r\n", "0\r\n\nGET /hidden HTTP/1.1\r\n\r\n", "0\n\r\n"] {
            let stream = format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{body}GET / HTTP/1.1\r\n\r\n");
            assert_eq!(findings(stream.as_bytes()), [None], "{body:?}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let (mut scanner, mut found) = (Scanner::new(8192), Findings::new());
        for _ in 0..1000 {
            scanner.scan(&[b'x'; 100], &mut found);
        }
        assert_eq!(found, [Some(Reason::HeadersTooLarge)]);
        assert!(scanner.partial.capacity() == 0);
    }
}
