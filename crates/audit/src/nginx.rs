//! nginx configuration, as a tree with its places.
//!
//! Includes are followed within what is audited. `proxy_set_header` is inherited as nginx does it: a level
//! that has one of its own has none of those above.

use std::{ops::Range, sync::Arc};

use crate::source::{Source, Span};

/// One directive.
#[derive(Clone, Debug)]
pub(crate) struct Directive {
    pub(crate) words: Vec<Word>,
    pub(crate) block: Option<Vec<Directive>>,
    pub(crate) span: Span,
}

/// A word, without its quotes.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) text: String,
}

impl Directive {
    pub(crate) fn name(&self) -> &str {
        self.words.first().map_or("", |word| word.text.as_str())
    }

    pub(crate) fn argument(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| word.text.as_str())
    }

    pub(crate) fn arguments(&self) -> impl Iterator<Item = &str> {
        self.words.iter().skip(1).map(|word| word.text.as_str())
    }

    pub(crate) fn children(&self) -> &[Directive] {
        self.block.as_deref().unwrap_or_default()
    }

    /// All directives below, however deep.
    pub(crate) fn all(&self) -> Vec<&Directive> {
        let mut all = Vec::new();
        for child in self.children() {
            all.push(child);
            all.extend(child.all());
        }
        all
    }
}

#[derive(Debug)]
enum Token {
    Word(String, Range<usize>),
    Open(usize),
    Close,
    End(usize),
}

/// Reads a file; `None` if it is no nginx configuration.
pub(crate) fn parse(source: &Arc<Source>) -> Option<Vec<Directive>> {
    let tokens = tokens(&source.text)?;
    let mut at = 0;
    let tree = block(source, &tokens, &mut at, 0)?;
    (at == tokens.len()).then_some(tree)
}

fn block(source: &Arc<Source>, tokens: &[Token], at: &mut usize, depth: usize) -> Option<Vec<Directive>> {
    let mut all = Vec::new();
    let mut words: Vec<(String, Range<usize>)> = Vec::new();
    if depth > 32 {
        return None;
    }
    while let Some(token) = tokens.get(*at) {
        *at += 1;
        match token {
            Token::Word(text, range) => words.push((text.clone(), range.clone())),
            Token::End(end) => {
                if words.is_empty() {
                    continue;
                }
                all.push(directive(source, std::mem::take(&mut words), None, end + 1));
            }
            Token::Open(open) => {
                let inner = block(source, tokens, at, depth + 1)?;
                if !matches!(tokens.get(*at - 1), Some(Token::Close)) || words.is_empty() {
                    return None;
                }
                all.push(directive(source, std::mem::take(&mut words), Some(inner), *open));
            }
            Token::Close => return (depth > 0 && words.is_empty()).then_some(all),
        }
    }
    (depth == 0 && words.is_empty()).then_some(all)
}

fn directive(
    source: &Arc<Source>,
    words: Vec<(String, Range<usize>)>,
    block: Option<Vec<Directive>>,
    end: usize,
) -> Directive {
    let start = words.first().map_or(end, |(_, range)| range.start);
    let end = if block.is_some() { words.last().map_or(end, |(_, range)| range.end) } else { end };
    let words = words.into_iter().map(|(text, _)| Word { text }).collect();
    Directive { words, block, span: Span::new(source, start..end) }
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'#' => at = text.get(at..).and_then(|rest| rest.find('\n')).map_or(bytes.len(), |end| at + end),
            b'{' => {
                tokens.push(Token::Open(at));
                at += 1;
            }
            b'}' => {
                tokens.push(Token::Close);
                at += 1;
            }
            b';' => {
                tokens.push(Token::End(at));
                at += 1;
            }
            b'"' | b'\'' => {
                let mut end = at + 1;
                while *bytes.get(end)? != byte {
                    end += if bytes.get(end) == Some(&b'\\') { 2 } else { 1 };
                }
                tokens.push(Token::Word(text.get(at + 1..end)?.to_owned(), at..end + 1));
                at = end + 1;
            }
            _ => {
                let start = at;
                while let Some(&byte) = bytes.get(at) {
                    match byte {
                        b' ' | b'\t' | b'\r' | b'\n' | b';' | b'}' => break,
                        // `${name}` is part of a word.
                        b'{' if at > start && bytes.get(at - 1) == Some(&b'$') => {
                            at += text.get(at..)?.find('}')? + 1;
                        }
                        b'{' => break,
                        b'\\' => at += 2,
                        _ => at += 1,
                    }
                }
                let end = at.min(bytes.len());
                tokens.push(Token::Word(text.get(start..end)?.to_owned(), start..end));
            }
        }
    }
    Some(tokens)
}

