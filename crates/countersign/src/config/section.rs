//! A table of the file, read by the key registry.
//!
//! Opening a [`Section`] checks every key in it: unknown ones, wrong types, values out of bounds
//! or not among the choices are reported at once. What is left can
//! be taken without further ado, so that a reader states only what the registry cannot know.

use std::{collections::BTreeMap, ops::Range, time::Duration};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    aliases,
    context::Context,
    keys::{self, KEYS, Kind},
    spelling, value,
};
use crate::diagnostic::{Problem, Severity};

/// A value with its place and its key.
#[derive(Clone)]
pub(super) struct Field<'d> {
    cx: &'d Context<'d>,
    pub(super) key: String,
    pub(super) at: Range<usize>,
    pub(super) value: &'d DeValue<'d>,
}

impl<'d> Field<'d> {
    /// The text of a field that the registry says is a string.
    pub(super) fn text(&self) -> &'d str {
        self.value.as_str().unwrap_or_default()
    }

    pub(super) fn error(&self, message: impl Into<String>, help: impl Into<String>) {
        self.problem(Severity::Error, message, help);
    }

    pub(super) fn warn(&self, message: impl Into<String>, help: impl Into<String>) {
        self.problem(Severity::Warning, message, help);
    }

    fn problem(&self, severity: Severity, message: impl Into<String>, help: impl Into<String>) {
        self.cx.push(Problem::new(severity, Some(self.at.clone()), &self.key, message, help));
    }

    /// The same field, pointed at elsewhere.
    pub(super) fn at(&self, span: Range<usize>) -> Self {
        Self { at: span, ..self.clone() }
    }

    pub(super) fn items(&self) -> Vec<Field<'d>> {
        let items = self.value.as_array().into_iter().flat_map(|list| list.iter()).enumerate();
        items.map(|(n, item)| field(self.cx, format!("{}[{n}]", self.key), item)).collect()
    }
}

fn field<'d>(cx: &'d Context<'d>, key: String, value: &'d Spanned<DeValue<'d>>) -> Field<'d> {
    Field { cx, key, at: value.span(), value: value.get_ref() }
}

/// A table whose keys are checked.
pub(super) struct Section<'d> {
    pub(super) cx: &'d Context<'d>,
    pub(super) key: String,
    pub(super) at: Range<usize>,
    table: &'static str,
    /// The fields that hold what they should.
    fields: BTreeMap<&'static str, Field<'d>>,
    /// The fields that do not.
    bad: Vec<&'static str>,
    unknown: bool,
}

impl<'d> Section<'d> {
    /// The whole file.
    pub(super) fn root(cx: &'d Context<'d>, root: &'d DeTable<'d>) -> Self {
        Self::open(cx, "", String::new(), 0..0, root)
    }

    /// The table in a field; none if it is no table.
    pub(super) fn of(field: &Field<'d>, table: &'static str) -> Option<Self> {
        let DeValue::Table(entries) = field.value else { return None };
        Some(Self::open(field.cx, table, field.key.clone(), field.at.clone(), entries))
    }

    fn open(cx: &'d Context<'d>, table: &'static str, key: String, at: Range<usize>, entries: &'d DeTable<'d>) -> Self {
        let mut section = Self { cx, key, at, table, fields: BTreeMap::new(), bad: Vec::new(), unknown: false };
        for (name, value) in entries {
            let key = join(&section.key, name.get_ref());
            let Some(entry) = keys::find(table, name.get_ref()) else {
                section.unknown = true;
                let (help, meant) = instead(table, name.get_ref());
                cx.error(name.span(), &key, unknown(table, name.get_ref()), help);
                // Said under another name: not missing as well.
                section.bad.extend(meant);
                continue;
            };
            let field = field(cx, key, value);
            if value::check(entry, &field) {
                section.fields.insert(entry.name, field);
            } else {
                section.bad.push(entry.name);
            }
        }
        section
    }

