//! For people at a terminal.

use std::fmt::Write as _;

use super::{came_through, detail, summary};
use crate::{
    case::{Class, Verdict},
    run::{Answered, Results},
};

const RED: &str = "\x1b[1;31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const DIM: &str = "\x1b[2m";
const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

/// A table by class, then each finding with the command that shows it again. Styled.
#[must_use]
pub fn text(results: &Results, quiet: bool) -> String {
    let mut text = String::new();
    let wide = results.answered.iter().map(|answered| answered.case.id.len()).max().unwrap_or(0);
    for class in Class::ALL {
        if results.of(class).next().is_none() {
            continue;
        }
        let _ = writeln!(text, "{BOLD}{}{PLAIN}  {DIM}{}{PLAIN}", class.as_str(), class.tries());
        for answered in results.of(class) {
            let (colour, word) = word(&answered.outcome.verdict);
            let _ =
                writeln!(text, "  {colour}{word:<12}{PLAIN}  {:<wide$}  {}", answered.case.id, cut(&detail(answered)));
        }
        text.push('\n');
    }
    if !quiet {
        let (whole, variants) = came_through(results);
        for answered in whole {
            finding(&mut text, answered);
        }
        if !variants.is_empty() {
            let ids: Vec<&str> = variants.iter().map(|answered| answered.case.id).collect();
            let _ = writeln!(
                text,
                "{RED}Nothing is checked, so its variants came through too{PLAIN}\n  {}\n",
                ids.join(", ")
            );
        }
    }
    for note in &results.notes {
        let _ = writeln!(text, "{DIM}note: {note}{PLAIN}");
    }
    let colour = if results.count("vulnerable") > 0 { RED } else { GREEN };
    let _ = writeln!(
        text,
        "{colour}{}: {}{PLAIN} {DIM}({} requests){PLAIN}",
        results.origin,
        summary(results),
        results.requests
    );
    text
}

fn word(verdict: &Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Vulnerable { .. } => (RED, "vulnerable"),
        Verdict::Held { .. } => (GREEN, "held by"),
        Verdict::Inconclusive { .. } => (YELLOW, "inconclusive"),
        Verdict::NotTested { .. } => (DIM, "not tested"),
    }
}

/// One line stays one line.
fn cut(detail: &str) -> String {
    if detail.chars().count() <= 110 {
        return detail.into();
    }
    let mut short: String = detail.chars().take(109).collect();
    short.push('…');
    short
}

fn finding(text: &mut String, answered: &Answered) {
    let case = answered.case;
    let _ = writeln!(
        text,
        "{RED}{}{PLAIN} [{}] severity {}, confidence {}",
        case.title, case.id, case.severity, case.confidence
    );
    for (name, line) in [("seen", detail(answered)), ("why", case.proves.into()), ("fix", case.fix.into())] {
        let _ = writeln!(text, "  {BOLD}{name:<6}{PLAIN}{line}");
    }
    if let Some(replay) = &answered.outcome.replay {
        let _ = writeln!(text, "  {BOLD}again{PLAIN} {replay}");
    }
    if !case.references.is_empty() {
        let _ = writeln!(text, "  {DIM}{}{PLAIN}", case.references.join(", "));
    }
    text.push('\n');
}
