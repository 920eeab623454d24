//! A key from a variable that may be unset.
//!
//! A key, token or secret is read from the environment without a default, or with an empty one, and compared with what a
//! request sends. Without the variable `None` equals a header that was not sent, `""` an empty one, and `f"Bearer {None}"` and
//! Django's `constant_time_compare(None, …)` the word. Quiet where the key, or what was sent, is tested first, and for
//! `os.environ["KEY"]`, which fails at start.

use ruff_python_ast::{
    CmpOp, Expr, ExprCall, Operator, Stmt, StmtFunctionDef, UnaryOp,
    visitor::{Visitor, walk_expr, walk_stmt},
};

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    python::{Module, dotted, last, statements, string},
    request::{Absent, Part},
    source::Span,
};

pub(super) const CHECK: Check = Check {
    id: "api-key-from-environment",
    side: Side::Django,
    title: "A key from a variable that may be unset",
    severity: Severity::Critical,
    references: &["CWE-1188", "CWE-287"],
    why: "A deployment that forgets the variable works, and lets everybody in. Nothing fails and no test notices, because the tests set it.",
    fix: "Read it with os.environ[\"…\"], so that the server does not start without it, or refuse every request while it is empty.",
    source: include_str!("api_key_from_environment.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for module in project.modules.iter().filter(|module| !module.is_for_tests()) {
        statements(&module.ast.body, &mut |statement| {
            if let Stmt::FunctionDef(function) = statement {
                let mut eye = Eye::default();
                eye.visit_body(&function.body);
                let within = Within { project, module, function, tested: &eye.tested };
                for (whole, kind, one, other) in &eye.compared {
                    for (key, sent) in [(one, other), (other, one)] {
                        if let Some(sent_as) = within.sent(sent)
                            && let Some(fault) = within.judge(*kind, key, sent, sent_as)
                        {
                            let at = (&module.span(*whole), fault.label);
                            let related: Vec<(&Span, &str)> =
                                fault.key.read_at.iter().map(|span| (span, "unset here")).collect();
                            found.add(fault.key.confidence, fault.message, at, &related);
                        }
                    }
                }
            }
        });
    }
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `==` and `!=`
    Plain,
    /// `hmac.compare_digest`, which refuses None.
    Digest,
    /// Of `django.utils.crypto`, which takes None for the word.
    Django,
}

/// A key that is not there unless somebody sets it.
struct Key {
    name: String,
    /// Whether it is then `""` instead of None.
    empty: bool,
    read_at: Option<Span>,
    confidence: Confidence,
}

struct Fault {
    key: Key,
    message: String,
    label: &'static str,
}

/// What a function compares and tests, those within it left out.
#[derive(Default)]
struct Eye<'a> {
    compared: Vec<(&'a Expr, Kind, &'a Expr, &'a Expr)>,
    tested: Vec<&'a Expr>,
}

impl<'a> Visitor<'a> for Eye<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => return,
            Stmt::If(condition) => {
                self.tested.push(&condition.test);
                self.tested.extend(condition.elif_else_clauses.iter().filter_map(|clause| clause.test.as_ref()));
            }
            Stmt::Assert(assertion) => self.tested.push(&assertion.test),
            _ => {}
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        self.note(expr);
        walk_expr(self, expr);
    }
}

impl<'a> Eye<'a> {
    /// Apart from `visit_expr`, whose frames a deep file piles up.
    fn note(&mut self, expr: &'a Expr) {
        match expr {
            Expr::UnaryOp(not) if not.op == UnaryOp::Not => self.tested.push(&not.operand),
            Expr::BoolOp(both) => self.tested.extend(&both.values),
            Expr::If(choice) => self.tested.push(&choice.test),
            Expr::Compare(compare) => {
                let ([op], [right]) = (&*compare.ops, &*compare.comparators) else { return };
                // `is None`, `== ""`, `in (None, "")`.
                if right.is_literal_expr() || matches!(right, Expr::Tuple(_) | Expr::List(_) | Expr::Set(_)) {
                    self.tested.push(&compare.left);
                } else if matches!(op, CmpOp::Eq | CmpOp::NotEq) {
                    self.compared.push((expr, Kind::Plain, &compare.left, right));
                }
            }
            Expr::Call(call) => {
                let kind = match last(&call.func).as_deref() {
                    Some("compare_digest") => Kind::Digest,
                    Some("constant_time_compare") => Kind::Django,
                    Some("all" | "any" | "len" | "bool") => {
                        self.tested.extend(&call.arguments.args);
                        return;
                    }
                    _ => return,
                };
                if let [one, other] = &*call.arguments.args {
                    self.compared.push((expr, kind, one, other));
                }
            }
            _ => {}
        }
    }
}

