//! A header decides whether CSRF is checked.
//!
//! A condition on a request header or cookie under which the check is switched off (`_dont_enforce_csrf_checks`), or under
//! which `process_view` of a `CsrfViewMiddleware` or `enforce_csrf` of an authentication returns without checking. What a page
//! of another site sends by itself (a content type, `Origin`, a cookie), or need only leave out, is worse than a header that
//! it cannot send.

use ruff_python_ast::{BoolOp, CmpOp, Expr, Stmt, StmtClassDef, StmtFunctionDef, StmtIf, UnaryOp};
use ruff_text_size::Ranged;

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    proxy::is_identity,
    python::{Module, dotted, last, statements, string},
    request::Part,
    source::Span,
};

pub(super) const CHECK: Check = Check {
    id: "csrf-decided-by-header",
    side: Side::Django,
    title: "A header decides whether CSRF is checked",
    severity: Severity::High,
    references: &["CWE-352", "CWE-807"],
    why: "The request is asked whether it wants to be checked, and the page that forges it answers. Even a header that pages cannot send today is sent for them by the first generous CORS rule or open redirect.",
    fix: "Check every request that a session or certificate signs in; give programs a route of their own that takes a token and no session.",
    source: include_str!("csrf_decided_by_header.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for decision in decisions(project) {
        let at = (&decision.condition, decision.reason.label());
        let message = decision.reason.message();
        found.rated(decision.reason.severity(), Confidence::High, message, at, &[(&decision.skip, "not checked then")]);
    }
}

/// A condition, and what it skips.
pub(super) struct Decision {
    condition: Span,
    pub(super) skip: Span,
    reason: Reason,
}

/// What the condition asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    /// From the least bad: a header that a page cannot send.
    Custom(String),
    NoCookie,
    NotCustom(String),
    Cookie,
    Proxy(String),
    Sent(String),
}

impl Reason {
    fn of(part: Part, absent: bool) -> Self {
        let Part::Header(name) = part else { return if absent { Self::NoCookie } else { Self::Cookie } };
        let shown = name.split('_').map(capital).collect::<Vec<_>>().join("-");
        if is_identity(&name) || name.starts_with("X_FORWARDED") || name == "X_REAL_IP" {
            Self::Proxy(shown)
        } else if is_browsers(&name) {
            Self::Sent(shown)
        } else if absent {
            Self::NotCustom(shown)
        } else {
            Self::Custom(shown)
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::Custom(_) | Self::NoCookie => Severity::Medium,
            _ => Severity::High,
        }
    }

    fn label(&self) -> &'static str {
        match self {
            Self::Custom(_) => "asked of the request itself",
            Self::NotCustom(_) | Self::NoCookie => "a page leaves it out",
            Self::Cookie | Self::Proxy(_) => "attached to forged requests too",
            Self::Sent(_) => "any page decides this",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Custom(name) => format!(
                "a request with the header {name} is not checked; a page of another site cannot send it unless CORS lets it"
            ),
            Self::NotCustom(name) => {
                format!("a request without the header {name} is not checked, and no form sends it")
            }
            Self::NoCookie => {
                "a request without a cookie is not checked, although a certificate or a header may sign it in".into()
            }
            Self::Cookie => {
                "a cookie decides that a request is not checked, and browsers attach it to forged ones".into()
            }
            Self::Proxy(name) => {
                format!(
                    "the header {name} decides that a request is not checked, and a proxy attaches it to forged ones"
                )
            }
            Self::Sent(name) => {
                format!("the header {name} decides that a request is not checked, and any page has a say in it")
            }
        }
    }
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
    first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
}

/// Headers that a page of another site has a say in without a preflight, or that browsers attach.
fn is_browsers(name: &str) -> bool {
    matches!(
        name,
        "ACCEPT"
            | "ACCEPT_LANGUAGE"
            | "CONTENT_LANGUAGE"
            | "CONTENT_TYPE"
            | "COOKIE"
            | "HOST"
            | "ORIGIN"
            | "REFERER"
            | "USER_AGENT"
            | "RANGE"
    )
}

