//! What an expression reads of a request.

use ruff_python_ast::{CmpOp, Expr};

use crate::python::{dotted, last, string};

/// A part of a request that its sender decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// As WSGI folds it, without `HTTP_`.
    Header(String),
    /// A cookie, or the session.
    Cookie,
}

/// How a header is read, as far as it matters when it was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// `.get(name)`
    None,
    /// `.get(name, "")`
    Empty,
    /// It fails, or is something else.
    Other,
}

impl Part {
    /// `request.headers["X"]`, `request.META.get("HTTP_X")`, `request.content_type`.
    pub(crate) fn read(expr: &Expr) -> Option<(Self, Absent)> {
        match expr {
            Expr::Subscript(subscript) => Some((Self::of(&subscript.value, &subscript.slice)?, Absent::Other)),
            Expr::Call(call) => {
                let Expr::Attribute(attribute) = &*call.func else { return None };
                match (attribute.attr.as_str(), &*call.arguments.args) {
                    ("get", [key]) => Some((Self::of(&attribute.value, key)?, Absent::None)),
                    ("get", [key, default]) => Some((Self::of(&attribute.value, key)?, absent(default))),
                    ("is_ajax", []) => Some((Self::Header("X_REQUESTED_WITH".into()), Absent::Other)),
                    _ => None,
                }
            }
            Expr::Attribute(attribute) => match attribute.attr.as_str() {
                "content_type" if is_request(&attribute.value) => {
                    Some((Self::Header("CONTENT_TYPE".into()), Absent::Empty))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// `"X" in request.headers`: what it asks for, and whether it asks for its absence.
    pub(crate) fn asked(expr: &Expr) -> Option<(Self, bool)> {
        let Expr::Compare(compare) = expr else { return None };
        let ([op @ (CmpOp::In | CmpOp::NotIn)], [of]) = (&*compare.ops, &*compare.comparators) else { return None };
        Some((Self::of(of, &compare.left)?, *op == CmpOp::NotIn))
    }

    fn of(of: &Expr, key: &Expr) -> Option<Self> {
        match last(of)?.as_str() {
            "META" => {
                let key = string(key)?;
                let name = key.strip_prefix("HTTP_").or((key == "CONTENT_TYPE").then_some(key.as_str()))?;
                Some(Self::Header(name.to_owned()))
            }
            "headers" => Some(Self::Header(string(key)?.to_ascii_uppercase().replace('-', "_"))),
            "COOKIES" => Some(Self::Cookie),
            _ => None,
        }
    }
}

fn absent(default: &Expr) -> Absent {
    match default {
        Expr::NoneLiteral(_) => Absent::None,
        Expr::StringLiteral(literal) if literal.value.is_empty() => Absent::Empty,
        Expr::BytesLiteral(literal) if literal.value.is_empty() => Absent::Empty,
        _ => Absent::Other,
    }
}

fn is_request(expr: &Expr) -> bool {
    dotted(expr).is_some_and(|name| name == "request" || name.ends_with(".request"))
}