/// The function in which something is compared.
struct Within<'a> {
    project: &'a Project,
    module: &'a Module,
    function: &'a StmtFunctionDef,
    tested: &'a [&'a Expr],
}

impl Within<'_> {
    fn judge(&self, kind: Kind, key_side: &Expr, sent_side: &Expr, sent: Absent) -> Option<Fault> {
        if let Some(key) = self.key(key_side) {
            let name = &key.name;
            let (message, label, word) = match (kind, key.empty, sent) {
                (Kind::Plain, false, Absent::None) => (
                    format!("without the variable {name} every request that sends no key has the right one"),
                    "None equals None",
                    false,
                ),
                (Kind::Django, false, _) => (
                    format!("without the variable {name} the word None is the right key"),
                    "constant_time_compare takes None for \"None\"",
                    true,
                ),
                (_, true, _) => {
                    (format!("without the variable {name} an empty key is the right one"), "empty equals empty", false)
                }
                _ => return None,
            };
            // Whoever tests what was sent refuses nothing and an empty text, and lets a word through.
            let refused = self.is_tested(key_side) || (!word && self.is_tested(sent_side));
            return (!refused).then_some(Fault { key, message, label });
        }
        // `f"Bearer {KEY}"`, or a name for it.
        let key_side = match key_side {
            Expr::Name(name) => assigned(&self.function.body, &name.id)?,
            other => other,
        };
        let key = parts(key_side).into_iter().find(|part| !self.is_tested(part) && self.key(part).is_some())?;
        let fails = matches!(key_side, Expr::BinOp(sum) if sum.op == Operator::Add);
        let key = self.key(key)?;
        if fails && !key.empty {
            return None;
        }
        let (word, label) = if key.empty {
            ("nothing stands", "the text around it is the key")
        } else {
            ("the word None stands", "None is the word \"None\" here")
        };
        let message = format!("without the variable {} {word} in its place, and anybody can send that", key.name);
        Some(Fault { key, message, label })
    }

    /// How this is read of the request, if it is.
    fn sent(&self, expr: &Expr) -> Option<Absent> {
        match expr {
            Expr::Name(name) => sent(assigned(&self.function.body, &name.id)?),
            other => sent(other),
        }
    }

    fn key(&self, expr: &Expr) -> Option<Key> {
        if let Some((name, empty)) = unset(expr) {
            return Some(Key { name, empty, read_at: None, confidence: Confidence::High });
        }
        match expr {
            Expr::Name(name) => {
                let own = assigned(&self.function.body, &name.id);
                let value = match own {
                    Some(value) => value,
                    None if is_parameter(self.function, &name.id) => return None,
                    None => {
                        let mut outer = Eye::default();
                        for statement in &self.module.ast.body {
                            outer.visit_stmt(statement);
                        }
                        if outer.tested.iter().any(|tested| last(tested).as_deref() == Some(name.id.as_str())) {
                            return None;
                        }
                        assigned(&self.module.ast.body, &name.id)?
                    }
                };
                // `token = settings.TOKEN`
                if let Some(setting) = setting_named(value) {
                    return self.setting(setting);
                }
                let (name, empty) = unset(value)?;
                Some(Key { name, empty, read_at: Some(self.module.span(value)), confidence: Confidence::High })
            }
            other => self.setting(setting_named(other)?),
        }
    }

    /// What the project's settings have, if none sets it and nothing tests it.
    fn setting(&self, wanted: &str) -> Option<Key> {
        let tests = [
            format!("not settings.{wanted}"),
            format!("if settings.{wanted}:"),
            format!("settings.{wanted} is"),
            format!("not {wanted}:"),
        ];
        let mut key = None;
        for module in self.project.modules.iter().filter(|module| !module.is_for_tests()) {
            if tests.iter().any(|test| module.source.text.contains(test.as_str())) {
                return None;
            }
            if module.is_for_developers() || !module.source.path.contains("settings") {
                continue;
            }
            let values = all_assigned(&module.ast.body, wanted);
            for value in values {
                // Set to something, somewhere.
                let (name, empty) = unset(value)?;
                key = Some(Key { name, empty, read_at: Some(module.span(value)), confidence: Confidence::Medium });
            }
        }
        key
    }

    fn is_tested(&self, expr: &Expr) -> bool {
        let text = |expr: &Expr| self.module.span(expr).text().to_owned();
        let wanted = text(expr);
        self.tested.iter().any(|tested| text(tested) == wanted)
    }
}

/// `settings.KEY`
fn setting_named(expr: &Expr) -> Option<&str> {
    let Expr::Attribute(attribute) = expr else { return None };
    (dotted(&attribute.value).as_deref() == Some("settings")).then_some(attribute.attr.as_str())
}

