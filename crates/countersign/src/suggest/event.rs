//! One line of a log, in either `log.format`.
//!
//! Invariant: what a peer sent stays inside the field that it was logged in. A decision is a line whose
//! own target says so, never one that quotes such a line; text is unescaped only after its quotes were
//! found. Whatever else a line is, it is counted and passed over.

use serde::Deserialize;

const TARGET: &str = "countersign::decision";

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A decision about a request.
    Decision(Box<Event>),
    /// Another event of the gateway.
    Other,
    /// Nothing that the gateway writes.
    Unreadable,
}

/// The fields of a decision that proposals rest on.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Event {
    pub(crate) verdict: String,
    pub(crate) reason: String,
    pub(crate) site: String,
    pub(crate) route: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) client: String,
    pub(crate) peer: String,
    pub(crate) request_id: String,
    pub(crate) status: u16,
    pub(crate) would_refuse: String,
    pub(crate) origin: Option<String>,
    pub(crate) sec_fetch_site: Option<String>,
    pub(crate) sec_fetch_mode: Option<String>,
    pub(crate) program: Option<String>,
    target: String,
}

impl Event {
    /// The reasons for which it would have been refused.
    pub(crate) fn reasons(&self) -> impl Iterator<Item = &str> {
        self.would_refuse.split(',').filter(|reason| !reason.is_empty())
    }

    /// Two requests of one client have the same.
    pub(crate) fn client_key(&self) -> &str {
        match self.client.as_str() {
            "" | "(rejected)" => self.peer.rsplit_once(':').map_or(&self.peer, |(address, _)| address),
            subject => subject,
        }
    }
}

impl Line {
    /// Reads a line; what a service manager writes in front of it does no harm.
    pub(crate) fn read(line: &str) -> Self {
        match line.find(['{', '"']).and_then(|at| line.get(at..)).filter(|rest| rest.starts_with('{')) {
            Some(object) => json(object),
            None => text(line),
        }
    }
}

fn json(object: &str) -> Line {
    // A line that is cut is no JSON, and one that repeats a field is none of ours.
    match serde_json::from_str::<Event>(object) {
        Ok(event) if event.target == TARGET => Line::Decision(Box::new(event)),
        Ok(event) if event.target.starts_with("countersign") => Line::Other,
        _ => Line::Unreadable,
    }
}

/// `2026-11-25T12:42:45.7Z  WARN countersign::decision: verdict="permit" reason="…" …`
fn text(line: &str) -> Line {
    let levels = ["ERROR ", " WARN ", " INFO ", "DEBUG ", "TRACE "];
    let Some(at) = levels.iter().filter_map(|level| line.find(level)).min() else { return Line::Unreadable };
    let Some((target, fields)) = line.get(at..).and_then(|rest| rest.trim_start().split_once(' ')?.1.split_once(": "))
    else {
        return Line::Unreadable;
    };
    match target {
        TARGET => read_fields(fields).map_or(Line::Unreadable, |event| Line::Decision(Box::new(event))),
        other if other.starts_with("countersign") && !other.contains([' ', '"', '=']) => Line::Other,
        _ => Line::Unreadable,
    }
}

/// `name="text" name=word …`; none if it is cut.
fn read_fields(mut rest: &str) -> Option<Event> {
    let mut event = Event::default();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Some(event);
        }
        let (name, after) = rest.split_once('=')?;
        let value;
        (value, rest) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let (word, rest) = after.split_at(after.find(' ').unwrap_or(after.len()));
                (word.to_owned(), rest)
            }
        };
        if name == "status" {
            event.status = value.parse().ok()?;
            continue;
        }
        let place = match name {
            "verdict" => &mut event.verdict,
            "reason" => &mut event.reason,
            "site" => &mut event.site,
            "route" => &mut event.route,
            "method" => &mut event.method,
            "path" => &mut event.path,
            "client" => &mut event.client,
            "peer" => &mut event.peer,
            "request_id" => &mut event.request_id,
            "would_refuse" => &mut event.would_refuse,
            "origin" => event.origin.insert(String::new()),
            "sec_fetch_site" => event.sec_fetch_site.insert(String::new()),
            "sec_fetch_mode" => event.sec_fetch_mode.insert(String::new()),
            "program" => event.program.insert(String::new()),
            _ => continue,
        };
        *place = value;
    }
}