pub(super) fn decisions(project: &Project) -> Vec<Decision> {
    let mut all = Vec::new();
    for module in project.modules.iter().filter(|module| !module.is_for_tests()) {
        // Most modules have nothing of it.
        let text = &module.source.text;
        if !["_dont_enforce_csrf_checks", "csrf_processing_done", "CsrfViewMiddleware", "enforce_csrf"]
            .iter()
            .any(|word| text.contains(word))
        {
            continue;
        }
        statements(&module.ast.body, &mut |statement| match statement {
            Stmt::FunctionDef(function) => switched_off(module, function, &mut all),
            Stmt::ClassDef(class) => skipped(module, class, &mut all),
            _ => {}
        });
    }
    all
}

/// `if header: request._dont_enforce_csrf_checks = True`
fn switched_off(module: &Module, function: &StmtFunctionDef, all: &mut Vec<Decision>) {
    statements(&function.body, &mut |statement| {
        let Stmt::If(condition) = statement else { return };
        for (test, negated, body) in branches(condition) {
            let mut skip = None;
            for inner in body {
                if switches(inner) && skip.is_none() {
                    skip = Some(module.span(inner));
                }
            }
            let reason = reason(test, negated, function, 0);
            if let (Some(skip), Some(reason)) = (skip, reason) {
                all.push(Decision { condition: module.span(test), skip, reason });
            }
        }
    });
}

/// Each test, whether it must fail, and what then runs.
fn branches(condition: &StmtIf) -> Vec<(&Expr, bool, &[Stmt])> {
    let mut all: Vec<(&Expr, bool, &[Stmt])> = vec![(&condition.test, false, &condition.body)];
    let mut before: &Expr = &condition.test;
    for clause in &condition.elif_else_clauses {
        match &clause.test {
            Some(test) => {
                all.push((test, false, &clause.body));
                before = test;
            }
            None => all.push((before, true, &clause.body)),
        }
    }
    all
}

fn switches(statement: &Stmt) -> bool {
    let names = |name: &str| matches!(name, "_dont_enforce_csrf_checks" | "csrf_processing_done");
    match statement {
        Stmt::Assign(assign) => {
            let on = matches!(&*assign.value, Expr::BooleanLiteral(literal) if literal.value);
            let to = |target: &Expr| matches!(target, Expr::Attribute(attribute) if names(&attribute.attr));
            on && assign.targets.iter().any(to)
        }
        Stmt::Expr(expression) => match &*expression.value {
            Expr::Call(call) if last(&call.func).as_deref() == Some("setattr") => {
                let name = call.arguments.args.get(1).and_then(string);
                let on = call.arguments.args.get(2);
                name.is_some_and(|name| names(&name)) && matches!(on, Some(Expr::BooleanLiteral(on)) if on.value)
            }
            _ => false,
        },
        _ => false,
    }
}

/// `if header: return None` before the check of a subclass.
fn skipped(module: &Module, class: &StmtClassDef, all: &mut Vec<Decision>) {
    let bases: Vec<String> =
        class.arguments.as_ref().map(|all| all.args.iter().filter_map(last).collect()).unwrap_or_default();
    let derives = |end: &str| bases.iter().any(|base| base.ends_with(end));
    for statement in &class.body {
        let Stmt::FunctionDef(function) = statement else { continue };
        let checks = match function.name.as_str() {
            "process_view" if derives("CsrfViewMiddleware") => "process_view(",
            "enforce_csrf" if derives("Authentication") => "enforce_csrf(",
            _ => continue,
        };
        let calls = |body: &[Stmt]| body.iter().any(|statement| module.span(statement).text().contains(checks));
        for (at, statement) in function.body.iter().enumerate() {
            let Stmt::If(condition) = statement else { continue };
            let rest = function.body.get(at + 1..).unwrap_or_default();
            for (test, negated, body) in branches(condition) {
                let leaves =
                    body.iter().any(|inner| matches!(inner, Stmt::Return(result) if is_none(result.value.as_deref())));
                // The check stands in this branch, and nothing else leads to it.
                let alone = calls(body) && condition.elif_else_clauses.is_empty() && !calls(rest);
                let skip = match body.first() {
                    Some(first) if leaves && !calls(body) => (negated, module.span(first)),
                    Some(_) if alone => (!negated, module.at(function.name.range())),
                    _ => continue,
                };
                if let Some(reason) = reason(test, skip.0, function, 0) {
                    all.push(Decision { condition: module.span(test), skip: skip.1, reason });
                }
            }
        }
    }
}

fn is_none(value: Option<&Expr>) -> bool {
    matches!(value, None | Some(Expr::NoneLiteral(_)))
}

