//! For a merge request or an issue.

use std::fmt::Write as _;

use super::{came_through, detail, summary};
use crate::{
    case::{Class, Verdict},
    run::Results,
};

/// A table by class, then each finding.
#[must_use]
pub fn markdown(results: &Results) -> String {
    let mut text = format!("# countersign probe: {}\n\n**{}**\n", escaped(&results.origin), summary(results));
    for note in &results.notes {
        let _ = write!(text, "\n> {note}\n");
    }
    for class in Class::ALL {
        if results.of(class).next().is_none() {
            continue;
        }
        let _ = write!(
            text,
            "\n## {}: {}\n\n| case | severity | verdict | evidence |\n|---|---|---|---|\n",
            class.as_str(),
            class.tries()
        );
        for answered in results.of(class) {
            let verdict = match &answered.outcome.verdict {
                Verdict::Vulnerable { .. } => "**vulnerable**",
                Verdict::Held { .. } => "held",
                Verdict::Inconclusive { .. } => "inconclusive",
                Verdict::NotTested { .. } => "not tested",
            };
            let case = answered.case;
            let _ =
                writeln!(text, "| `{}` | {} | {verdict} | {} |", case.id, case.severity, escaped(&detail(answered)));
        }
    }
    let (whole, variants) = came_through(results);
    for answered in whole {
        let case = answered.case;
        let _ = write!(
            text,
            "\n## {} (`{}`)\n\nSeverity {}, confidence {}. {}\n\n{}\n\n**Fix:** {}\n",
            case.title,
            case.id,
            case.severity,
            case.confidence,
            escaped(&detail(answered)),
            case.proves,
            case.fix
        );
        if let Some(replay) = &answered.outcome.replay {
            let fence = "`".repeat(longest_run(replay).max(2) + 1);
            let _ = write!(text, "\n{fence}sh\n{replay}\n{fence}\n");
        }
    }
    if !variants.is_empty() {
        let ids: Vec<String> = variants.iter().map(|answered| format!("`{}`", answered.case.id)).collect();
        let _ = write!(text, "\n## Nothing is checked, so its variants came through too\n\n{}\n", ids.join(", "));
    }
    text
}

/// A site's words are text here, whatever they look like.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '#' | '!' => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}
