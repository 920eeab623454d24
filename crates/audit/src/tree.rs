//! YAML, JSON and TOML as one tree, each node with its place.
//!
//! Envoy, Traefik, Caddy's JSON and Kubernetes' manifests are read from it. JSON is read as YAML, of which it is a
//! part. Aliases (`*name`) and merge keys (`<<`) are followed, up to a bound: a small file can name a large tree.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use saphyr_parser::{Event, Parser};
use toml::de::{DeTable, DeValue};

use crate::source::{Source, Span};

/// Larger trees are none that people write.
const MAX_NODES: usize = 200_000;
const MAX_DEPTH: usize = 64;

/// A value, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) data: Data,
    pub(crate) span: Span,
}

/// What it is. Numbers and booleans are text: no check counts.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Node {
    pub(crate) fn text(&self) -> Option<&str> {
        if let Data::Text(text) = &self.data { Some(text) } else { None }
    }

    pub(crate) fn is(&self, wanted: &str) -> bool {
        self.text().is_some_and(|text| text.eq_ignore_ascii_case(wanted))
    }

    /// The items of a list; of anything else, none.
    pub(crate) fn items(&self) -> &[Self] {
        if let Data::List(items) = &self.data { items } else { &[] }
    }

    /// The entries of a map; of anything else, none.
    pub(crate) fn entries(&self) -> &[(Self, Self)] {
        if let Data::Map(entries) = &self.data { entries } else { &[] }
    }

    /// A map's value by its key, whose case does not count (Traefik's does not).
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name.is(key)).map(|(_, value)| value)
    }

    /// Keys with dots between them, from here down.
    pub(crate) fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |node, key| node.get(key))
    }

    /// An entry as it is written, key and value.
    pub(crate) fn entry(&self, key: &str) -> Option<Span> {
        let (name, value) = self.entries().iter().find(|(name, _)| name.is(key))?;
        Some(name.span.until(&value.span))
    }

    /// Every node from here down, this one first.
    pub(crate) fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        for item in self.items() {
            item.walk(visit);
        }
        for (_, value) in self.entries() {
            value.walk(visit);
        }
    }

    /// Whether a key or a text of the tree has this in it.
    pub(crate) fn mentions(&self, what: &str) -> bool {
        match &self.data {
            Data::Text(text) => text.contains(what),
            Data::List(items) => items.iter().any(|item| item.mentions(what)),
            Data::Map(entries) => entries.iter().any(|(key, value)| key.mentions(what) || value.mentions(what)),
        }
    }
}

/// The documents of a YAML or JSON file; what is wrong with it if it is none.
pub(crate) fn yaml(source: &Arc<Source>) -> Result<Vec<Node>, String> {
    // The parser counts characters, spans count bytes.
    let bytes: Option<Vec<usize>> = (!source.text.is_ascii()).then(|| {
        let starts = source.text.char_indices().map(|(at, _)| at);
        starts.chain([source.text.len()]).collect()
    });
    let byte = |at: usize| match &bytes {
        Some(bytes) => bytes.get(at).copied().unwrap_or(source.text.len()),
        None => at.min(source.text.len()),
    };
    let mut builder = Builder { source, documents: Vec::new(), open: Vec::new(), anchors: HashMap::new(), nodes: 0 };
    for event in Parser::new_from_str(&source.text) {
        let (event, span) = event.map_err(|error| error.to_string())?;
        let range = byte(span.start.index())..byte(span.end.index());
        builder.event(event, range).ok_or("it is larger or deeper than what people write")?;
    }
    Ok(builder.documents)
}

struct Builder<'a> {
    source: &'a Arc<Source>,
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
}

