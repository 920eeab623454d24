//! Django settings, as far as reading them tells.
//!
//! Star imports, `+=`, list methods and conditions are followed. What the environment decides, or code
//! that is not followed, is [`Value::Unknown`], and no check guesses at it.

use std::collections::HashMap;

use ruff_python_ast::{Expr, ExprCall, Operator, Stmt, StmtIf};

use crate::{
    Confidence,
    python::{Module, dotted, string},
    source::Span,
};

/// What a setting is known to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Str(String),
    Bool(bool),
    Int(i64),
    None,
    List(Vec<Value>),
    /// This, unless the environment says otherwise.
    Default(Box<Value>),
    /// Decided elsewhere: by the environment, a condition, a call.
    Unknown,
}

impl Value {
    /// The strings of a list that is known in whole.
    pub(crate) fn strings(&self) -> Option<Vec<&str>> {
        let Self::List(items) = self else { return None };
        items.iter().map(|item| if let Self::Str(text) = item { Some(text.as_str()) } else { None }).collect()
    }

    /// The strings of a list that are known, whatever else is in it.
    pub(crate) fn some_strings(&self) -> Vec<&str> {
        let Self::List(items) = self else { return Vec::new() };
        items.iter().filter_map(|item| if let Self::Str(text) = item { Some(text.as_str()) } else { None }).collect()
    }
}

/// A setting, and where it got its value last.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) value: Value,
    pub(crate) span: Span,
}

/// The value of a setting, for whoever judges it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) value: &'a Value,
    pub(crate) span: &'a Span,
    /// The environment can say otherwise.
    pub(crate) by_default: bool,
}

impl Known<'_> {
    /// That of a value which is written there; a default is a hint.
    pub(crate) fn confidence(&self, written: Confidence) -> Confidence {
        if self.by_default { Confidence::Low } else { written }
    }

    /// A sentence about it, told as what it is.
    pub(crate) fn told(&self, sentence: &str) -> String {
        let unless = if self.by_default { ", unless the environment says otherwise" } else { "" };
        format!("{sentence}{unless}")
    }
}

/// The settings that a module has in the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) all: HashMap<String, Setting>,
    /// Something was imported that is not part of the project: what is missing may be there.
    pub(crate) partly_elsewhere: bool,
}

impl Settings {
    pub(crate) fn get(&self, name: &str) -> Option<&Setting> {
        self.all.get(name)
    }

    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.get(name).map(|setting| &setting.value)
    }

    /// Whether Django's default holds, as long as that is False or None.
    pub(crate) fn unset(&self, name: &str) -> bool {
        matches!(self.value(name), None | Some(Value::Bool(false) | Value::None))
    }

    /// Whether somebody decided against one of Django's own checks.
    pub(crate) fn silences(&self, check: &str) -> bool {
        self.value("SILENCED_SYSTEM_CHECKS").is_some_and(|value| value.some_strings().contains(&check))
    }

    /// What a setting is, or is as long as the environment does not say otherwise.
    pub(crate) fn known(&self, name: &str) -> Option<Known<'_>> {
        let setting = self.get(name)?;
        Some(match &setting.value {
            Value::Default(value) => Known { value, span: &setting.span, by_default: true },
            value => Known { value, span: &setting.span, by_default: false },
        })
    }

    pub(crate) fn is(&self, name: &str, value: bool) -> bool {
        self.value(name) == Some(&Value::Bool(value))
    }
}

