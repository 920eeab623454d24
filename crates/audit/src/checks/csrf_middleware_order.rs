//! Middleware in the wrong order.
//!
//! Before `CsrfViewMiddleware` stands middleware of the project whose `process_view` calls the view itself; pages are cached
//! before `SessionMiddleware` or `CsrfViewMiddleware` mark them as one visitor's; or something stands before what it needs
//! (`CSRF_USE_SESSIONS` and authentication need the session, `RemoteUserMiddleware` needs authentication).

use ruff_python_ast::{
    Expr, ExprCall, Stmt, StmtFunctionDef,
    visitor::{Visitor, walk_expr},
};

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    python::{Module, statements},
    settings::{Setting, Settings},
    source::Span,
};

pub(super) const CHECK: Check = Check {
    id: "csrf-middleware-order",
    side: Side::Django,
    title: "Middleware in the wrong order",
    severity: Severity::High,
    references: &["CWE-696", "Django: middleware ordering"],
    why: "Views run where the first middleware lets them, and whatever stands behind it has not looked yet. An answer is changed in the other direction: what is cached too early lacks the mark that it is one visitor's.",
    fix: "Keep Django's order: UpdateCacheMiddleware, SecurityMiddleware, SessionMiddleware, CommonMiddleware, CsrfViewMiddleware, AuthenticationMiddleware, RemoteUserMiddleware, and the project's own behind them.",
    source: include_str!("csrf_middleware_order.rs"),
    run,
};

const CSRF: &str = "django.middleware.csrf.CsrfViewMiddleware";
const SESSION: &str = "django.contrib.sessions.middleware.SessionMiddleware";
const AUTHENTICATION: &str = "django.contrib.auth.middleware.AuthenticationMiddleware";
const REMOTE_USER: &str = "django.contrib.auth.middleware.RemoteUserMiddleware";
const UPDATE_CACHE: &str = "django.middleware.cache.UpdateCacheMiddleware";

fn run(project: &Project, found: &mut Found<'_>) {
    for (_, settings) in project.all_settings() {
        let Some(middleware) = settings.get("MIDDLEWARE") else { continue };
        // What is decided elsewhere may stand anywhere.
        let Some(names) = middleware.value.strings() else { continue };
        calls_views(project, &names, middleware, found);
        cached(&names, middleware, found);
        needs(&names, settings, middleware, found);
    }
}

/// Django refuses every request then, so it is no hole.
fn needs(names: &[&str], settings: &Settings, middleware: &Setting, found: &mut Found<'_>) {
    let in_session = settings.is("CSRF_USE_SESSIONS", true);
    let pairs = [(SESSION, CSRF, in_session), (SESSION, AUTHENTICATION, true), (AUTHENTICATION, REMOTE_USER, true)];
    for (needed, by, judged) in pairs {
        if judged && is_before(names, by, needed) {
            let message = format!("{} needs {} before it; Django refuses every request", class(by), class(needed));
            found.rated(Severity::Low, Confidence::High, message, (&middleware.span, "the wrong way round"), &[]);
        }
    }
}

fn cached(names: &[&str], middleware: &Setting, found: &mut Found<'_>) {
    if let Some(marks) = [SESSION, CSRF].into_iter().find(|marks| is_before(names, marks, UPDATE_CACHE)) {
        let message = format!(
            "UpdateCacheMiddleware stands behind {}: pages are cached before they vary on the cookie",
            class(marks)
        );
        found.add(Confidence::High, message, (&middleware.span, "one visitor's page for the next"), &[]);
    }
}

fn calls_views(project: &Project, names: &[&str], middleware: &Setting, found: &mut Found<'_>) {
    let Some(csrf) = names.iter().position(|name| name.ends_with("CsrfViewMiddleware")) else { return };
    for name in names.iter().take(csrf) {
        if let Some(call) = view_call(project, name) {
            let message = format!("`{}` stands before CsrfViewMiddleware and calls the view itself", class(name));
            found.add(
                Confidence::High,
                message,
                (&middleware.span, "the check comes too late"),
                &[(&call, "the view runs here")],
            );
        }
    }
}

fn class(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn is_before(names: &[&str], one: &str, other: &str) -> bool {
    let at = |wanted: &str| names.iter().position(|name| *name == wanted);
    matches!((at(one), at(other)), (Some(one), Some(other)) if one < other)
}

/// Where the `process_view` of this middleware, if it is the project's, calls the view.
fn view_call(project: &Project, name: &str) -> Option<Span> {
    let (path, class) = name.rsplit_once('.')?;
    let end = format!(".{path}");
    let module = project.modules.iter().find(|module| module.name == path || module.name.ends_with(&end))?;
    let mut found = None;
    statements(&module.ast.body, &mut |statement| {
        if let Stmt::ClassDef(definition) = statement
            && definition.name.as_str() == class
        {
            for statement in &definition.body {
                if let Stmt::FunctionDef(function) = statement
                    && function.name.as_str() == "process_view"
                    // It may run the check by itself.
                    && !module.span(definition).text().to_ascii_lowercase().contains("csrf")
                {
                    found = call_in(module, function);
                }
            }
        }
    });
    found
}

/// A call of the second parameter after `self`.
fn call_in(module: &Module, function: &StmtFunctionDef) -> Option<Span> {
    let view = function.parameters.args.get(2)?.parameter.name.as_str();
    let mut calls = Calls { of: view, found: None };
    calls.visit_body(&function.body);
    calls.found.map(|call| module.span(call))
}

struct Calls<'a> {
    of: &'a str,
    found: Option<&'a ExprCall>,
}

impl<'a> Visitor<'a> for Calls<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr
            && matches!(&*call.func, Expr::Name(name) if name.id.as_str() == self.of)
        {
            self.found = Some(call);
        }
        walk_expr(self, expr);
    }
}
