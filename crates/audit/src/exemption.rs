//! The names by which a module calls `csrf_exempt`.
//!
//! `csrf_exempt as open_to_all`, `decorators = [csrf_exempt, never_cache]` and `exempt =
//! method_decorator(csrf_exempt, name="dispatch")` exempt as much as the name itself.

use ruff_python_ast::{Expr, Stmt};

use crate::python::{Module, last, statements};

/// What exempts, in one module.
#[derive(Debug, Default)]
pub(crate) struct Exemption {
    /// The decorator itself.
    decorators: Vec<String>,
    /// Lists of decorators with it.
    lists: Vec<String>,
    /// Decorators for classes and methods that are made of it.
    for_classes: Vec<String>,
}

impl Exemption {
    pub(crate) fn of(module: &Module) -> Self {
        let mut exemption = Self::default();
        statements(&module.ast.body, &mut |statement| match statement {
            Stmt::ImportFrom(import) => {
                for name in import.names.iter().filter(|name| name.name.as_str() == "csrf_exempt") {
                    exemption.decorators.extend(name.asname.as_ref().map(ToString::to_string));
                }
            }
            Stmt::Assign(assign) => {
                if let [Expr::Name(name)] = &*assign.targets {
                    exemption.assigned(&name.id, &assign.value);
                }
            }
            _ => {}
        });
        exemption
    }

    fn assigned(&mut self, name: &str, value: &Expr) {
        match value {
            Expr::Name(_) | Expr::Attribute(_) if self.is(value) => self.decorators.push(name.into()),
            Expr::List(_) | Expr::Tuple(_) if self.within(value) => self.lists.push(name.into()),
            Expr::Call(_) if self.for_methods(value) => self.for_classes.push(name.into()),
            _ => {}
        }
    }

    /// The decorator, by whatever name.
    pub(crate) fn is(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Name(name) => name.id.as_str() == "csrf_exempt" || self.decorators.iter().any(|own| *own == *name.id),
            Expr::Attribute(attribute) => attribute.attr.as_str() == "csrf_exempt",
            _ => false,
        }
    }

    /// It, or a list with it.
    pub(crate) fn within(&self, expr: &Expr) -> bool {
        match expr {
            Expr::List(list) => list.elts.iter().any(|one| self.is(one)),
            Expr::Tuple(tuple) => tuple.elts.iter().any(|one| self.is(one)),
            Expr::Name(name) if self.lists.iter().any(|own| *own == *name.id) => true,
            other => self.is(other),
        }
    }

    /// `method_decorator(csrf_exempt)`, or a name for it.
    pub(crate) fn for_methods(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Name(name) => self.for_classes.iter().any(|own| *own == *name.id),
            Expr::Call(call) => {
                !matches!(&*call.func, Expr::Call(_))
                    && last(&call.func).as_deref() == Some("method_decorator")
                    && call.arguments.args.first().is_some_and(|argument| self.within(argument))
            }
            _ => false,
        }
    }
}
