//! HAProxy configuration: sections of lines.
//!
//! Conditions are not followed: a header that some rule of the file sets or deletes counts as handled, so that
//! what is found is handled nowhere.

use std::sync::Arc;

use crate::{
    line::{Line, words},
    nginx::fold,
    source::{Source, Span},
};

/// `frontend`, `listen`, `backend`, `defaults` or `global`.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) kind: String,
    pub(crate) lines: Vec<Line>,
}

const KINDS: [&str; 5] = ["global", "defaults", "frontend", "listen", "backend"];

/// Reads a file; `None` if it is no HAProxy configuration.
pub(crate) fn parse(source: &Arc<Source>) -> Option<Vec<Section>> {
    let mut sections: Vec<Section> = Vec::new();
    let mut at = 0;
    for whole in source.text.split_inclusive('\n') {
        let start = at + (whole.len() - whole.trim_start().len());
        at += whole.len();
        let words = words(whole);
        let Some(first) = words.first() else { continue };
        let end = start + whole.trim().len();
        let span = Span::new(source, start..end);
        if KINDS.contains(&first.as_str()) {
            sections.push(Section { kind: first.clone(), lines: Vec::new() });
        } else {
            // Something before any section is another format; other kinds (`userlist`, `peers`) end none here.
            sections.last_mut()?.lines.push(Line { words, span });
        }
    }
    let serves = |section: &Section| section.kind == "frontend" || section.kind == "listen";
    let binds = sections
        .iter()
        .filter(|section| serves(section))
        .any(|section| section.lines.iter().any(|line| line.name() == "bind"));
    binds.then_some(sections)
}

/// A line of any section, with its section.
pub(crate) fn lines(sections: &[Section]) -> impl Iterator<Item = (&Section, &Line)> {
    sections.iter().flat_map(|section| section.lines.iter().map(move |line| (section, line)))
}

/// Whether some rule sets, replaces or deletes this request header.
pub(crate) fn handles(sections: &[Section], header: &str) -> bool {
    lines(sections).any(|(_, line)| {
        let rule = line.name() == "http-request"
            && line
                .words
                .get(1)
                .is_some_and(|action| matches!(action.as_str(), "set-header" | "del-header" | "replace-header"));
        let named = line.words.get(2).map_or("", String::as_str);
        let by = line.after("-m").unwrap_or("str");
        match by {
            "beg" => rule && fold(header).starts_with(&fold(named)),
            // Open on purpose: a pattern is not run here. Whoever deletes by one means names of this kind, and a
            // finding at a file that does so would be wrong more often than right.
            "reg" => rule,
            _ => rule && fold(named) == fold(header),
        }
    })
}

/// Where requests come in over TLS.
pub(crate) fn entrances(sections: &[Section]) -> impl Iterator<Item = &Line> {
    lines(sections).map(|(_, line)| line).filter(|line| line.name() == "bind" && line.has("ssl"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<Section>> {
        parse(&Arc::new(Source::new("haproxy.cfg".into(), text.into())))
    }

    #[test]
    fn sections_and_words() {
        let text = "global\n  log x # y\nfrontend a\n  bind :443 ssl crt x.pem\n  http-request set-header X-A \"b c\" if { x }\n";
        let sections = read(text).unwrap();
        assert_eq!(sections.len(), 2);
        assert_eq!(sections[0].lines[0].words, ["log", "x"]);
        assert_eq!(sections[1].lines[1].words[3], "b c");
        assert!(handles(&sections, "HTTP_X_A") && !handles(&sections, "X-B"));
        assert_eq!(entrances(&sections).count(), 1);
    }

    #[test]
    fn other_files_are_none() {
        assert!(read("[metadata]\nname = x\n").is_none());
        assert!(read("global\n  daemon\n").is_none());
    }
}