/// Follows the modules of a project.
pub(crate) struct Reader<'a> {
    modules: &'a [Module],
    read: HashMap<String, Settings>,
    /// Modules that others take their settings from.
    pub(crate) imported: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(modules: &'a [Module]) -> Self {
        Self { modules, read: HashMap::new(), imported: Vec::new() }
    }

    pub(crate) fn read(&mut self, module: &Module, depth: usize) -> Settings {
        if let Some(read) = self.read.get(&module.name) {
            return read.clone();
        }
        let mut settings = Settings::default();
        // An import that comes back to itself ends here.
        if depth < 16 {
            self.run(module, &module.ast.body, &mut settings, depth);
        }
        self.read.insert(module.name.clone(), settings.clone());
        settings
    }

    fn run(&mut self, module: &Module, body: &[Stmt], settings: &mut Settings, depth: usize) {
        for statement in body {
            match statement {
                Stmt::Assign(assign) => {
                    let value = evaluate(&assign.value, settings);
                    for target in &assign.targets {
                        if let Expr::Name(name) = target {
                            let span = module.span(statement);
                            settings.all.insert(name.id.to_string(), Setting { value: value.clone(), span });
                        }
                    }
                }
                Stmt::AnnAssign(assign) => {
                    if let (Expr::Name(name), Some(value)) = (&*assign.target, &assign.value) {
                        let value = evaluate(value, settings);
                        settings.all.insert(name.id.to_string(), Setting { value, span: module.span(statement) });
                    }
                }
                Stmt::AugAssign(assign) => {
                    if let Expr::Name(name) = &*assign.target {
                        let more = evaluate(&assign.value, settings);
                        let before = settings.value(&name.id).cloned().unwrap_or(Value::Unknown);
                        let value = if assign.op == Operator::Add { add(before, more) } else { Value::Unknown };
                        settings.all.insert(name.id.to_string(), Setting { value, span: module.span(statement) });
                    }
                }
                Stmt::Expr(expression) => method(module, &expression.value, settings),
                Stmt::ImportFrom(import) => {
                    let from = import.module.as_ref().map(ToString::to_string).unwrap_or_default();
                    let Some(found) = self.find(module, &from, import.level) else {
                        settings.partly_elsewhere |= import.names.iter().any(|name| name.name.as_str() == "*");
                        continue;
                    };
                    let index = found;
                    let Some(other) = self.modules.get(index) else { continue };
                    if import.names.iter().any(|name| name.name.as_str() == "*") {
                        self.imported.push(other.name.clone());
                        let theirs = self.read(other, depth + 1);
                        settings.partly_elsewhere |= theirs.partly_elsewhere;
                        settings.all.extend(theirs.all);
                    } else if import.names.iter().any(|name| is_setting(&name.name)) {
                        let theirs = self.read(other, depth + 1);
                        for name in &import.names {
                            if let Some(setting) = theirs.all.get(name.name.as_str()) {
                                let to = name.asname.as_ref().unwrap_or(&name.name);
                                settings.all.insert(to.to_string(), setting.clone());
                            }
                        }
                    }
                }
                Stmt::If(condition) => self.branch(module, condition, settings, depth),
                Stmt::Try(attempt) => {
                    let mut tried = settings.clone();
                    self.run(module, &attempt.body, &mut tried, depth);
                    let mut failed = settings.clone();
                    for handler in &attempt.handlers {
                        let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
                        self.run(module, &handler.body, &mut failed, depth);
                    }
                    *settings = merged(tried, failed);
                }
                Stmt::With(block) => self.run(module, &block.body, settings, depth),
                _ => {}
            }
        }
    }

    fn branch(&mut self, module: &Module, condition: &StmtIf, settings: &mut Settings, depth: usize) {
        let test = evaluate(&condition.test, settings);
        let mut taken = settings.clone();
        self.run(module, &condition.body, &mut taken, depth);
        let mut other = settings.clone();
        for clause in &condition.elif_else_clauses {
            self.run(module, &clause.body, &mut other, depth);
        }
        *settings = match test {
            Value::Bool(true) => taken,
            Value::Bool(false) => other,
            _ => merged(taken, other),
        };
    }

    /// The module that an import names.
    fn find(&self, from: &Module, name: &str, level: u32) -> Option<usize> {
        let wanted = if level == 0 {
            name.to_owned()
        } else {
            let package = from.source.path.ends_with("/__init__.py");
            let up = usize::try_from(level).unwrap_or(1) - usize::from(package);
            let mut parts: Vec<&str> = from.name.split('.').collect();
            parts.truncate(parts.len().saturating_sub(up));
            if !name.is_empty() {
                parts.push(name);
            }
            parts.join(".")
        };
        let exact = self.modules.iter().position(|module| module.name == wanted);
        // The project may lie in a folder of what is audited.
        exact.or_else(|| {
            if level > 0 {
                return None;
            }
            let end = format!(".{wanted}");
            self.modules.iter().position(|module| module.name.ends_with(&end))
        })
    }
}

