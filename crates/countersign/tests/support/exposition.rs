//! A strict reader of Prometheus' text format 0.0.4: what it takes, every scraper takes.

use std::collections::{BTreeMap, BTreeSet};

/// All series with their values.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Exposition {
    values: BTreeMap<String, f64>,
    families: BTreeMap<String, String>,
}

impl Exposition {
    /// Reads it all, or says in which line it breaks a rule.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut found = Self::default();
        let (mut helped, mut current) = (BTreeSet::new(), String::new());
        if !text.ends_with('\n') {
            return Err("the last line does not end".into());
        }
        for (n, line) in text.lines().enumerate() {
            let fail = |why: &str| Err(format!("line {}: {why}: {line}", n + 1));
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').unwrap_or((rest, ""));
                if !is_name(name, true) || help.is_empty() || !helped.insert(name.to_owned()) {
                    return fail("no name, no help, or the second of it");
                }
                current = name.into();
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap_or((rest, ""));
                if name != current || !matches!(kind, "counter" | "gauge" | "histogram") {
                    return fail("HELP comes first, and the type is one of three");
                }
                if found.families.insert(name.into(), kind.into()).is_some() {
                    return fail("a second TYPE");
                }
            } else if line.starts_with('#') || line.is_empty() {
                return fail("neither HELP nor TYPE nor a sample");
            } else {
                let Some((series, name, value)) = sample(line) else { return fail("no sample") };
                let family = match found.families.get(&current).map(String::as_str) {
                    Some("histogram") => ["_bucket", "_sum", "_count"]
                        .iter()
                        .find_map(|suffix| name.strip_suffix(suffix))
                        .unwrap_or(name),
                    Some("counter") if !name.ends_with("_total") => return fail("a counter ends in _total"),
                    _ => name,
                };
                if family != current {
                    return fail("a sample outside of its family");
                }
                if found.values.insert(series, value).is_some() {
                    return fail("the same series twice");
                }
            }
        }
        found.histograms_add_up()?;
        Ok(found)
    }

    /// Buckets ascend, and the last one is the count.
    fn histograms_add_up(&self) -> Result<(), String> {
        let mut last: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        for name in self.families.iter().filter(|(_, kind)| *kind == "histogram").map(|(name, _)| name) {
            for (series, value) in
                self.values.iter().filter(|(series, _)| series.starts_with(&format!("{name}_bucket")))
            {
                let (others, bound) = without_le(series).ok_or_else(|| format!("no le: {series}"))?;
                let entry = last.entry(format!("{name}_count{others}")).or_insert((f64::NEG_INFINITY, 0.0));
                if bound > entry.0 {
                    *entry = (bound, *value);
                }
            }
            for (series, value) in self.values.iter().filter(|(series, _)| series.starts_with(&format!("{name}_count")))
            {
                if last.get(series) != Some(&(f64::INFINITY, *value)) {
                    return Err(format!("{series} {value} is not its +Inf bucket: {:?}", last.get(series)));
                }
            }
        }
        Ok(())
    }

    /// The value of a series, written as `name` or `name{label="value"}` with labels in the order
    /// of their names.
    #[track_caller]
    pub(crate) fn get(&self, series: &str) -> f64 {
        match self.values.get(series) {
            Some(value) => *value,
            None => panic!("there is no {series}\n{:#?}", self.values.keys()),
        }
    }

    pub(crate) fn series(&self) -> BTreeSet<&str> {
        self.values.keys().map(String::as_str).collect()
    }

    pub(crate) fn families(&self) -> BTreeSet<&str> {
        self.families.keys().map(String::as_str).collect()
    }

    /// What has changed since `before`, of series whose names start so.
    pub(crate) fn since(&self, before: &Self, start: &str) -> BTreeMap<String, f64> {
        let changed =
            self.values.iter().filter(|(series, _)| series.starts_with(start)).map(|(series, value)| {
                (series.clone(), value - before.values.get(series).copied().unwrap_or_default())
            });
        changed.filter(|(_, change)| *change != 0.0).collect()
    }
}

/// `[a-zA-Z_:][a-zA-Z0-9_:]*`; labels have no colon.
fn is_name(name: &str, colons: bool) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_' || (colons && c == ':');
    name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_ascii_digit())
}

/// The series with its labels sorted, its name, and the value. A timestamp is not expected.
fn sample(line: &str) -> Option<(String, &str, f64)> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(mut inside) = rest.strip_prefix('{') {
        loop {
            let (label, after) = inside.split_once("=\"")?;
            let (value, after) = quoted(after)?;
            if !is_name(label, false) || label.starts_with("__") || labels.insert(label, value).is_some() {
                return None;
            }
            match after.strip_prefix(',') {
                Some(more) => inside = more,
                None => {
                    rest = after.strip_prefix('}')?;
                    break;
                }
            }
        }
    }
    let value = match rest.strip_prefix(' ')? {
        "+Inf" => f64::INFINITY,
        text if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => text.parse().ok()?,
        _ => return None,
    };
    let labels: Vec<String> = labels.iter().map(|(label, value)| format!("{label}={value:?}")).collect();
    let series = if labels.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", labels.join(",")) };
    is_name(name, true).then_some((series, name, value))
}

/// Up to the closing quote, with `\\`, `\"` and `\n` undone.
fn quoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut chars) = (String::new(), text.char_indices());
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                c @ ('\\' | '"') => value.push(c),
                _ => return None,
            },
            c => value.push(c),
        }
    }
    None
}

fn without_le(series: &str) -> Option<(String, f64)> {
    let inside = &series[series.find('{')? + 1..series.len() - 1];
    let (le, others): (Vec<&str>, Vec<&str>) = inside.split(',').partition(|label| label.starts_with("le="));
    let bound = le.first()?.strip_prefix("le=\"")?.strip_suffix('"')?;
    let bound = if bound == "+Inf" { f64::INFINITY } else { bound.parse().ok()? };
    let others = if others.is_empty() { String::new() } else { format!("{{{}}}", others.join(",")) };
    Some((others, bound))
}

#[test]
fn it_is_strict() {
    let head = "# HELP a_total x\n# TYPE a_total counter\n";
    assert!(Exposition::parse(&format!("{head}a_total{{b=\"c\\\"\\\\\\n\"}} 1\na_total 2\n")).is_ok());
    for bad in [
        "a_total 1\n",
        "# TYPE a_total counter\na_total 1\n",
        &format!("{head}{head}"),
        &format!("{head}a_total 1"),
        &format!("{head}a_total 1\na_total 1\n"),
        &format!("{head}a_total{{b=\"c\",d=\"e\"}} 1\na_total{{d=\"e\",b=\"c\"}} 1\n"),
        &format!("{head}b_total 1\n"),
        &format!("{head}a_total{{b=\"c\nd\"}} 1\n"),
        &format!("{head}a_total{{b=\"c\",}} 1\n"),
        &format!("{head}a_total{{b=\"c\",b=\"d\"}} 1\n"),
        &format!("{head}a_total{{b-c=\"c\"}} 1\n"),
        &format!("{head}a_total one\n"),
        &format!("{head}a_total 1 2\n"),
        &format!("{head}\n"),
        "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 2\na_sum 1\na_count 1\n",
        "# HELP a x\n# TYPE a summary\n",
        "# HELP a x\n# TYPE a counter\na 1\n",
    ] {
        assert!(Exposition::parse(bad).is_err(), "{bad}");
    }
}