    pub(super) fn field(&self, name: &str) -> Option<&Field<'d>> {
        debug_assert!(keys::find(self.table, name).is_some(), "{name} is not in the registry");
        self.fields.get(name)
    }

    /// The fields that hold what they should, by name.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static str, &Field<'d>)> {
        self.fields.iter().map(|(name, field)| (*name, field))
    }

    /// Whether nothing in it was refused.
    pub(super) fn is_whole(&self) -> bool {
        self.bad.is_empty() && !self.unknown
    }

    pub(super) fn error(&self, message: impl Into<String>, help: impl Into<String>) {
        self.cx.error(self.at.clone(), &self.key, message, help);
    }

    pub(super) fn warn(&self, message: impl Into<String>, help: impl Into<String>) {
        self.cx.push(Problem::new(Severity::Warning, Some(self.at.clone()), &self.key, message, help));
    }

    /// A field without which there is no configuration; says so, unless it is there and wrong.
    pub(super) fn required(&self, name: &str, help: &str) -> Option<&Field<'d>> {
        let found = self.field(name);
        if found.is_none() && !self.bad.contains(&name) {
            self.missing(name, help);
        }
        found
    }

    /// What is missing may only be hidden behind an error of the TOML itself.
    pub(super) fn missing(&self, name: &str, help: &str) {
        if !self.cx.broken.get() {
            let at = Some(self.at.clone()).filter(|at| !at.is_empty());
            let key = join(&self.key, name);
            self.cx.push(Problem::new(Severity::Error, at, &key, format!("{key} is missing"), help));
        }
    }

    /// Whether it is there and not what it should be.
    pub(super) fn is_bad(&self, name: &str) -> bool {
        self.bad.contains(&name)
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.field(name)?.value.as_bool()
    }

    pub(super) fn number(&self, name: &str) -> Option<i64> {
        value::number(self.field(name)?.value)
    }

    pub(super) fn duration(&self, name: &str) -> Option<Duration> {
        value::duration(self.field(name)?.text()).ok()
    }

    pub(super) fn items(&self, name: &str) -> Vec<Field<'d>> {
        self.field(name).map(Field::items).unwrap_or_default()
    }

    pub(super) fn table(&self, name: &str) -> Option<Section<'d>> {
        Section::of(self.field(name)?, self.table_of(name)?)
    }

    pub(super) fn tables(&self, name: &str) -> Vec<Section<'d>> {
        let Some(table) = self.table_of(name) else { return Vec::new() };
        self.items(name).iter().filter_map(|item| Section::of(item, table)).collect()
    }

    /// The tables under names of the operator's choice, each with its name.
    pub(super) fn named(&self, name: &str) -> Vec<(&'d str, Section<'d>)> {
        let (Some(field), Some(table)) = (self.field(name), self.table_of(name)) else { return Vec::new() };
        let DeValue::Table(entries) = field.value else { return Vec::new() };
        let open = |(title, value): (&'d Spanned<_>, _)| {
            let title: &'d str = toml::de::DeString::as_ref(title.get_ref());
            Some((title, Section::of(&self::field(self.cx, join(&field.key, title), value), table)?))
        };
        entries.iter().filter_map(open).collect()
    }

    fn table_of(&self, name: &str) -> Option<&'static str> {
        match keys::find(self.table, name)?.kind {
            Kind::Table(table) | Kind::Tables(table) | Kind::Named(table) => Some(table),
            _ => None,
        }
    }
}

pub(super) fn join(table: &str, name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let name = if bare { name.to_owned() } else { format!("{name:?}") };
    if table.is_empty() { name } else { format!("{table}.{name}") }
}

fn unknown(table: &str, name: &str) -> String {
    format!("{name:?} is no key {}", keys::place(table))
}

/// What to write instead of an unknown key, and the key of this table that it stands for.
fn instead(table: &str, name: &str) -> (String, Option<&'static str>) {
    if let Some(alias) = aliases::find(name) {
        let meant = keys::find(table, alias.key).map(|key| key.name);
        return (format!("{} (a word of {})", alias.ours, alias.of), meant);
    }
    let here = || KEYS.iter().filter(|key| key.table == table).map(|key| key.name);
    if let Some(meant) = spelling::meant(name, here()) {
        return (format!("did you mean {meant}?"), Some(meant));
    }
    match KEYS.iter().find(|key| key.name == name) {
        Some(elsewhere) => (format!("it is a key {}", keys::place(elsewhere.table)), None),
        None => (format!("the keys are {}", here().collect::<Vec<_>>().join(", ")), None),
    }
}
