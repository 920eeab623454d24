//! How an audit is told: annotated source for people, JSON, SARIF, GitHub annotations, Markdown.

use std::{collections::BTreeMap, fmt::Write as _};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde_json::{Value, json};

use crate::{
    Finding, Severity,
    audit::Results,
    checks::CHECKS,
    sarif::{self, Rule},
    source::shown,
};

/// For people: each finding with its source.
#[must_use]
pub fn text(results: &Results, styled: bool) -> String {
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for finding in &results.findings {
        text.push_str(&one(results, finding, &renderer));
        text.push_str("\n\n");
    }
    for note in &results.notes {
        let _ = writeln!(text, "note: {}", shown(note));
    }
    for (path, names) in &results.unknown {
        let why = "the environment or code that is not run decides";
        let _ = writeln!(text, "note: {}: {} not judged: {why}", shown(path), names.join(", "));
    }
    let _ = writeln!(text, "{}", summary(results));
    text
}

fn one(results: &Results, finding: &Finding, renderer: &Renderer) -> String {
    let level = match finding.severity {
        Severity::Critical | Severity::High => Level::ERROR,
        Severity::Medium => Level::WARNING,
        Severity::Low => Level::NOTE,
    };
    let name = finding.severity.as_str();
    let title = level.with_name(name).primary_title(&finding.message).id(finding.id.as_str());
    let mut group = annotate_snippets::Group::with_title(title);
    // A snippet for each file: the first has the fault, the others what belongs to it.
    let mut files: Vec<&str> = Vec::new();
    for mark in &finding.marks {
        if !files.contains(&mark.path.as_str()) {
            files.push(&mark.path);
        }
    }
    for file in files {
        let Some(source) = results.text(file) else { continue };
        let here = || finding.marks.iter().enumerate().filter(|(_, mark)| mark.path == file);
        // The renderer reads what it is given to its end, so it gets the lines that are told of alone.
        let first = here().map(|(_, mark)| mark.range.start).min().unwrap_or_default();
        let last = here().map(|(_, mark)| mark.range.end).max().unwrap_or_default();
        let from = source.get(..first).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        let to = source.get(last..).and_then(|after| after.find('\n')).map_or(source.len(), |end| last + end + 1);
        let line = here().map(|(_, mark)| mark.line).min().unwrap_or(1);
        let mut snippet =
            Snippet::source(source.get(from..to).unwrap_or_default()).line_start(line).path(shown(file)).fold(true);
        for (at, mark) in here() {
            let kind = if at == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let range = mark.range.start.saturating_sub(from)..mark.range.end.saturating_sub(from);
            snippet = snippet.annotation(kind.span(range).label(mark.label.as_str()));
        }
        group = group.element(snippet);
    }
    let confidence = format!("confidence {}", finding.confidence);
    group = group
        .element(Level::NOTE.with_name("why").message(&finding.why))
        .element(
            Level::HELP.with_name(if finding.edits.is_empty() { "fix" } else { "fix (--fix)" }).message(&finding.fix),
        )
        .element(Level::NOTE.message(confidence));
    renderer.render(&[group])
}

/// What was read and found, in a sentence.
#[must_use]
pub fn summary(results: &Results) -> String {
    let files = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let read = format!(
        "read {}, {}, {}",
        files(results.python_files, "Python file"),
        files(results.settings, "settings module"),
        files(results.proxies, "proxy configuration")
    );
    let found = results.findings.len();
    let mut text = match found {
        0 => format!("nothing found ({read})"),
        1 => format!("1 finding ({read})"),
        _ => format!("{found} findings ({read})"),
    };
    let mended = results.findings.iter().filter(|finding| !finding.edits.is_empty()).count();
    if mended > 0 {
        let _ = write!(text, ", {mended} of them --fix mends");
    }
    if !results.ignored.is_empty() {
        let _ = write!(text, ", {} ignored by a comment", results.ignored.len());
    }
    text
}

/// For programs. `version` counts the shape.
#[must_use]
pub fn json(results: &Results) -> Value {
    let ignored: Vec<Value> =
        results.ignored.iter().map(|(finding, reason)| json!({ "finding": finding, "reason": reason })).collect();
    json!({
        "version": 1,
        "summary": summary(results),
        "findings": results.findings,
        "ignored": ignored,
        "notes": results.notes,
        "unknown": results.unknown.iter().map(|(path, names)| json!({ "path": path, "settings": names })).collect::<Vec<_>>(),
    })
}

/// SARIF 2.1.0.
#[must_use]
pub fn sarif(results: &Results) -> Value {
    let rules: Vec<Rule<'_>> = CHECKS
        .iter()
        .map(|check| Rule {
            id: check.id,
            title: check.title,
            description: check.why,
            help: check.fix,
            severity: check.severity,
        })
        .collect();
    sarif::log("countersign audit", env!("CARGO_PKG_VERSION"), &rules, &results.findings)
}

/// Workflow commands of GitHub Actions.
#[must_use]
pub fn github(results: &Results) -> String {
    // As the runner reads them: data, then properties.
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let mut text = String::new();
    for finding in &results.findings {
        let command = match finding.severity {
            Severity::Critical | Severity::High => "error",
            Severity::Medium => "warning",
            Severity::Low => "notice",
        };
        let Some(mark) = finding.marks.first() else { continue };
        let _ = writeln!(
            text,
            "::{command} file={},line={},endLine={},col={},title={}::{}",
            property(&mark.path),
            mark.line,
            mark.end_line,
            mark.column,
            property(&format!("countersign {}", finding.id)),
            data(&format!("{} {} {}", finding.message, finding.why, finding.fix))
        );
    }
    text
}

/// For a review.
#[must_use]
pub fn markdown(results: &Results) -> String {
    let mut text = format!("# countersign audit\n\n{}\n", summary(results));
    let mut files: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &results.findings {
        files.entry(&finding.place).or_default().push(finding);
    }
    for (file, findings) in files {
        let file = shown(file);
        let _ =
            write!(text, "\n## {file}\n\n| line | check | severity | confidence | finding |\n|---|---|---|---|---|\n");
        for finding in findings {
            let line = finding.marks.first().map_or(0, |mark| mark.line);
            let message = finding.message.replace('|', "\\|");
            let _ = writeln!(
                text,
                "| {line} | `{}` | {} | {} | {message} |",
                finding.id, finding.severity, finding.confidence
            );
        }
    }
    for note in &results.notes {
        let _ = write!(text, "\n> {}\n", shown(note));
    }
    text
}
