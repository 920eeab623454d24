//! Directives, as nginx and Caddy have them: words, and a block or none, each with its place.
//!
//! What is no nginx configuration is `None`, never half of one.

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
    // Where the directive began that is being read.
    let mut first = 0;
    while let Some(&byte) = bytes.get(at) {
        let begun = tokens.get(first);
        match byte {
            b'{' if matches!(begun, Some(Token::Word(name, _)) if name.ends_with("_by_lua_block")) => {
                let end = at + code(bytes.get(at..)?)?;
                tokens.extend([Token::Open(at), Token::Close]);
                (at, first) = (end, tokens.len());
            }
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'#' => at = text.get(at..).and_then(|rest| rest.find('\n')).map_or(bytes.len(), |end| at + end),
            b'{' => {
                tokens.push(Token::Open(at));
                (at, first) = (at + 1, tokens.len());
            }
            b'}' => {
                tokens.push(Token::Close);
                (at, first) = (at + 1, tokens.len());
            }
            b';' => {
                tokens.push(Token::End(at));
                (at, first) = (at + 1, tokens.len());
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

/// How long a block of Lua is, with its braces.
fn code(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(at),
            b'}' => depth -= 1,
            b'"' | b'\'' => {
                while *bytes.get(at)? != byte {
                    at += if bytes.get(at) == Some(&b'\\') { 2 } else { 1 };
                }
                at += 1;
            }
            b'-' if bytes.get(at) == Some(&b'-') => {
                at += bytes.get(at..)?.iter().position(|byte| *byte == b'\n')?;
            }
            _ => {}
        }
    }
    None
}

/// All directives, however deep.
pub(crate) fn every(tree: &[Directive]) -> impl Iterator<Item = &Directive> {
    tree.iter().flat_map(|top| std::iter::once(top).chain(top.all()))
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
}
