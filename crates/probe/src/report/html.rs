//! One page, self-contained: no script, no font, nothing that is fetched. Readable on a phone and printed.

use std::fmt::Write as _;

use super::{came_through, detail, summary};
use crate::{
    case::Class,
    run::{Answered, Results},
};

const STYLE: &str = include_str!("page.css");

/// The page.
#[must_use]
pub fn html(results: &Results) -> String {
    let found = results.count("vulnerable");
    let mood = if found > 0 { "bad" } else { "good" };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>countersign probe: {origin}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<p class=\"tool\">countersign probe</p>\n\
         <h1>{origin}</h1>\n<p class=\"summary {mood}\">{summary}</p>\n",
        origin = escaped(&results.origin),
        summary = escaped(&summary(results)),
    );
    page.push_str("<ul class=\"counts\">\n");
    for (word, name) in
        [("vulnerable", "vulnerable"), ("held", "held"), ("inconclusive", "inconclusive"), ("not tested", "not-tested")]
    {
        let _ = writeln!(page, "<li class=\"{name}\"><b>{}</b> {word}</li>", results.count(name));
    }
    page.push_str("</ul>\n");
    for note in &results.notes {
        let _ = writeln!(page, "<p class=\"note\">{}</p>", escaped(note));
    }
    page.push_str("</header>\n<main>\n");
    if found > 0 {
        page.push_str("<h2>What came through</h2>\n");
        let (whole, variants) = came_through(results);
        for answered in whole {
            finding(&mut page, answered);
        }
        if !variants.is_empty() {
            let ids: Vec<String> =
                variants.iter().map(|answered| format!("<code>{}</code>", answered.case.id)).collect();
            let _ = writeln!(
                page,
                "<article class=\"high\">\n<h3>Nothing is checked, so its variants came through too</h3>\n<p>{}</p>\n</article>",
                ids.join(", ")
            );
        }
    }
    page.push_str("<h2>Every case</h2>\n");
    for class in Class::ALL {
        if results.of(class).next().is_none() {
            continue;
        }
        let _ =
            writeln!(page, "<section>\n<h3>{} <small>{}</small></h3>\n<dl>", class.as_str(), escaped(class.tries()));
        for answered in results.of(class) {
            row(&mut page, answered);
        }
        page.push_str("</dl>\n</section>\n");
    }
    let _ = write!(
        page,
        "</main>\n<footer>{} requests. Each verdict says what it rests on; what was not tested is not known to be safe.</footer>\n</body>\n</html>\n",
        results.requests
    );
    page
}

fn finding(page: &mut String, answered: &Answered) {
    let case = answered.case;
    let _ = write!(
        page,
        "<article class=\"{severity}\">\n<h3>{title}</h3>\n<p class=\"tags\"><span class=\"severity\">{severity}</span> <span>confidence {confidence}</span> <code>{id}</code></p>\n\
         <p>{seen}</p>\n<p>{why}</p>\n<p><b>Fix.</b> {fix}</p>\n",
        severity = case.severity,
        confidence = case.confidence,
        id = case.id,
        title = escaped(case.title),
        seen = escaped(&detail(answered)),
        why = prose(case.proves),
        fix = prose(case.fix),
    );
    if let Some(replay) = &answered.outcome.replay {
        let _ = writeln!(page, "<pre tabindex=\"0\">{}</pre>", escaped(replay));
    }
    if !case.references.is_empty() {
        let _ = writeln!(page, "<p class=\"references\">{}</p>", escaped(&case.references.join(" · ")));
    }
    page.push_str("</article>\n");
}

fn row(page: &mut String, answered: &Answered) {
    let name = answered.outcome.verdict.name();
    let word = name.replace('-', " ");
    let _ = writeln!(
        page,
        "<div class=\"{name}\"><dt><span class=\"verdict\">{word}</span> <code>{}</code></dt><dd>{}</dd></div>",
        answered.case.id,
        escaped(&detail(answered))
    );
}

/// Our own words: what stands between backticks is code.
fn prose(text: &str) -> String {
    let mut prose = String::new();
    for (at, part) in text.split('`').enumerate() {
        let part = escaped(part);
        if at % 2 == 1 {
            let _ = write!(prose, "<code>{part}</code>");
        } else {
            prose.push_str(&part);
        }
    }
    prose
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}
