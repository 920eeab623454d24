//! A GET that writes.
//!
//! A view that answers GET alone (`require_GET`, `require_safe`) and calls `save()`, `delete()`, `create()` or `update()`, or
//! `get` of a view class that does. Links that bring a token along are changes too; whether they matter is for a person to say.
//! In classes `get_or_create`, the session, and records of the read itself (a log, a count, a flag that says so) are left out.

use ruff_python_ast::{Expr, Stmt, StmtClassDef, StmtFunctionDef};

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    python::{Module, dotted, last, statements},
};

pub(super) const CHECK: Check = Check {
    id: "get-changes-state",
    side: Side::Django,
    title: "A GET that writes",
    severity: Severity::Medium,
    references: &["RFC 9110 section 9.2.1", "CWE-352"],
    why: "GET is not checked for CSRF: a link or an image anywhere makes the change in the name of whoever sees it. Caches and previews make it by themselves.",
    fix: "Change state on POST only.",
    source: include_str!("get_changes_state.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for (name, span) in &project.facts.changing_get {
        found.add(Confidence::Low, format!("`{name}` answers GET alone and writes"), (span, "written on a GET"), &[]);
    }
    for module in project.modules.iter().filter(|module| !module.is_for_tests()) {
        statements(&module.ast.body, &mut |statement| {
            if let Stmt::ClassDef(class) = statement {
                judge(module, class, found);
            }
        });
    }
}

fn judge(module: &Module, class: &StmtClassDef, found: &mut Found<'_>) {
    let bases = class.arguments.as_ref().map(|arguments| arguments.args.iter().filter_map(last).collect::<Vec<_>>());
    if !bases.unwrap_or_default().iter().any(|base| base.ends_with("View")) {
        return;
    }
    for statement in &class.body {
        let Stmt::FunctionDef(function) = statement else { continue };
        if function.name.as_str() != "get" {
            continue;
        }
        if let Some((call, confidence)) = write(module, function) {
            let message = format!("`{}` writes where it answers GET", class.name);
            let label = "written on a GET";
            match confidence {
                Confidence::Low => {
                    found.rated(Severity::Low, confidence, message, (&module.span(call), label), &[]);
                }
                _ => found.add(confidence, message, (&module.span(call), label), &[]),
            }
        }
    }
}

/// The surest write of a method.
fn write<'a>(module: &Module, function: &'a StmtFunctionDef) -> Option<(&'a Expr, Confidence)> {
    let whole = module.span(function).text().to_ascii_lowercase();
    // Whoever has the token may do it, and a page does not have it.
    let with_token = ["token", "signature", "signed", "uidb64", "secret"].iter().any(|word| whole.contains(word));
    let mut changed: Vec<String> = Vec::new();
    // `downloaded = True` and its kin.
    let mut marked: Vec<String> = Vec::new();
    let mut best: Option<(&Expr, Confidence)> = None;
    statements(&function.body, &mut |statement| {
        let value = match statement {
            Stmt::Expr(expression) => &*expression.value,
            Stmt::Assign(assign) => {
                for target in &assign.targets {
                    if let Expr::Attribute(attribute) = target {
                        let to = if is_of_reading(&attribute.attr) { &mut marked } else { &mut changed };
                        to.extend(dotted(&attribute.value));
                    }
                }
                &*assign.value
            }
            _ => return,
        };
        let Expr::Call(call) = value else { return };
        if let (Some("setattr"), Some(object)) = (last(&call.func).as_deref(), call.arguments.args.first()) {
            changed.extend(dotted(object));
        }
        let Expr::Attribute(attribute) = &*call.func else { return };
        // Of a form, which then only fills the object.
        if call.arguments.find_keyword("commit").is_some() {
            return;
        }
        let on = module.span(&*attribute.value).text().to_ascii_lowercase();
        // Those of models take no such arguments; those of files, caches and images do.
        let plain = call.arguments.args.is_empty();
        let on_rows = on.contains("objects") || on.contains(".filter(");
        let sure = match attribute.attr.as_str() {
            "delete" if plain => true,
            "save" if plain => dotted(&attribute.value).is_some_and(|name| changed.contains(&name)),
            "create" | "bulk_create" | "update" if on_rows => false,
            _ => return,
        };
        let beside = ["session", "cache", "storage", "cookie", "messages"].iter().any(|word| on.contains(word));
        if beside {
            return;
        }
        let name = dotted(&attribute.value).unwrap_or_default();
        let is_marked = marked.contains(&name) && !changed.contains(&name);
        if is_of_reading(&on) || (attribute.attr.as_str() == "save" && is_marked) {
            return;
        }
        let confidence = if sure && !with_token { Confidence::Medium } else { Confidence::Low };
        if best.is_none_or(|(_, other)| confidence > other) {
            best = Some((value, confidence));
        }
    });
    best
}

fn is_of_reading(name: &str) -> bool {
    let words =
        ["log", "logs", "audit", "auditlog", "accesslog", "eventlog", "history", "visit", "pagevisit", "pageview"];
    let more =
        ["views", "viewed", "hit", "hits", "count", "counter", "seen", "read", "opened", "accessed", "downloaded"];
    let other = ["last", "token", "temp"];
    name.split(|c: char| !c.is_alphanumeric())
        .any(|word| words.contains(&word) || more.contains(&word) || other.contains(&word))
}