/// A variable of the environment that is None or `""` when it is not set, and sounds like a key.
fn unset(expr: &Expr) -> Option<(String, bool)> {
    let Expr::Call(call) = expr else { return None };
    // `os.environ.get("KEY", "").strip()`
    if let Expr::Attribute(attribute) = &*call.func
        && matches!(attribute.attr.as_str(), "strip" | "encode")
    {
        return unset(&attribute.value).filter(|(_, empty)| *empty);
    }
    let (function, name) = (dotted(&call.func)?, call.arguments.args.first());
    let default = call.arguments.args.get(1).or_else(|| call.arguments.find_keyword("default").map(|one| &one.value));
    let last = function.rsplit('.').next().unwrap_or_default();
    let (name, empty) = if function.ends_with("environ.get") || last == "getenv" {
        (string(name?)?, default.map_or(Some(false), nothing)?)
    } else if matches!(function.as_str(), "env" | "env.str" | "config") {
        // These fail without a default.
        (string(name?)?, nothing(default?)?)
    } else {
        return None;
    };
    sounds_secret(&name).then_some((name, empty))
}

/// `None` or `""`: whether it is the text.
fn nothing(default: &Expr) -> Option<bool> {
    match default {
        Expr::NoneLiteral(_) => Some(false),
        Expr::StringLiteral(literal) if literal.value.is_empty() => Some(true),
        _ => None,
    }
}

fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["KEY", "TOKEN", "SECRET", "PASS", "CREDENTIAL"].iter().any(|word| name.contains(word))
}

fn sent(expr: &Expr) -> Option<Absent> {
    if let Some((_, absent)) = Part::read(expr) {
        return Some(absent);
    }
    let Expr::Call(call) = expr else { return None };
    let Expr::Attribute(attribute) = &*call.func else { return None };
    match attribute.attr.as_str() {
        "get" if matches!(last(&attribute.value)?.as_str(), "GET" | "POST" | "data" | "query_params") => {
            is_of_request(&attribute.value).then(|| match call.arguments.args.get(1) {
                None | Some(Expr::NoneLiteral(_)) => Absent::None,
                Some(_) => Absent::Other,
            })
        }
        // These fail on None.
        "removeprefix" | "replace" | "strip" | "lower" => sent(&attribute.value).map(|_| Absent::Other),
        _ => None,
    }
}

fn is_of_request(expr: &Expr) -> bool {
    dotted(expr).is_some_and(|name| name.starts_with("request.") || name.contains(".request."))
}

/// What a text is made of, if it is made here.
fn parts(expr: &Expr) -> Vec<&Expr> {
    struct All<'a>(Vec<&'a Expr>);
    impl<'a> Visitor<'a> for All<'a> {
        fn visit_expr(&mut self, expr: &'a Expr) {
            self.0.push(expr);
            walk_expr(self, expr);
        }
    }
    let made = match expr {
        Expr::FString(_) => true,
        Expr::BinOp(sum) => matches!(sum.op, Operator::Add | Operator::Mod) && sum.left.is_string_literal_expr(),
        Expr::Call(ExprCall { func, .. }) => {
            matches!(&**func, Expr::Attribute(format) if format.attr.as_str() == "format" && format.value.is_string_literal_expr())
        }
        _ => false,
    };
    let mut all = All(Vec::new());
    if made {
        walk_expr(&mut all, expr);
    }
    all.0
}

fn is_parameter(function: &StmtFunctionDef, name: &str) -> bool {
    function.parameters.iter().any(|parameter| parameter.name().as_str() == name)
}

/// What the name was given, if that happened once.
fn assigned<'a>(body: &'a [Stmt], name: &str) -> Option<&'a Expr> {
    if let [value] = all_assigned(body, name).as_slice() { Some(value) } else { None }
}

/// Not in functions and classes within.
fn all_assigned<'a>(body: &'a [Stmt], name: &str) -> Vec<&'a Expr> {
    struct Assignments<'a, 'n>(Vec<&'a Expr>, &'n str);
    impl<'a> Visitor<'a> for Assignments<'a, '_> {
        fn visit_stmt(&mut self, statement: &'a Stmt) {
            let is = |target: &Expr| matches!(target, Expr::Name(name) if name.id.as_str() == self.1);
            match statement {
                Stmt::FunctionDef(_) | Stmt::ClassDef(_) => return,
                Stmt::Assign(assign) if assign.targets.iter().any(is) => self.0.push(&assign.value),
                Stmt::AnnAssign(assign) if is(&assign.target) => self.0.extend(assign.value.as_deref()),
                _ => {}
            }
            walk_stmt(self, statement);
        }

        fn visit_expr(&mut self, _: &'a Expr) {}
    }
    let mut all = Assignments(Vec::new(), name);
    all.visit_body(body);
    all.0
}
