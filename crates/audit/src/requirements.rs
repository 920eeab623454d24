//! Which versions a project asks for: requirements files, `pyproject.toml`, `Pipfile` and lock files.
//!
//! Read line by line, because a finding needs its place; what is written in another shape is not seen.

use std::{cmp::Ordering, sync::Arc};

use crate::{
    audience::is_aside,
    source::{Source, Span},
};

/// Lock files are larger than what people write.
pub(crate) const MAX_FILE: u64 = 16 << 20;

/// A package, and how new it can be.
#[derive(Clone, Debug)]
pub(crate) struct Requirement {
    /// Lower case, with `-`.
    pub(crate) name: String,
    /// `None` where anything newer will do.
    pub(crate) newest: Option<Newest>,
    pub(crate) span: Span,
}

/// What an installation can have at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Newest {
    /// This one, and no other.
    Exactly(Version),
    UpTo(Version),
    Below(Version),
}

/// Its numbers; what stands behind them (`rc1`, `.post2`) is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version(Vec<u32>);

impl Version {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        // What somebody built by themselves may have the fixes of later ones.
        if text.contains('+') {
            return None;
        }
        let text = text.trim().trim_start_matches('v');
        let mut numbers = Vec::new();
        for part in text.split('.') {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            if digits.is_empty() {
                break;
            }
            numbers.push(digits.parse().ok()?);
            if digits.len() < part.len() {
                break;
            }
        }
        (!numbers.is_empty()).then_some(Self(numbers))
    }

    /// The first that is newer in the number at this place, from 0.
    fn after(&self, place: usize) -> Self {
        let mut numbers: Vec<u32> = self.0.iter().copied().take(place + 1).collect();
        if let Some(last) = numbers.last_mut() {
            *last = last.saturating_add(1);
        }
        Self(numbers)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let at = |numbers: &[u32], place: usize| numbers.get(place).copied().unwrap_or(0);
        (0..self.0.len().max(other.0.len()))
            .map(|place| at(&self.0, place).cmp(&at(&other.0, place)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&numbers.join("."))
    }
}

/// The shapes that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Lines,
    Toml,
    Lock,
    PipfileLock,
}

impl Kind {
    /// Of a path with slashes; those for developers and tests left out.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next()?;
        if is_aside(path) {
            return None;
        }
        match name {
            "pyproject.toml" | "Pipfile" => return Some(Self::Toml),
            "poetry.lock" | "uv.lock" | "pdm.lock" | "pylock.toml" => return Some(Self::Lock),
            "Pipfile.lock" => return Some(Self::PipfileLock),
            _ => {}
        }
        let stem = name.strip_suffix(".txt")?.to_ascii_lowercase();
        let folder = path.rsplit('/').nth(1).unwrap_or_default();
        let named = ["requirements", "constraints"].iter().any(|word| stem.contains(word) || folder == *word);
        named.then_some(Self::Lines)
    }
}

pub(crate) fn parse(kind: Kind, source: &Arc<Source>) -> Vec<Requirement> {
    let mut reader = Reader { source, table: String::new(), in_list: false, name: None, all: Vec::new() };
    let mut start = 0;
    for line in source.text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        let text = line.trim();
        let range = start + indent..start + indent + text.len();
        match kind {
            Kind::Lines => reader.line(text, range.start),
            Kind::Toml => reader.toml(text, range.start),
            Kind::Lock => reader.lock(text, range.start),
            Kind::PipfileLock => reader.pipfile_lock(text, range.start),
        }
        start += line.len();
    }
    reader.all
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    table: String,
    /// In `dependencies = [` of `[project]`.
    in_list: bool,
    /// Of the entry of a lock file.
    name: Option<String>,
    all: Vec<Requirement>,
}