/// A place that passes requests on, with what counts there.
#[derive(Clone, Debug)]
pub(crate) struct Passing {
    pub(crate) pass: Directive,
    /// The `proxy_set_header` (or its kin) that count.
    pub(crate) set: Vec<Directive>,
}

impl Passing {
    /// What a header is set to, if it is.
    pub(crate) fn header(&self, name: &str) -> Option<&Directive> {
        self.set.iter().find(|set| fold(set.argument(1)) == fold(name))
    }
}

/// As CGI and WSGI compare names.
pub(crate) fn fold(name: &str) -> String {
    let upper = name.to_ascii_uppercase().replace('-', "_");
    upper.strip_prefix("HTTP_").unwrap_or(&upper).to_owned()
}

const PASSES: [&str; 4] = ["proxy_pass", "uwsgi_pass", "fastcgi_pass", "grpc_pass"];

/// Everything that passes requests on.
pub(crate) fn passings(tree: &[Directive]) -> Vec<Passing> {
    let mut all = Vec::new();
    descend(tree, &[], &mut all);
    all
}

fn descend(level: &[Directive], inherited: &[Directive], all: &mut Vec<Passing>) {
    let sets = |directive: &&Directive| {
        matches!(directive.name(), "proxy_set_header" | "uwsgi_param" | "fastcgi_param" | "grpc_set_header")
    };
    let own: Vec<Directive> = level.iter().filter(sets).cloned().collect();
    let set = if own.is_empty() { inherited } else { &own };
    for directive in level {
        if PASSES.contains(&directive.name()) {
            all.push(Passing { pass: directive.clone(), set: set.to_vec() });
        }
        descend(directive.children(), set, all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Option<Vec<Directive>> {
        parse(&Arc::new(Source::new("nginx.conf".into(), text.into())))
    }

    #[test]
    fn a_tree_with_its_words() {
        let tree =
            tree("# a\nhttp { server { listen 443 ssl; if ($a = \"b c\") { return 403; } add_header X ${a}b; } }")
                .unwrap();
        let all: Vec<String> = tree[0].all().iter().map(|directive| directive.name().to_owned()).collect();
        assert_eq!(all, ["server", "listen", "if", "return", "add_header"]);
        assert_eq!(tree[0].all()[4].argument(2), "${a}b");
        assert_eq!(tree[0].all()[2].argument(3), "b c)".trim_end_matches(')'));
    }

    #[test]
    fn what_is_no_configuration_is_none() {
        for text in ["server {", "}", "listen 80", "a { b; } }", "{% if x %} server { } {% endif %}", "\"open"] {
            assert!(tree(text).is_none(), "{text}");
        }
    }

    #[test]
    fn headers_are_inherited_in_whole_or_not_at_all() {
        let text = "server { proxy_set_header A 1; location / { proxy_pass http://x; } location /b { proxy_set_header B 2; proxy_pass http://x; } }";
        let passings = passings(&tree(text).unwrap());
        assert!(passings[0].header("a").is_some() && passings[0].header("B").is_none());
        assert!(passings[1].header("HTTP_B").is_some() && passings[1].header("A").is_none());
    }
}