fn is_setting(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// What two ways lead to: the same, or nobody knows.
fn merged(one: Settings, other: Settings) -> Settings {
    let mut all = one.all;
    // What one way alone sets has Django's default, or nothing, on the other.
    for (name, ours) in &mut all {
        if !other.all.contains_key(name) {
            ours.value = Value::Unknown;
        }
    }
    for (name, theirs) in other.all {
        match all.get_mut(&name) {
            Some(ours) if ours.value == theirs.value => {}
            Some(ours) => ours.value = Value::Unknown,
            None => {
                all.insert(name, Setting { value: Value::Unknown, span: theirs.span });
            }
        }
    }
    Settings { all, partly_elsewhere: one.partly_elsewhere || other.partly_elsewhere }
}

fn add(one: Value, other: Value) -> Value {
    let known = |value| if let Value::Default(_) = value { Value::Unknown } else { value };
    match (known(one), known(other)) {
        (Value::List(mut one), Value::List(other)) => {
            one.extend(other);
            Value::List(one)
        }
        (Value::List(mut one), Value::Unknown) | (Value::Unknown, Value::List(mut one)) => {
            one.push(Value::Unknown);
            Value::List(one)
        }
        (Value::Str(one), Value::Str(other)) => Value::Str(one + &other),
        (Value::Int(one), Value::Int(other)) => one.checked_add(other).map_or(Value::Unknown, Value::Int),
        _ => Value::Unknown,
    }
}

/// `MIDDLEWARE.insert(0, "…")` and its kin.
fn method(module: &Module, expr: &Expr, settings: &mut Settings) {
    let Expr::Call(call) = expr else { return };
    let Expr::Attribute(attribute) = &*call.func else { return };
    let Some(name) = dotted(&attribute.value) else { return };
    let Some(before) = settings.value(&name).cloned() else { return };
    let arguments: Vec<Value> = call.arguments.args.iter().map(|argument| evaluate(argument, settings)).collect();
    let value = match (attribute.attr.as_str(), before, arguments.as_slice()) {
        ("append", Value::List(mut list), [item]) => {
            list.push(item.clone());
            Value::List(list)
        }
        ("insert", Value::List(mut list), [Value::Int(at), item]) => {
            let at = usize::try_from(*at).unwrap_or(0).min(list.len());
            list.insert(at, item.clone());
            Value::List(list)
        }
        ("insert", Value::List(mut list), [_, item]) => {
            list.push(item.clone());
            Value::List(list)
        }
        ("extend", list, [more]) => add(list, more.clone()),
        ("remove", Value::List(mut list), [item]) => {
            list.retain(|other| other != item);
            Value::List(list)
        }
        ("append" | "insert" | "extend" | "remove" | "update" | "pop" | "setdefault", ..) => Value::Unknown,
        _ => return,
    };
    settings.all.insert(name, Setting { value, span: module.span(call) });
}

pub(crate) fn evaluate(expr: &Expr, settings: &Settings) -> Value {
    match expr {
        Expr::StringLiteral(_) => string(expr).map_or(Value::Unknown, Value::Str),
        Expr::BooleanLiteral(literal) => Value::Bool(literal.value),
        Expr::NoneLiteral(_) => Value::None,
        Expr::NumberLiteral(literal) => match &literal.value {
            ruff_python_ast::Number::Int(int) => int.as_i64().map_or(Value::Unknown, Value::Int),
            _ => Value::Unknown,
        },
        Expr::List(list) => Value::List(list.elts.iter().map(|item| evaluate(item, settings)).collect()),
        Expr::Tuple(tuple) => Value::List(tuple.elts.iter().map(|item| evaluate(item, settings)).collect()),
        Expr::Set(set) => Value::List(set.elts.iter().map(|item| evaluate(item, settings)).collect()),
        Expr::Name(name) => settings.value(&name.id).cloned().unwrap_or(Value::Unknown),
        Expr::BinOp(sum) if sum.op == Operator::Add => {
            add(evaluate(&sum.left, settings), evaluate(&sum.right, settings))
        }
        Expr::BinOp(product) if product.op == Operator::Mult => {
            match (evaluate(&product.left, settings), evaluate(&product.right, settings)) {
                (Value::Int(one), Value::Int(other)) => one.checked_mul(other).map_or(Value::Unknown, Value::Int),
                _ => Value::Unknown,
            }
        }
        Expr::UnaryOp(not) if not.op == ruff_python_ast::UnaryOp::Not => match evaluate(&not.operand, settings) {
            Value::Bool(value) => Value::Bool(!value),
            _ => Value::Unknown,
        },
        Expr::Call(call) if place(call, settings).is_some() => place(call, settings).map_or(Value::Unknown, Value::Int),
        Expr::Call(call) if matches!(dotted(&call.func).as_deref(), Some("list" | "tuple" | "set")) => {
            call.arguments.args.first().map_or(Value::List(Vec::new()), |inner| evaluate(inner, settings))
        }
        Expr::Call(call) => by_environment(call, settings).unwrap_or(Value::Unknown),
        _ => Value::Unknown,
    }
}

/// The default of what the environment decides: `os.environ.get("A", "x")`, `env.bool("A", default=True)`,
/// `config("A", default="x")`, and `.split(",")` of one.
fn by_environment(call: &ExprCall, settings: &Settings) -> Option<Value> {
    let arguments = &call.arguments;
    if let Expr::Attribute(attribute) = &*call.func
        && attribute.attr.as_str() == "split"
        && let Expr::Call(inner) = &*attribute.value
    {
        let Value::Default(value) = by_environment(inner, settings)? else { return None };
        let Value::Str(text) = *value else { return None };
        let item = |part: &str| Value::Str(part.to_owned());
        let items = match arguments.args.first().map(string) {
            None => text.split_whitespace().map(item).collect(),
            Some(Some(by)) if !by.is_empty() => text.split(&by).map(item).collect(),
            Some(_) => return None,
        };
        return Some(Value::Default(Box::new(Value::List(items))));
    }
    let name = dotted(&call.func)?;
    let asks = matches!(name.as_str(), "os.environ.get" | "environ.get" | "os.getenv" | "getenv")
        || matches!(name.split('.').next(), Some("env" | "config" | "environ" | "ENV"));
    let default = arguments.find_keyword("default").map(|keyword| &keyword.value).or_else(|| arguments.args.get(1));
    match evaluate(default.filter(|_| asks)?, settings) {
        Value::Unknown => None,
        value @ Value::Default(_) => Some(value),
        value => Some(Value::Default(Box::new(value))),
    }
}

/// `MIDDLEWARE.index("…")`
fn place(call: &ExprCall, settings: &Settings) -> Option<i64> {
    let Expr::Attribute(attribute) = &*call.func else { return None };
    let [item] = &*call.arguments.args else { return None };
    if attribute.attr.as_str() != "index" {
        return None;
    }
    let Some(Value::List(list)) = settings.value(&dotted(&attribute.value)?) else { return None };
    let item = Value::Str(string(item)?);
    // Something unknown before it may be several.
    let at = list.iter().position(|one| *one == item)?;
    if list.iter().take(at).any(|one| *one == Value::Unknown) { None } else { i64::try_from(at).ok() }
}
