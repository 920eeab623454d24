//! A request as it goes over the wire, and the command that sends it again.

use std::fmt::Write as _;

use crate::credentials::Credentials;

/// Who sends it.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    /// The victim.
    Own,
    /// Nobody.
    Nobody,
    /// Somebody else.
    Other(Credentials),
}

/// One request, whatever a parser may think of it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The target of the request line, raw.
    pub(crate) path: String,
    /// `Host`; none is sent if it is empty.
    pub(crate) host: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Body,
    pub(crate) who: Who,
    /// The name in the handshake, if it is not the site's; empty: none is said.
    pub(crate) server_name: Option<String>,
}

/// What follows the head.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    None,
    Sized(Vec<u8>),
    /// Chunked, and the fields that come after it.
    Chunked(Vec<u8>, Vec<(String, String)>),
    /// As it is, with whatever lengths the fields claim.
    Raw(Vec<u8>),
}

impl Request {
    pub(crate) fn new(method: &str, path: &str, host: &str) -> Self {
        Self {
            method: method.into(),
            path: path.into(),
            host: host.into(),
            fields: Vec::new(),
            body: Body::None,
            who: Who::Own,
            server_name: None,
        }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.fields.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
    }

    pub(crate) fn without(mut self, names: &[&str]) -> Self {
        for name in names {
            self.remove(name);
        }
        self
    }

    pub(crate) fn body(mut self, media_type: Option<&str>, body: impl Into<Vec<u8>>) -> Self {
        self.remove("Content-Type");
        if let Some(media_type) = media_type {
            self.fields.push(("Content-Type".into(), media_type.into()));
        }
        self.body = Body::Sized(body.into());
        self
    }

    pub(crate) fn by(mut self, who: Who) -> Self {
        self.who = who;
        self
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The bytes.
    pub(crate) fn wire(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        if !self.host.is_empty() {
            let _ = write!(head, "Host: {}\r\n", self.host);
        }
        for (name, value) in &self.fields {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        match &self.body {
            Body::Sized(body) => {
                let _ = write!(head, "Content-Length: {}\r\n", body.len());
            }
            Body::Chunked(_, trailers) => {
                head.push_str("Transfer-Encoding: chunked\r\n");
                let names: Vec<&str> = trailers.iter().map(|(name, _)| name.as_str()).collect();
                if !names.is_empty() {
                    let _ = write!(head, "Trailer: {}\r\n", names.join(", "));
                }
            }
            Body::None | Body::Raw(_) => {}
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        match &self.body {
            Body::None => {}
            Body::Sized(body) | Body::Raw(body) => bytes.extend_from_slice(body),
            Body::Chunked(body, trailers) => {
                let mut text = String::new();
                if !body.is_empty() {
                    bytes.extend_from_slice(format!("{:x}\r\n", body.len()).as_bytes());
                    bytes.extend_from_slice(body);
                    bytes.extend_from_slice(b"\r\n");
                }
                text.push_str("0\r\n");
                for (name, value) in trailers {
                    let _ = write!(text, "{name}: {value}\r\n");
                }
                text.push_str("\r\n");
                bytes.extend_from_slice(text.as_bytes());
            }
        }
        bytes
    }
}

/// How a shell reaches the site: what every replay has in common.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    pub(crate) origin: String,
    pub(crate) host: String,
    pub(crate) authority: String,
    pub(crate) port: u16,
    pub(crate) connect_to: Option<String>,
    pub(crate) trust: Vec<String>,
}

impl Shell {
    /// The request as a `curl` line or, where curl cannot say it, as `printf … | openssl s_client`.
    pub(crate) fn replay(&self, request: &Request, own: &Credentials) -> String {
        let who = match &request.who {
            Who::Own => Some(own),
            Who::Nobody => None,
            Who::Other(other) => Some(other),
        };
        let plain = matches!(request.body, Body::None | Body::Sized(_))
            && request.server_name.is_none()
            && request.path.starts_with('/')
            && !request.fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("transfer-encoding"));
        if plain { self.curl(request, who) } else { self.openssl(request, who) }
    }

    fn curl(&self, request: &Request, who: Option<&Credentials>) -> String {
        let mut words: Vec<String> = vec!["curl".into(), "--http1.1".into(), "--path-as-is".into(), "-i".into()];
        words.extend(self.trust.iter().cloned());
        if let Some(connect_to) = &self.connect_to {
            words.extend(["--connect-to".into(), format!("::{connect_to}")]);
        }
        if let Some(who) = who {
            let (cert, key) = who.files.clone().unwrap_or_else(|| ("MADE.pem".into(), "MADE.key".into()));
            words.extend(["--cert".into(), cert, "--key".into(), key]);
        }
        words.extend(["-X".into(), request.method.clone()]);
        if request.host != self.authority {
            words.extend(["-H".into(), format!("Host: {}", request.host)]);
        }
        for (name, value) in &request.fields {
            // curl leaves a field without a value out unless it ends so.
            words.extend(["-H".into(), if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") }]);
        }
        match &request.body {
            Body::Sized(body) => {
                if request.field("content-type").is_none() {
                    words.extend(["-H".into(), "Content-Type:".into()]);
                }
                words.extend(["--data-binary".into(), String::from_utf8_lossy(body).into_owned()]);
            }
            Body::None | Body::Chunked(..) | Body::Raw(_) => {}
        }
        words.push(format!("{}{}", self.origin, request.path));
        words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
    }

    fn openssl(&self, request: &Request, who: Option<&Credentials>) -> String {
        let mut text = String::new();
        for byte in request.wire() {
            match byte {
                b'\r' => text.push_str("\\r"),
                b'\n' => text.push_str("\\n"),
                b'\\' => text.push_str("\\\\"),
                b'%' => text.push_str("%%"),
                b'\'' => text.push_str("\\047"),
                0x20..=0x7e => text.push(char::from(byte)),
                _ => {
                    let _ = write!(text, "\\{byte:03o}");
                }
            }
        }
        let at = self.connect_to.clone().unwrap_or_else(|| format!("{}:{}", self.host, self.port));
        let name = request.server_name.as_deref().unwrap_or(&self.host);
        let mut line = format!("{{ printf '{text}'; sleep 5; }} | openssl s_client -quiet -connect {}", quote(&at));
        if name.is_empty() {
            line.push_str(" -noservername");
        } else {
            let _ = write!(line, " -servername {}", quote(name));
        }
        if let Some(who) = who {
            let (cert, key) = who.files.clone().unwrap_or_else(|| ("MADE.pem".into(), "MADE.key".into()));
            let _ = write!(line, " -cert {} -key {}", quote(&cert), quote(&key));
        }
        line
    }
}

/// A word of a POSIX shell.
fn quote(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@,+%".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailers_follow_the_last_chunk() {
        let mut request = Request::new("POST", "/", "a");
        request.body = Body::Chunked(b"x=1".to_vec(), vec![("X-User".into(), "a".into())]);
        assert_eq!(
            String::from_utf8(request.wire()).unwrap(),
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-User\r\n\r\n3\r\nx=1\r\n0\r\nX-User: a\r\n\r\n"
        );
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(quote("a b"), "'a b'");
        assert_eq!(quote("it's"), r"'it'\''s'");
        assert_eq!(quote("--cert"), "--cert");
    }
}