/// What must be so of a request for this to hold; `None` where it is not only that.
fn reason(test: &Expr, negated: bool, function: &StmtFunctionDef, depth: usize) -> Option<Reason> {
    if depth > 8 {
        return None;
    }
    if let Some((part, absent)) = Part::asked(test) {
        return Some(Reason::of(part, absent != negated));
    }
    if let Some((part, _)) = Part::read(test) {
        return Some(Reason::of(part, negated));
    }
    match test {
        Expr::UnaryOp(not) if not.op == UnaryOp::Not => reason(&not.operand, !negated, function, depth + 1),
        Expr::BoolOp(both) => {
            let values = both.values.iter();
            let known = values.filter_map(|value| match reason(value, negated, function, depth + 1) {
                Some(reason) => Some(Some(reason)),
                None if is_lookup(value) => None,
                None => Some(None),
            });
            // All of it must be so, what is not followed as well; or one.
            if (both.op == BoolOp::And) != negated {
                known.collect::<Option<Vec<Reason>>>()?.into_iter().min()
            } else {
                known.flatten().max()
            }
        }
        Expr::Compare(compare) => {
            let ([op], [right]) = (&*compare.ops, &*compare.comparators) else { return None };
            let not = match op {
                CmpOp::Eq | CmpOp::In => false,
                CmpOp::NotEq | CmpOp::NotIn => true,
                CmpOp::Is | CmpOp::IsNot if right.is_none_literal_expr() => *op == CmpOp::Is,
                _ => return None,
            };
            // A secret is more than a header.
            if *op == CmpOp::Eq && !is_plain(right) && !is_plain(&compare.left) {
                return None;
            }
            if *op == CmpOp::Eq
                && !negated
                && let Some(reason) = preflighted(&compare.left, right)
            {
                return Some(reason);
            }
            let of = |side: &Expr| reason(side, negated != not, function, depth + 1);
            of(&compare.left).or_else(|| of(right))
        }
        // `.startswith("…")`, `.lower()` of what is read.
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(attribute)
                if matches!(
                    attribute.attr.as_str(),
                    "startswith" | "endswith" | "lower" | "upper" | "strip" | "split"
                ) =>
            {
                let start = call.arguments.args.first().filter(|_| !negated && attribute.attr.as_str() == "startswith");
                start
                    .and_then(|start| preflighted(&attribute.value, start))
                    .or_else(|| reason(&attribute.value, negated, function, depth + 1))
            }
            _ => None,
        },
        Expr::Name(name) => reason(assigned(function, &name.id)?, negated, function, depth + 1),
        _ => None,
    }
}

/// A content type that no form has, so that browsers ask before they send it.
fn preflighted(of: &Expr, value: &Expr) -> Option<Reason> {
    let (Part::Header(name), _) = Part::read(of)? else { return None };
    let value = string(value)?;
    let simple = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
    let asks = name == "CONTENT_TYPE" && value.contains('/') && !simple.iter().any(|simple| simple.starts_with(&value));
    asks.then(|| Reason::Custom(format!("Content-Type: {value}")))
}

/// `request.method == "POST"`, `request.path.startswith("…")`: nothing that a sender proves by it.
fn is_lookup(expr: &Expr) -> bool {
    match expr {
        Expr::UnaryOp(not) => is_lookup(&not.operand),
        Expr::Compare(compare) => is_lookup(&compare.left) && compare.comparators.iter().all(is_plain),
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(attribute) => {
                matches!(attribute.attr.as_str(), "startswith" | "endswith") && is_lookup(&attribute.value)
            }
            _ => false,
        },
        Expr::Attribute(_) => dotted(expr).is_some_and(|name| name.starts_with("request.")),
        _ => false,
    }
}

fn is_plain(expr: &Expr) -> bool {
    expr.is_literal_expr() || matches!(expr, Expr::List(_) | Expr::Tuple(_) | Expr::Set(_))
}

/// What the name was given, if that happened once.
fn assigned<'a>(function: &'a StmtFunctionDef, name: &str) -> Option<&'a Expr> {
    let mut values = Vec::new();
    statements(&function.body, &mut |statement| {
        if let Stmt::Assign(assign) = statement
            && assign.targets.iter().any(|target| dotted(target).as_deref() == Some(name))
        {
            values.push(&*assign.value);
        }
    });
    if let [value] = values.as_slice() { Some(value) } else { None }
}