struct Open {
    node: Node,
    anchor: usize,
    key: Option<Node>,
    nodes_before: usize,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, range: std::ops::Range<usize>) -> Option<()> {
        match event {
            Event::Scalar(text, _, anchor, _) => {
                let node = Node { data: Data::Text(text.into_owned()), span: Span::new(self.source, range) };
                self.done(node, anchor, 1, 1)
            }
            Event::SequenceStart(anchor, _) => self.start(Data::List(Vec::new()), anchor, range),
            Event::MappingStart(anchor, _) => self.start(Data::Map(Vec::new()), anchor, range),
            Event::SequenceEnd | Event::MappingEnd => {
                let mut open = self.open.pop()?;
                let start = open.node.span.range.start;
                let last = match &open.node.data {
                    Data::List(items) => items.last().map(|item| item.span.range.end),
                    Data::Map(entries) => entries.last().map(|(_, value)| value.span.range.end),
                    Data::Text(_) => None,
                };
                open.node.span.range = start..last.unwrap_or(range.end).max(start);
                let below = self.nodes - open.nodes_before;
                self.done(open.node, open.anchor, 1, below + 1)
            }
            Event::Alias(anchor) => {
                let (node, size) = self.anchors.get(&anchor)?.clone();
                self.done(node, 0, size, size)
            }
            _ => Some(()),
        }
    }

    fn start(&mut self, data: Data, anchor: usize, range: std::ops::Range<usize>) -> Option<()> {
        let node = Node { data, span: Span::new(self.source, range) };
        self.open.push(Open { node, anchor, key: None, nodes_before: self.nodes });
        (self.open.len() <= MAX_DEPTH).then_some(())
    }

    /// A node is whole: `new` nodes more, of which it has `size` with all below.
    fn done(&mut self, node: Node, anchor: usize, new: usize, size: usize) -> Option<()> {
        self.nodes += new;
        if self.nodes > MAX_NODES {
            return None;
        }
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return Some(());
        };
        match &mut open.node.data {
            Data::List(items) => items.push(node),
            Data::Map(entries) => match open.key.take() {
                None => open.key = Some(node),
                Some(key) if key.is("<<") => {
                    let merged = if node.items().is_empty() { vec![node] } else { node.items().to_vec() };
                    let mut own: HashSet<String> =
                        entries.iter().filter_map(|(name, _)| name.text().map(ToOwned::to_owned)).collect();
                    for (name, value) in merged.iter().flat_map(|node| node.entries().to_vec()) {
                        if name.text().is_some_and(|name| own.insert(name.to_owned())) {
                            entries.push((name, value));
                        }
                    }
                }
                Some(key) => entries.push((key, node)),
            },
            Data::Text(_) => {}
        }
        Some(())
    }
}

/// A TOML file; `None` if it is none.
pub(crate) fn toml(source: &Arc<Source>) -> Option<Node> {
    let table = DeTable::parse(&source.text).ok()?;
    let span = Span::new(source, table.span());
    Some(Node { data: of_table(source, table.get_ref(), 0)?, span })
}

fn of_table(source: &Arc<Source>, table: &DeTable<'_>, depth: usize) -> Option<Data> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut entries = Vec::new();
    for (key, value) in table {
        let name = Node { data: Data::Text(key.get_ref().to_string()), span: Span::new(source, key.span()) };
        entries.push((name, of_value(source, value.get_ref(), value.span(), depth + 1)?));
    }
    Some(Data::Map(entries))
}

fn of_value(source: &Arc<Source>, value: &DeValue<'_>, range: std::ops::Range<usize>, depth: usize) -> Option<Node> {
    if depth > MAX_DEPTH {
        return None;
    }
    let span = Span::new(source, range);
    let data = match value {
        DeValue::String(text) => Data::Text(text.to_string()),
        DeValue::Array(items) => {
            let items = items.iter().map(|item| of_value(source, item.get_ref(), item.span(), depth + 1));
            Data::List(items.collect::<Option<_>>()?)
        }
        DeValue::Table(table) => of_table(source, table, depth)?,
        _ => Data::Text(span.text().to_owned()),
    };
    Some(Node { data, span })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Arc<Source> {
        Arc::new(Source::new("x".into(), text.into()))
    }

    #[test]
    fn yaml_json_and_toml_are_one_tree() {
        let texts = ["a:\n  B: [1, x]\n", "{\n\t\"a\": {\"B\": [1, \"x\"]}\n}\n"];
        for text in texts {
            let documents = yaml(&source(text)).unwrap();
            assert_eq!(documents[0].at("a.b").unwrap().items()[1].text(), Some("x"), "{text}");
        }
        let table = toml(&source("[a]\nB = [1, \"x\"]\n")).unwrap();
        assert_eq!(table.at("a.b").unwrap().items()[0].text(), Some("1"));
    }

    #[test]
    fn places_are_bytes_and_entries_whole() {
        let tree = &yaml(&source("ä: 1\nname: déjà\n")).unwrap()[0];
        assert_eq!(tree.get("name").unwrap().span.text(), "déjà");
        assert_eq!(tree.entry("name").unwrap().text(), "name: déjà");
    }

    #[test]
    fn anchors_and_merges_are_followed_and_bounded() {
        let tree = &yaml(&source("base: &b {x: 1, y: 2}\nown:\n  <<: *b\n  y: 3\n")).unwrap()[0];
        assert_eq!(tree.at("own.x").unwrap().text(), Some("1"));
        let laughs = (1..30).fold("a0: &a0 [x]\n".to_owned(), |text, at| {
            format!("{text}a{at}: &a{at} [*a{before}, *a{before}]\n", before = at - 1)
        });
        assert!(yaml(&source(&laughs)).is_err());
        assert!(yaml(&source(&"[".repeat(10_000))).is_err());
    }
}