impl Reader<'_> {
    fn add(&mut self, name: &str, newest: Option<Newest>, at: usize, length: usize) {
        if !name.trim().is_empty() {
            let name = name.trim().to_ascii_lowercase().replace(['_', '.'], "-");
            self.all.push(Requirement { name, newest, span: Span::new(self.source, at..at + length) });
        }
    }

    /// `Django[argon2]==5.2.1 ; python_version >= "3.10"  # via …`
    fn line(&mut self, text: &str, at: usize) {
        let text = text.split(" #").next().unwrap_or_default();
        let text = text.split(" --").next().unwrap_or_default().trim_end_matches('\\').trim_end();
        if text.starts_with(['#', '-']) {
            return;
        }
        let (wanted, marker) = text.split_once(';').unwrap_or((text, ""));
        // For old Pythons there may be nothing newer.
        if marker.replace(' ', "").contains("version<") {
            return;
        }
        let wanted = wanted.trim_end();
        let end = wanted.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(wanted.len());
        let (name, rest) = wanted.split_at_checked(end).unwrap_or((wanted, ""));
        let rest = rest.trim_start();
        let rest = match rest.strip_prefix('[') {
            Some(extras) => extras.split_once(']').map_or("", |(_, rest)| rest),
            None => rest,
        };
        self.add(name, newest(rest), at, wanted.len());
    }

    fn toml(&mut self, text: &str, at: usize) {
        if text.starts_with('[') && !self.in_list {
            text.trim_matches(['[', ']']).clone_into(&mut self.table);
            return;
        }
        match self.table.as_str() {
            "project" => {
                let opens = text.split_once('=').filter(|(key, _)| key.trim() == "dependencies");
                if opens.is_none() && !self.in_list {
                    return;
                }
                self.in_list = true;
                let mut from = text.len() - opens.map_or(text.len(), |(_, rest)| rest.len());
                while let Some((start, quote)) =
                    text.get(from..).and_then(|rest| rest.char_indices().find(|(_, c)| "\"'".contains(*c)))
                {
                    let begin = from + start + 1;
                    let Some(length) = text.get(begin..).and_then(|rest| rest.find(quote)) else { break };
                    self.line(text.get(begin..begin + length).unwrap_or_default(), at + begin);
                    from = begin + length + 1;
                }
                // A bracket of extras stands in quotes, before the last one.
                if text.get(from..).is_some_and(|rest| rest.split('#').next().is_some_and(|rest| rest.contains(']'))) {
                    self.in_list = false;
                }
            }
            "tool.poetry.dependencies" | "packages" => {
                let Some((name, value)) = text.split_once('=') else { return };
                let value = value.split_once("version").map_or(value, |(_, rest)| rest.trim_start_matches([' ', '=']));
                let value = value.trim_start_matches([' ', '"', '\'']);
                let value = value.split(['"', '\'']).next().unwrap_or_default();
                self.add(name.trim_matches(['"', ' ']), newest_of_poetry(value), at, text.len());
            }
            _ => {}
        }
    }

    fn lock(&mut self, text: &str, at: usize) {
        if text.starts_with('[') {
            // The entry's own lines stand before what is nested in it.
            self.name = None;
            text.clone_into(&mut self.table);
        }
        if !matches!(self.table.as_str(), "[[package]]" | "[[packages]]") {
            return;
        }
        let quoted = |key: &str| {
            text.strip_prefix(key)?.trim_start().strip_prefix('=')?.trim().strip_prefix('"')?.strip_suffix('"')
        };
        if let Some(name) = quoted("name") {
            self.name = Some(name.to_owned());
        } else if let (Some(version), Some(name)) = (quoted("version"), self.name.take()) {
            self.add(&name, Version::parse(version).map(Newest::Exactly), at, text.len());
        }
    }

    fn pipfile_lock(&mut self, text: &str, at: usize) {
        if let Some(key) = text.strip_suffix('{').map(|key| key.trim_matches([' ', ':', '"'])) {
            if matches!(key, "default" | "develop" | "_meta") {
                key.clone_into(&mut self.table);
            } else {
                self.name = Some(key.to_owned());
            }
        } else if self.table == "default"
            && let Some(version) = text.strip_prefix("\"version\": \"")
            && let Some(name) = self.name.take()
        {
            self.add(&name, newest(version.trim_end_matches([',', '"'])), at, text.len());
        }
    }
}

/// `==5.2.1`, `>=4.2,<5`, `~=5.1.0`; `None` where anything newer will do.
fn newest(specifier: &str) -> Option<Newest> {
    let mut found = None;
    for part in specifier.trim_matches(['(', ')', ' ']).split(',') {
        let part = part.trim();
        let version = |prefix: &str| part.strip_prefix(prefix).map(str::trim);
        let next = if let Some(text) = version("===").or_else(|| version("==")) {
            match text.strip_suffix(".*") {
                Some(start) => Version::parse(start).map(|start| Newest::Below(start.after(start.0.len() - 1))),
                None => Version::parse(text).map(Newest::Exactly),
            }
        } else if let Some(text) = version("~=") {
            Version::parse(text).map(|start| Newest::Below(start.after(start.0.len().saturating_sub(2))))
        } else if let Some(text) = version("<=") {
            Version::parse(text).map(Newest::UpTo)
        } else if let Some(text) = version("<") {
            Version::parse(text).map(Newest::Below)
        } else {
            None
        };
        if matches!(next, Some(Newest::Exactly(_))) {
            return next;
        }
        found = found.or(next);
    }
    found
}

