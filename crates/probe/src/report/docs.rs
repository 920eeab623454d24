//! The pages of the documentation: one for each case, made from its file, and a list.

use std::fmt::Write as _;

use crate::{
    case::{Case, Class},
    cases::CASES,
};

/// The page of a case, Markdown.
#[must_use]
pub fn page(case: &Case) -> String {
    let text = case.describes();
    let about = text.split_once("\n\n").map_or("", |(_, about)| about).trim();
    let mut page = format!(
        "# {id}: {title}\n\n<!-- Made from crates/probe/src/cases/{file}.rs; UPDATE=1 cargo test -p countersign-probe --test pages -->\n\n\
         | class | severity | confidence |\n|---|---|---|\n| {class} | {severity} | {confidence} |\n\n## What is sent\n\n{about}\n\n\
         ## What a finding proves\n\n{proves}\n",
        id = case.id,
        title = case.title,
        file = case.id.replace('-', "_"),
        class = case.class.as_str(),
        severity = case.severity,
        confidence = case.confidence,
        proves = case.proves,
    );
    if !case.cannot.is_empty() {
        let _ = write!(page, "\n## What it does not say\n\n{}\n", case.cannot);
    }
    let _ = write!(page, "\n## What to do\n\n{}\n", case.fix);
    if !case.references.is_empty() {
        let _ = write!(page, "\n## See\n\n");
        for reference in case.references {
            let _ = writeln!(page, "- {reference}");
        }
    }
    let _ = write!(page, "\nTry it alone: `countersign probe URL … --only {}`. [All cases](README.md)\n", case.id);
    page
}

/// The list of all, Markdown.
#[must_use]
pub fn index() -> String {
    let mut page = String::from(
        "# The cases of `countersign probe`\n\n<!-- Made from the registry; UPDATE=1 cargo test -p countersign-probe --test pages -->\n\n\
         How the probe is used, and how it decides: [Is my site forgeable?](../probe.md)\n",
    );
    for class in Class::ALL {
        let _ = write!(
            page,
            "\n## {}: {}\n\n| case | severity | what it tries |\n|---|---|---|\n",
            class.as_str(),
            class.tries()
        );
        for case in CASES.iter().filter(|case| case.class == class) {
            let _ = writeln!(page, "| [{id}]({id}.md) | {} | {} |", case.severity, case.title, id = case.id);
        }
    }
    page
}
