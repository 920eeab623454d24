//! Whether a value is what the key registry says: its type, its bounds, its choices.

use std::time::Duration;

use toml::de::DeValue;

use super::{
    keys::{KEYS, Key, Kind},
    section::Field,
    spelling,
};

/// No timeout is longer: a week.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Reports everything that is wrong with the value of this key.
pub(super) fn check(key: &Key, field: &Field<'_>) -> bool {
    fits(key, field)
}

fn fits(key: &Key, field: &Field<'_>) -> bool {
    match (key.kind, field.value) {
        (Kind::Text | Kind::File, DeValue::String(_)) | (Kind::Flag, DeValue::Boolean(_)) => true,
        (Kind::Date, DeValue::Datetime(_)) => true,
        (Kind::Table(_), DeValue::Table(_)) => true,
        (Kind::Named(_), DeValue::Table(_)) => named(key, field),
        (Kind::Choice(choices), DeValue::String(text)) => choice(field, text, choices),
        (Kind::Number(least, most), DeValue::Integer(_)) => bounded(field, least, most),
        (Kind::Duration, DeValue::String(text)) => match duration(text) {
            Ok(_) => true,
            Err(help) => {
                field.error(format!("{text:?} is no duration"), help);
                false
            }
        },
        (Kind::List | Kind::Files, DeValue::Array(_)) => {
            each(field, |item| item.value.is_str() || wrong(item, "a string", "write it in quotes"))
        }
        (Kind::Choices(choices), DeValue::Array(_)) => each(field, |item| match item.value {
            DeValue::String(text) => choice(item, text, choices),
            _ => wrong(item, "a string", "write it in quotes"),
        }),
        (Kind::Tables(_), DeValue::Array(_)) => {
            each(field, |item| item.value.is_table() || wrong(item, "a table", &example(key, item)))
        }
        _ => wrong(field, &expected(key.kind), &example(key, field)),
    }
}

/// All of the items, so that each is reported.
fn each(field: &Field<'_>, fits: impl Fn(&Field<'_>) -> bool) -> bool {
    field.items().iter().filter(|item| !fits(item)).count() == 0
}

fn wrong(field: &Field<'_>, expected: &str, help: &str) -> bool {
    field.error(format!("expected {expected}, found {}", describe(field.value)), help);
    false
}

fn named(key: &Key, field: &Field<'_>) -> bool {
    let DeValue::Table(tables) = field.value else { return false };
    for (title, value) in tables {
        if !value.get_ref().is_table() {
            let help = format!("write [{}.NAME] above it", key.name);
            field.at(title.span()).error(format!("{:?} stands outside of a named table", title.get_ref()), help);
            return false;
        }
    }
    true
}

fn choice(field: &Field<'_>, text: &str, choices: &[&str]) -> bool {
    if choices.contains(&text) {
        return true;
    }
    let help = match (field.key.rsplit('.').next(), text) {
        (Some("mode"), "on" | "required" | "require") => {
            "write \"soft\" or, to fail the handshake as well, \"hard\"".into()
        }
        (Some("mode"), "none") => "write \"off\"".into(),
        _ => spelling::choices(text, choices),
    };
    field.error(format!("expected {}, found {text:?}", spelling::one_of(choices)), help);
    false
}

fn bounded(field: &Field<'_>, least: i64, most: i64) -> bool {
    let found = number(field.value);
    let fits = found.is_some_and(|n| (least..=most).contains(&n));
    if !fits {
        let DeValue::Integer(written) = field.value else { return false };
        let nearest = if written.as_str().starts_with('-') || found.is_some_and(|n| n < least) { least } else { most };
        field.error(format!("expected a number from {least} to {most}, found {written}"), format!("write {nearest}"));
    }
    fits
}

/// A whole number in any of TOML's notations.
pub(super) fn number(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok()
}

/// `500ms`, `10s`, `5m` or `6h`; otherwise what to write instead.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    const FORM: &str = "write a whole number and a unit: \"500ms\", \"10s\", \"5m\" or \"6h\"";
    let unit = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(unit).ok_or(FORM)?;
    let millis: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "" if !digits.is_empty() => return Err(format!("say the unit: write \"{digits}s\" for seconds")),
        _ => return Err(FORM.into()),
    };
    let count: u64 = digits.parse().map_err(|_| FORM)?;
    let found = count.checked_mul(millis).map(Duration::from_millis).filter(|d| !d.is_zero() && *d <= LONGEST);
    found.ok_or_else(|| "it is longer than nothing and at most a week: write \"10s\"".into())
}