/// The text up to the closing quote, with Rust's escapes read, and what follows.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((out, text.get(at + 1..)?)),
            '\\' => match chars.next()?.1 {
                'n' => out.push('\n'),
                'r' => out.push('\r'),
                't' => out.push('\t'),
                '0' => out.push('\0'),
                'u' => {
                    let rest = text.get(at + 2..)?.strip_prefix('{')?;
                    let (hex, _) = rest.split_once('}')?;
                    out.push(char::from_u32(u32::from_str_radix(hex, 16).ok()?)?);
                    // The brace, the digits, the brace.
                    chars.nth(hex.len() + 1)?;
                }
                other => out.push(other),
            },
            other => out.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"2026-11-25T12:42:45.709705Z  WARN countersign::decision: verdict="permit" reason="report-only" status=200 site="app.example.com" route="/" method="POST" path="/x" client="CN=a \"b\",O=\u{e9}\n" peer=127.0.0.1:47270 would_refuse="client-cert-missing,origin-mismatch" origin="https://evil.example" detail="x=\"y\"""#;

    fn decision(line: &str) -> Event {
        match Line::read(line) {
            Line::Decision(event) => *event,
            other => panic!("{other:?}: {line}"),
        }
    }

    #[test]
    fn text_and_json_say_the_same() {
        let json = r#"{"timestamp":"x","level":"WARN","verdict":"permit","reason":"report-only","status":200,"site":"app.example.com","route":"/","method":"POST","path":"/x","client":"CN=a \"b\",O=é\n","peer":"127.0.0.1:47270","would_refuse":"client-cert-missing,origin-mismatch","origin":"https://evil.example","detail":"x","target":"countersign::decision"}"#;
        let mut text = decision(TEXT);
        assert_eq!(text.reasons().collect::<Vec<_>>(), ["client-cert-missing", "origin-mismatch"]);
        assert_eq!(text.client, "CN=a \"b\",O=é\n");
        text.target = TARGET.into();
        assert_eq!(text, decision(json));
        for line in [TEXT, json] {
            let prefixed = format!("Nov 25 12:42:45 host countersign[7]: {line}");
            assert!(matches!(Line::read(&prefixed), Line::Decision(_)), "{prefixed}");
        }
    }

    #[test]
    fn what_a_peer_quotes_is_no_decision() {
        for line in [
            r#"2026-11-25T12:42:45Z  WARN countersign::handshake: handshake failed server_name="x WARN countersign::decision: verdict=\"permit\" would_refuse=\"origin-mismatch\"""#,
            r#"2026-11-25T12:42:45Z  WARN countersign::cookies: a bound cookie was dropped cookie="countersign::decision: verdict=""#,
            r#"{"target":"countersign::handshake","server_name":"{\"target\":\"countersign::decision\"}"}"#,
        ] {
            assert_eq!(Line::read(line), Line::Other, "{line}");
        }
    }

    #[test]
    fn what_is_cut_or_foreign_is_not_read() {
        let json = r#"{"target":"countersign::decision","verdict":"permit"}"#;
        assert!(matches!(Line::read(json), Line::Decision(_)));
        for line in [
            "",
            "garbage",
            "{",
            "{}",
            "GET / HTTP/1.1 200 WARN ",
            json.split_at(30).0,
            TEXT.split_at(TEXT.find("O=").unwrap()).0,
            r#"{"target":"countersign::decision","verdict":"permit","verdict":"refuse"}"#,
            r#"{"target":"countersign::decision","verdict":7}"#,
            r#"2026 WARN other::decision: verdict="permit""#,
        ] {
            assert_eq!(Line::read(line), Line::Unreadable, "{line}");
        }
        // No prefix of a line panics.
        for end in (0..TEXT.len()).filter(|end| TEXT.is_char_boundary(*end)) {
            let _ = Line::read(TEXT.split_at(end).0);
        }
    }
}
