//! `docs/configuration.md`, written from the key registry. A test keeps the page true.

use std::fmt::Write;

use super::{ALIASES, KEYS, Key, Kind};

/// Tables in the order of the page: name in the registry, heading, what it is.
static TABLES: &[(&str, &str, &str)] = &[
    ("listen", "[listen]", "Where connections are accepted."),
    ("log", "[log]", "What is logged. Refusals always are."),
    ("state", "[state]", "Where countersign keeps what it makes itself."),
    ("limits", "[limits]", "What a peer can make the gateway hold or wait for. Every limit has a safe default."),
    ("trust", "[trust.NAME]", "A named set of client CAs. Sites refer to it by name."),
    ("site", "[[site]]", "A set of host names with their certificate, client trust, app and routes. One for each."),
    (
        "site.client",
        "client = { … }",
        "What a site asks of the TLS client. There is no default: a site that says nothing is refused.",
    ),
    (
        "site.route",
        "[[site.route]]",
        "Path and methods with their policy, below their site. A site without routes has one for everything, for browsers.",
    ),
    (
        "site.route.client",
        "client = { … }, of a route",
        "Another trust or mode on the same connection: the client is asked once, and judged by the trust of the route that a request falls under.",
    ),
    (
        "site.route.allow",
        "allow = [{ … }]",
        "Identities that may call a route. Within an entry all names must match, of several entries one. Types of names are never mixed.",
    ),
    (
        "site.route.api_key",
        "api_key = { … }",
        "A secret of a program, beside the certificate or in its place. `countersign key new --scope SCOPE` makes one.",
    ),
    (
        "site.assertion",
        "assertion = { … }",
        "The `Countersign-Assertion` header of every forwarded request, with or without this table: see [assertion.md](assertion.md).",
    ),
    ("site.cookies", "cookies = { … }", "See [bound-cookies.md](bound-cookies.md)."),
    (
        "site.django",
        "[site.django]",
        "Below its site. Without it: an app that believes `X-Forwarded-Proto` and trusts the origins that the site trusts. See [form-tokens.md](form-tokens.md).",
    ),
    ("site.cors", "cors = { … }", ""),
    ("report_only", "report_only = { … }", "Of a site or a route."),
];

const HEAD: &str = "# Configuration

<!-- Written from crates/countersign/src/config/keys.rs; `UPDATE=1 cargo test -p countersign --lib docs` rewrites it. -->

One TOML file. Relative paths in it are relative to the file. Unknown keys are errors, and all errors are told at once, each with its place and what to write instead:

```
countersign check -c countersign.toml
```

`check` prints, for each host and route, the policy that holds. Exit code 0: fine, perhaps with warnings; 2: the file is refused.

A running gateway reads the file again on SIGHUP, and when it or a file that it names changes: all of it is checked, then taken at once, or refused with the reason in the log and the old one kept. Open connections go on, but those of clients that are let in no more. `listen`, `log.format` and `state.dir` need a restart.

A duration is a whole number and a unit, `\"500ms\"`, `\"10s\"`, `\"5m\"` or `\"6h\"`, at most a week. Sizes are numbers of bytes.

## Example
";

/// The page.
#[must_use]
pub fn markdown() -> String {
    let mut page = format!("{HEAD}\n```toml\n{}```\n", include_str!("../../testdata/config/everything.toml"));
    for (table, heading, text) in TABLES {
        let keys: Vec<&Key> = KEYS.iter().filter(|key| key.table == *table).collect();
        // Writing to a String does not fail.
        let _ = write!(page, "\n## `{heading}`\n{text}\n\n| key | holds | default | |\n|---|---|---|---|\n");
        for key in keys {
            let default = match key.default {
                "" => String::new(),
                words if words.starts_with("required") || words.contains(' ') || words == "all" => words.to_owned(),
                toml => format!("`{toml}`"),
            };
            let text = sentence(key.text).replace('|', "\\|");
            let _ = writeln!(page, "| `{}` | {} | {default} | {text} |", key.name, holds_text(key.kind));
        }
    }
    page.push_str("\n## Words of other programs\n| there | their word | here |\n|---|---|---|\n");
    for alias in ALIASES {
        let _ = writeln!(page, "| {} | `{}` | {} |", sentence(alias.of), alias.word, alias.ours);
    }
    page
}

fn holds_text(kind: Kind) -> String {
    let quoted = |list: &[&str]| list.iter().map(|choice| format!("`\"{choice}\"`")).collect::<Vec<_>>().join(", ");
    match kind {
        Kind::Text => "string".into(),
        Kind::File => "path".into(),
        Kind::List => "list of strings".into(),
        Kind::Files => "list of paths".into(),
        Kind::Choice(choices) => quoted(choices),
        Kind::Choices(choices) => format!("list of {}", quoted(choices)),
        Kind::Flag => "`true` or `false`".into(),
        Kind::Number(least, most) => format!("{least} to {most}"),
        Kind::Duration => "duration".into(),
        Kind::Date => "date".into(),
        Kind::Table(_) => "table".into(),
        Kind::Tables(_) => "list of tables".into(),
        Kind::Named(_) => "named tables".into(),
    }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if text.len() > 1 && text.starts_with(|c: char| c.is_ascii_lowercase()) && text != "nginx" => {
            first.to_uppercase().chain(chars).collect()
        }
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docs_are_written_from_the_registry() {
        crate::snapshot::assert_same("../../docs/configuration.md", &markdown());
    }

    #[test]
    fn docs_leave_out_no_table() {
        for key in KEYS.iter().filter(|key| !key.table.is_empty()) {
            assert!(TABLES.iter().any(|(table, ..)| *table == key.table), "{}", key.table);
        }
    }
}