/// `^4.2`, `~4.2`, `4.2.1` and the rest.
fn newest_of_poetry(specifier: &str) -> Option<Newest> {
    if let Some(text) = specifier.strip_prefix('^') {
        let start = Version::parse(text)?;
        let place = start.0.iter().position(|number| *number > 0).unwrap_or(start.0.len() - 1);
        return Some(Newest::Below(start.after(place)));
    }
    if let Some(text) = specifier.strip_prefix('~').filter(|text| !text.starts_with('=')) {
        let start = Version::parse(text)?;
        let place = 1.min(start.0.len() - 1);
        return Some(Newest::Below(start.after(place)));
    }
    if specifier.starts_with(|c: char| c.is_ascii_digit()) && !specifier.contains(['*', ',', '|']) {
        return Version::parse(specifier).map(Newest::Exactly);
    }
    newest(specifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Vec<String> {
        let source = Arc::new(Source::new(path.into(), text.into()));
        let all = parse(Kind::of(path).unwrap(), &source);
        all.iter()
            .filter_map(|one| {
                let newest = match one.newest.as_ref()? {
                    Newest::Exactly(version) => format!("=={version}"),
                    Newest::UpTo(version) => format!("<={version}"),
                    Newest::Below(version) => format!("<{version}"),
                };
                Some(format!("{}{newest} {}", one.name, one.span.text()))
            })
            .collect()
    }

    #[test]
    fn lines() {
        let text = "# comment==1\n-r base.txt\nDjango[argon2] == 5.2.1 ; python_version >= \"3.10\"  # via x\ngunicorn~=21.2.0\nh11<0.16,>=0.9 --hash=sha256:aa\nwaitress>=2\ndjango==3.2 ; python_version < '3.8'\nuvicorn==0.*\nlocal==1.0+own\n";
        let expected = [
            "django==5.2.1 Django[argon2] == 5.2.1",
            "gunicorn<21.3 gunicorn~=21.2.0",
            "h11<0.16 h11<0.16,>=0.9",
            "uvicorn<1 uvicorn==0.*",
        ];
        assert_eq!(read("requirements/base.txt", text), expected);
    }

    #[test]
    fn projects() {
        let text = "[project]\nname = \"x\"\ndependencies = [\n  \"django[argon2]>=4.2,<5\", # why\n  'h11==0.14.0',\n]\nversion = \"==1\"\n[tool.poetry.dependencies]\ngunicorn = \"^21.2\"\nuvicorn = {version = \"0.11.5\", extras = [\"standard\"]}\nwaitress = \"*\"\nh11 = \"^0.14\"\n";
        let expected = [
            "django<5 django[argon2]>=4.2,<5",
            "h11==0.14.0 h11==0.14.0",
            "gunicorn<22 gunicorn = \"^21.2\"",
            "uvicorn==0.11.5 uvicorn = {version = \"0.11.5\", extras = [\"standard\"]}",
            "h11<0.15 h11 = \"^0.14\"",
        ];
        assert_eq!(read("pyproject.toml", text), expected);
    }

    #[test]
    fn locks() {
        let text = "[[package]]\nname = \"django\"\nversion = \"5.2.1\"\n\n[package.dependencies]\nname = \"no\"\nversion = \"1\"\n[[package]]\nname = \"h11\"\nversion = \"0.14.0\"\n";
        assert_eq!(read("uv.lock", text), ["django==5.2.1 version = \"5.2.1\"", "h11==0.14.0 version = \"0.14.0\""]);
        let text = "{\n  \"_meta\": {\n  },\n  \"default\": {\n    \"django\": {\n      \"version\": \"==4.2.1\"\n    }\n  },\n  \"develop\": {\n    \"h11\": {\n      \"version\": \"==0.9\"\n    }\n  }\n}\n";
        assert_eq!(read("Pipfile.lock", text), ["django==4.2.1 \"version\": \"==4.2.1\""]);
    }

    #[test]
    fn what_is_broken_is_survived() {
        for text in ["[", "==", "a[", "^", "dependencies = [\"", "<", "~=", "x==.", "[project]\ndependencies = [\"é[\n"]
        {
            for path in ["requirements.txt", "pyproject.toml", "uv.lock", "Pipfile.lock"] {
                read(path, text);
            }
        }
        assert_eq!(Kind::of("requirements-dev.txt"), None);
        assert_eq!(Kind::of("docs/robots.txt"), None);
    }
}
