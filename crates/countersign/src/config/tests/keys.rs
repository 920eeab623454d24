//! The key registry is true: each key is read, each type is checked, and what is not available
//! yet says so.

use super::{
    super::keys::{KEYS, Key, Kind},
    read,
};
use crate::diagnostic::{Record, Severity};

/// A configuration without a fault, but for one value.
fn with(key: &Key, value: &str) -> String {
    let line = |table: &str, name: &str, default: &str| {
        let asked = key.table == table && key.name == name;
        let value = if asked { value } else { default };
        if value.is_empty() { String::new() } else { format!("{name} = {value}\n") }
    };
    // The line of the key itself, unless it is one of those that stand there anyway.
    let own = |table: &str, there: &[&str]| {
        if key.table == table && !there.contains(&key.name) {
            format!("{} = {value}\n", key.name)
        } else {
            String::new()
        }
    };
    let inline = |table: &str| format!("{{ {} }}", own(table, &[]).trim());
    let table = |table: &str, name: &str| {
        if key.table == table { format!("{name} = {}\n", inline(table)) } else { String::new() }
    };
    let mut text = String::new();
    if key.table.is_empty() {
        text = format!("{} = {value}\n", key.name);
    }
    let add = |name: &str, body: String| if key.table.is_empty() && key.name == name { String::new() } else { body };
    text +=
        &add("listen", format!("[listen]\n{}{}", line("listen", "https", "[\"[::]:0\"]"), own("listen", &["https"])));
    for name in ["log", "state", "limits"] {
        text += &add(name, format!("[{name}]\n{}", own(name, &[])));
    }
    text += &add("trust", format!("[trust.staff]\n{}{}", line("trust", "ca", "[\"ca.pem\"]"), own("trust", &["ca"])));
    let client = match (key.table, key.name) {
        ("site.client", "trust") => format!("client = {{ trust = {value} }}\n"),
        ("site.client", _) => format!("client = {{ trust = \"staff\", {} }}\n", own("site.client", &[]).trim()),
        _ => line("site", "client", "{ trust = \"staff\" }"),
    };
    let cors = match (key.table, key.name) {
        ("site.cors", "origins") => format!("cors = {{ origins = {value} }}\n"),
        ("site.cors", _) => {
            format!("cors = {{ origins = [\"https://ui.example.com\"], {} }}\n", own("site.cors", &[]).trim())
        }
        _ => String::new(),
    };
    let there = ["hosts", "certificate", "key", "upstream", "client", "route"];
    let site = [
        line("site", "hosts", "[\"app.example.com\"]"),
        line("site", "certificate", "\"app.pem\""),
        line("site", "key", "\"app.key\""),
        line("site", "upstream", "\"http://127.0.0.1:8000\""),
        client,
        line("site", "route", ""),
        own("site", &there),
        table("site.assertion", "assertion"),
        table("site.cookies", "cookies"),
        table("site.django", "django"),
        cors,
        table("report_only", "report_only"),
    ];
    text += &add("site", format!("[[site]]\n{}", site.concat()));
    if key.table.starts_with("site.route") {
        let allow = if key.table == "site.route.allow" {
            format!("allow = [{}]\n", inline("site.route.allow"))
        } else {
            String::new()
        };
        let api_key = match (key.table, key.name) {
            ("site.route.api_key", "scope") => format!("api_key = {{ scope = {value} }}\n"),
            ("site.route.api_key", _) => {
                format!("api_key = {{ scope = \"orders\", {} }}\n", own("site.route.api_key", &[]).trim())
            }
            _ => String::new(),
        };
        let route = [
            line("site.route", "path", "\"/\""),
            own("site.route", &["path"]),
            allow,
            api_key,
            table("site.route.client", "client"),
        ];
        text += &format!("[[site.route]]\n{}", route.concat());
    }
    text
}

fn errors(text: &str) -> Vec<Record> {
    let records = match read(text) {
        Ok(config) => config.warnings.records(),
        Err(problems) => problems.records(),
    };
    records.into_iter().filter(|record| record.severity == Severity::Error).collect()
}

fn is_of(record: &Record, key: &Key) -> bool {
    let path = record.key.as_deref().unwrap_or_default();
    path.split('.').any(|part| part.split('[').next() == Some(key.name))
}

#[test]
fn the_frame_of_these_tests_has_no_fault() {
    let nothing = KEYS.iter().find(|key| key.table == "log" && key.name == "access").unwrap();
    let text = with(nothing, "true");
    assert_eq!(errors(&text), [], "{text}");
}

/// So every key is read: a key that no reader takes could hold anything.
#[test]
fn a_value_of_another_type_is_refused() {
    for key in KEYS {
        let value = if matches!(key.kind, Kind::Date) { "[[1]]" } else { "1979-05-27" };
        let text = with(key, value);
        let found = errors(&text);
        assert!(
            found.iter().any(|e| is_of(e, key) && e.message.contains("expected")),
            "{}.{} took {value}\n{text}\n{found:#?}",
            key.table,
            key.name
        );
    }
}

#[test]
fn bounds_hold() {
    for key in KEYS {
        let Kind::Number(least, most) = key.kind else { continue };
        for (n, fits) in [(least, true), (most, true), (least - 1, false), (most + 1, false)] {
            let text = with(key, &n.to_string());
            assert_eq!(errors(&text).is_empty(), fits, "{text}");
        }
    }
    let timeout = KEYS.iter().find(|key| key.name == "idle_timeout").unwrap();
    for (value, fits) in [
        ("\"500ms\"", true),
        ("\"10s\"", true),
        ("\"5m\"", true),
        ("\"6h\"", true),
        ("\"168h\"", true),
        ("\"0s\"", false),
        ("\"169h\"", false),
        ("\"10\"", false),
        ("\"s\"", false),
        ("\"\"", false),
        ("\"-1s\"", false),
        ("\"1.5s\"", false),
        ("\"10 s\"", false),
        ("\"99999999999999999999s\"", false),
        ("10", false),
    ] {
        let text = with(timeout, value);
        assert_eq!(errors(&text).is_empty(), fits, "{text}");
    }
}
