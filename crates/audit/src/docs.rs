//! The pages of the documentation: one for each check, made from its file, and a list.

use std::fmt::Write as _;

use crate::{Check, Side, checks::CHECKS};

/// The page of a check, Markdown. `example` is what it prints about its fixture.
#[must_use]
pub fn page(check: &Check, example: &str) -> String {
    let text = check.describes();
    let about = text.split_once("\n\n").map_or("", |(_, about)| about).trim();
    let fence = "```";
    let mut page = format!(
        "# {id}: {title}\n\n<!-- Made from crates/audit/src/checks/{file}.rs; UPDATE=1 cargo test -p countersign-audit -->\n\n\
         | side | severity |\n|---|---|\n| {side} | {severity} |\n\n## What it finds\n\n{about}\n\n## Why it matters\n\n{why}\n\n\
         ## What to write instead\n\n{fix}\n\n## How it looks\n\n{fence}text\n{example}\n{fence}\n",
        id = check.id,
        title = check.title,
        file = check.id.replace('-', "_"),
        side = check.side.as_str(),
        severity = check.severity,
        why = check.why,
        fix = check.fix,
        example = example.trim_end(),
    );
    if !check.references.is_empty() {
        page.push_str("\n## See\n\n");
        for reference in check.references {
            let _ = writeln!(page, "- {reference}");
        }
    }
    let _ = write!(
        page,
        "\nTo ignore one on purpose: `# countersign: ignore[{}] why`, behind it or in the line above. [All checks](README.md)\n",
        check.id
    );
    page
}

/// The list of all, Markdown.
#[must_use]
pub fn index() -> String {
    let mut page = String::from(
        "# The checks of `countersign audit`\n\n<!-- Made from the registry; UPDATE=1 cargo test -p countersign-audit -->\n\n\
         How the audit is used: [Reviewing a project](../audit.md)\n",
    );
    for side in Side::ALL {
        let _ = write!(page, "\n## {}\n\n| check | severity | what it finds |\n|---|---|---|\n", side.as_str());
        for check in CHECKS.iter().filter(|check| check.side == side) {
            let _ = writeln!(page, "| [{id}]({id}.md) | {} | {} |", check.severity, check.title, id = check.id);
        }
    }
    page
}
