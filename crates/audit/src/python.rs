//! Python, parsed and never run.

use std::sync::Arc;

use ruff_python_ast::{Expr, ModModule, Stmt};
use ruff_python_parser::parse_module;
use ruff_text_size::{Ranged, TextRange};

use crate::{
    audience,
    source::{Source, Span},
};

/// A module of the project.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) source: Arc<Source>,
    pub(crate) ast: ModModule,
    /// Its path as an import would write it, from the root of what is audited.
    pub(crate) name: String,
}

impl Module {
    /// `None` where it is no Python of today; the reason is for a note.
    pub(crate) fn parse(source: Source) -> Result<Self, String> {
        let parsed = parse_module(&source.text).map_err(|error| error.to_string())?;
        let name = source.path.trim_end_matches(".py").replace('/', ".");
        let name = name.strip_suffix(".__init__").unwrap_or(&name).to_owned();
        Ok(Self { ast: parsed.into_syntax(), source: Arc::new(source), name })
    }

    pub(crate) fn span(&self, of: &impl Ranged) -> Span {
        self.at(of.range())
    }

    pub(crate) fn at(&self, range: TextRange) -> Span {
        Span::new(&self.source, range.start().to_usize()..range.end().to_usize())
    }

    /// Whether its file is for tests, or for a developer's machine.
    pub(crate) fn is_for_tests(&self) -> bool {
        let path = self.source.path.to_ascii_lowercase();
        path.split('/').any(|part| {
            let stem = part.trim_end_matches(".py");
            matches!(stem, "tests" | "test" | "testing" | "testutils" | "test_utils" | "conftest")
                || stem.starts_with("test_")
                || stem.ends_with("_test")
                || stem.ends_with("_tests")
        })
    }

    /// Whether its settings are for a developer's machine.
    pub(crate) fn is_for_developers(&self) -> bool {
        let stem = self.source.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let stem = stem.trim_end_matches(".py");
        stem.split(|c: char| !c.is_alphanumeric())
            .any(|word| audience::is_word(word) || matches!(word, "build" | "sample"))
    }
}

/// `a.b.c`, for a name or a chain of attributes.
pub(crate) fn dotted(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Name(name) => Some(name.id.to_string()),
        Expr::Attribute(attribute) => Some(format!("{}.{}", dotted(&attribute.value)?, attribute.attr)),
        _ => None,
    }
}

/// The last part of it.
pub(crate) fn last(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Name(name) => Some(name.id.to_string()),
        Expr::Attribute(attribute) => Some(attribute.attr.to_string()),
        Expr::Call(call) => last(&call.func),
        _ => None,
    }
}

/// A literal string.
pub(crate) fn string(expr: &Expr) -> Option<String> {
    match expr {
        Expr::StringLiteral(literal) => Some(literal.value.to_str().to_owned()),
        _ => None,
    }
}

/// All statements, however deep.
pub(crate) fn statements<'a>(body: &'a [Stmt], visit: &mut dyn FnMut(&'a Stmt)) {
    for statement in body {
        visit(statement);
        match statement {
            Stmt::FunctionDef(inner) => statements(&inner.body, visit),
            Stmt::ClassDef(inner) => statements(&inner.body, visit),
            Stmt::If(inner) => {
                statements(&inner.body, visit);
                for clause in &inner.elif_else_clauses {
                    statements(&clause.body, visit);
                }
            }
            Stmt::For(inner) => {
                statements(&inner.body, visit);
                statements(&inner.orelse, visit);
            }
            Stmt::While(inner) => {
                statements(&inner.body, visit);
                statements(&inner.orelse, visit);
            }
            Stmt::With(inner) => statements(&inner.body, visit),
            Stmt::Try(inner) => {
                statements(&inner.body, visit);
                for handler in &inner.handlers {
                    let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
                    statements(&handler.body, visit);
                }
                statements(&inner.orelse, visit);
                statements(&inner.finalbody, visit);
            }
            Stmt::Match(inner) => {
                for case in &inner.cases {
                    statements(&case.body, visit);
                }
            }
            _ => {}
        }
    }
}
