//! Every vector beside two others that judge the same head: Go's `http.CrossOriginProtection` and
//! tower-http's `CsrfLayer`, both run. Each difference is listed in `docs/peers.md` under the one
//! argument that explains it; one that no argument explains fails.

mod arguments;
mod go;
mod page;
mod tower;

use go::Go;

use crate::{Expect, format, run};

/// What another one says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Permit,
    Refuse(String),
    /// Its server would not have taken the head.
    Unread(String),
}

impl Answer {
    /// As the page has it.
    fn word(&self) -> &'static str {
        match self {
            Self::Permit => "permits",
            Self::Refuse(_) => "refuses",
            Self::Unread(_) => "not taken",
        }
    }

    pub(crate) fn of(line: &str) -> Self {
        match line.split_once(": ") {
            Some(("refuse", why)) => Self::Refuse(why.into()),
            Some(("unread", why)) => Self::Unread(why.into()),
            _ => Self::Permit,
        }
    }
}

/// A request, as bytes on the wire and in parts.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) authority: Option<String>,
    pub(crate) fields: Vec<(String, Vec<u8>)>,
    pub(crate) trusted: Vec<String>,
}

impl Asked {
    /// The head in HTTP/1.1; `:authority` is `Host` there.
    pub(crate) fn head(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        if let Some(authority) = &self.authority {
            head.extend(format!("Host: {authority}\r\n").bytes());
        }
        let beside = |name: &str| self.authority.is_some() && name.eq_ignore_ascii_case("host");
        // A `Host` beside `:authority` is left out by an HTTP/2 server.
        for (name, value) in self.fields.iter().filter(|(name, _)| !beside(name)) {
            head.extend(name.bytes());
            head.extend(b": ");
            head.extend(value);
            head.extend(b"\r\n");
        }
        head.extend(b"\r\n");
        head
    }
}

/// One vector, and what the three make of it.
struct Compared {
    name: String,
    permitted: bool,
    /// The reason, or the basis.
    code: String,
    go: Option<Answer>,
    tower: Answer,
}

impl Compared {
    fn ours(&self) -> String {
        if self.permitted { format!("permits, `{}`", self.code) } else { format!("`{}`", self.code) }
    }

    /// An answer that is not ours. A head that another server would not take is not judged.
    fn differs(&self) -> Option<&Answer> {
        let other = |answer: &&Answer| match answer {
            Answer::Permit => !self.permitted,
            Answer::Refuse(_) => self.permitted,
            Answer::Unread(_) => false,
        };
        self.go.iter().chain([&self.tower]).find(other)
    }
}

#[test]
fn each_difference_from_go_and_tower_http_has_its_argument() {
    let mut vectors = format::load();
    // The others know no trial, in which what is refused is let through.
    vectors.retain(|(_, vector)| !vector.is_on_trial());
    let asked: Vec<Asked> = vectors
        .iter()
        .map(|(_, vector)| Asked {
            method: vector.request.method.clone(),
            target: vector.request.target.clone(),
            authority: vector.request.authority.clone(),
            fields: vector.request.raw_fields().into_iter().map(|(name, value)| (name.into(), value)).collect(),
            trusted: vector.trusted_origins().to_vec(),
        })
        .collect();
    let go = Go::installed().map(|go| go.answers(&asked));
    let mut all = Vec::new();
    for (i, (_, vector)) in vectors.iter().enumerate() {
        let (permitted, code) = match run(vector).answer {
            Expect::Permit { basis, .. } => (true, basis),
            Expect::Refuse { reason, .. } => (false, reason),
        };
        let go = go.as_ref().map(|answers| answers[i].clone());
        all.push(Compared { name: vector.name.clone(), permitted, code, go, tower: tower::answer(&asked[i]) });
    }
    for c in all.iter().filter(|c| c.differs().is_some()) {
        let arguments = if c.permitted { arguments::PERMITTED } else { arguments::REFUSED };
        let why = arguments::of(arguments, &c.code);
        assert!(why.is_some(), "{}: {}, Go {:?}, tower-http {:?}; say why", c.name, c.ours(), c.go, c.tower);
    }
    // Without Go, which ./test brings, only tower-http was asked.
    if go.is_some() {
        page::check(&page::of(&all));
    }
}