/// Bytes behind `32k`, `100 MB` or `1MiB`, which people write where a number is expected.
fn bytes(text: &str) -> Option<u64> {
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at_checked(unit)?;
    let factor = match unit.trim().to_ascii_lowercase().trim_end_matches('b').trim_end_matches('i') {
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        "" => 1,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

fn expected(kind: Kind) -> String {
    match kind {
        Kind::Text => "a string".into(),
        Kind::File => "a path, as a string".into(),
        Kind::List => "a list of strings".into(),
        Kind::Files => "a list of paths".into(),
        Kind::Choice(choices) => spelling::one_of(choices),
        Kind::Choices(choices) => format!("a list of {}", spelling::one_of(choices)),
        Kind::Flag => "true or false".into(),
        Kind::Number(..) => "a whole number".into(),
        Kind::Duration => "a duration such as \"10s\"".into(),
        Kind::Date => "a date".into(),
        Kind::Table(_) => "a table".into(),
        Kind::Tables(_) => "a list of tables".into(),
        Kind::Named(_) => "named tables".into(),
    }
}

/// What to write for a value of the wrong type; empty if there is nothing better than the key's type.
fn example(key: &Key, field: &Field<'_>) -> String {
    let name = key.name;
    match (key.kind, field.value) {
        (Kind::List | Kind::Files | Kind::Choices(..), DeValue::String(text)) => format!("write {name} = [{text:?}]"),
        (Kind::Text | Kind::File | Kind::Choice(..), DeValue::Array(list)) => match list.iter().next() {
            Some(first) if first.get_ref().is_str() => {
                format!("write {name} = {:?}", first.get_ref().as_str().unwrap_or_default())
            }
            _ => format!("write {name} = \"…\""),
        },
        (Kind::Duration, DeValue::Integer(n)) => format!("say the unit: write {name} = \"{}s\"", n.as_str()),
        (Kind::Flag, DeValue::String(text)) => match text.as_ref() {
            "on" | "yes" | "true" => format!("write {name} = true"),
            "off" | "no" | "false" | "none" => format!("write {name} = false"),
            _ => String::new(),
        },
        (Kind::Number(..), DeValue::String(text)) => match bytes(text).or_else(|| text.parse().ok()) {
            Some(n) => format!("write {name} = {n}"),
            None => String::new(),
        },
        (Kind::File, _) => format!("write {name} = \"PATH\""),
        (Kind::Text, _) => format!("write it in quotes: {name} = \"…\""),
        (Kind::Date, _) => format!("write {name} = 2027-01-31"),
        (Kind::Table("site.client"), DeValue::String(text)) => match text.as_ref() {
            "off" | "none" => format!("write {name} = {{ mode = \"off\" }}"),
            trust => format!("write {name} = {{ trust = {trust:?} }}"),
        },
        (Kind::Table(table), _) if !table.contains('.') => format!("write [{name}] and its keys below"),
        (Kind::Table(table), _) => {
            let first = KEYS.iter().find(|key| key.table == table).map_or("…", |key| key.name);
            format!("write {name} = {{ {first} = … }}")
        }
        (Kind::Tables("site.route.allow"), _) => {
            format!("write {name} = [{{ email = \"*@example.com\" }}]")
        }
        (Kind::Tables(table), _) => format!("write [[{table}]], in two brackets, for each"),
        (Kind::Named(table), _) => format!("write [{table}.NAME] and its keys below"),
        _ => String::new(),
    }
}

/// A value as people would name it.
pub(super) fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the string {:?}", short(text)),
        DeValue::Integer(n) => format!("the number {n}"),
        DeValue::Float(n) => format!("the number {n}"),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(date) => format!("the date {date}"),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    }
}

fn short(text: &str) -> String {
    if text.chars().count() <= 60 { text.into() } else { text.chars().take(60).chain(['…']).collect() }
}
