//! Files that nobody meant as configuration: whatever they hold, the readers answer, and their places are real.

use std::sync::Arc;

use proptest::prelude::*;

use crate::{apache, haproxy, line, nginx, source::Source};

/// Pieces that the formats give a meaning to, and anything else.
fn text() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just("server {".to_owned()),
        Just("frontend x\n".to_owned()),
        Just("  bind :443 ssl verify optional\n".to_owned()),
        Just("<VirtualHost *>\n".to_owned()),
        Just("proxy_pass http://x;".to_owned()),
        Just("${".to_owned()),
        Just("\"".to_owned()),
        Just("'".to_owned()),
        Just("\\".to_owned()),
        Just("}\n".to_owned()),
        Just("#".to_owned()),
        Just(";\n".to_owned()),
        ".{0,12}",
    ];
    proptest::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn readers_answer(text in text()) {
        let source = Arc::new(Source::new("x".into(), text));
        let mut spans = Vec::new();
        if let Some(tree) = nginx::parse(&source) {
            let all = tree.iter().flat_map(|top| std::iter::once(top).chain(top.all()));
            spans.extend(all.map(|directive| directive.span.clone()));
            nginx::passings(&tree);
        }
        if let Some(sections) = haproxy::parse(&source) {
            spans.extend(haproxy::lines(&sections).map(|(_, line)| line.span.clone()));
            haproxy::handles(&sections, "X-A");
        }
        if let Some(lines) = apache::parse(&source) {
            spans.extend(lines.iter().map(|line| line.span.clone()));
            apache::handles(&lines, "X-A");
        }
        for span in spans {
            prop_assert!(source.text.get(span.range.clone()).is_some(), "{:?}", span.range);
            let mark = span.mark("");
            prop_assert!(mark.line >= 1 && mark.column >= 1 && mark.range.end <= source.text.len());
        }
        line::words(&source.text);
    }
}
