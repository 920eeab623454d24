//! Apache httpd configuration: lines, with the sections that they stand in.
//!
//! Sections are not told apart: a header that some line of the file sets or removes counts as handled, so that
//! what is found is handled nowhere.

use std::sync::Arc;

use crate::{
    line::{Line, words},
    nginx::fold,
    source::{Source, Span},
};

/// Reads a file; `None` if it is no configuration of Apache that passes requests on or verifies clients.
pub(crate) fn parse(source: &Arc<Source>) -> Option<Vec<Line>> {
    let mut lines = Vec::new();
    let mut at = 0;
    for whole in source.text.split_inclusive('\n') {
        let start = at + (whole.len() - whole.trim_start().len());
        at += whole.len();
        let text = whole.trim();
        // A comment begins a line; elsewhere the sign is text.
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let words = words(&text.replace('#', "\\#"));
        lines.push(Line { words, span: Span::new(source, start..start + text.len()) });
    }
    let known = |line: &Line| {
        [
            "<virtualhost",
            "<ifmodule",
            "<location",
            "<directory",
            "proxypass",
            "wsgiscriptalias",
            "sslverifyclient",
            "sslengine",
        ]
        .contains(&line.name().trim_end_matches('>').to_ascii_lowercase().as_str())
    };
    lines.iter().any(known).then_some(lines)
}

/// The lines of that directive.
pub(crate) fn named<'a>(lines: &'a [Line], name: &'a str) -> impl Iterator<Item = &'a Line> {
    lines.iter().filter(move |line| line.name().eq_ignore_ascii_case(name))
}

/// Whether some line sets or removes this request header.
pub(crate) fn handles(lines: &[Line], header: &str) -> bool {
    named(lines, "RequestHeader").any(|line| {
        let at = if line.words.get(1).is_some_and(|word| word == "early") { 2 } else { 1 };
        let action = line.words.get(at).map_or("", String::as_str).to_ascii_lowercase();
        matches!(action.as_str(), "set" | "unset" | "setifempty")
            && line.words.get(at + 1).is_some_and(|name| fold(name) == fold(header))
    })
}

/// Where requests go to the app.
pub(crate) fn passes(lines: &[Line]) -> impl Iterator<Item = &Line> {
    lines.iter().filter(|line| {
        ["proxypass", "proxypassmatch", "wsgiscriptalias"].contains(&line.name().to_ascii_lowercase().as_str())
            && !line.has("!")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<Line>> {
        parse(&Arc::new(Source::new("site.conf".into(), text.into())))
    }

    #[test]
    fn headers_and_passes() {
        let text = "<VirtualHost *:443>\n  # no\n  ProxyPass /static !\n  ProxyPass / http://127.0.0.1:8000/\n  RequestHeader unset X-Client-DN\n</VirtualHost>\n";
        let lines = read(text).unwrap();
        assert_eq!(passes(&lines).count(), 1);
        assert!(handles(&lines, "HTTP_X_CLIENT_DN") && !handles(&lines, "X-Other"));
        assert!(read("d /run/x 0755 root root\n").is_none());
    }
}
