//! REST framework believes a cookie and skips CSRF.
//!
//! A subclass of REST framework's `SessionAuthentication` whose `enforce_csrf` does nothing, or whose `authenticate` never
//! calls it; and another authentication class that reads a cookie in `authenticate` and says nothing of CSRF. What
//! `SameSite` its cookie has is not known, so that is told with medium confidence.

use ruff_python_ast::{Expr, Stmt, StmtClassDef, StmtFunctionDef};

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    python::{Module, last, statements},
};

pub(super) const CHECK: Check = Check {
    id: "drf-csrf-not-enforced",
    side: Side::Django,
    title: "REST framework believes a cookie and skips CSRF",
    severity: Severity::Critical,
    references: &["CWE-352", "REST framework: SessionAuthentication"],
    why: "Every APIView is exempt from Django's check, and SessionAuthentication brings it back for those whom a cookie names. Without that a form on any page calls the API as its visitor.",
    fix: "Use SessionAuthentication as it is and let the client send X-CSRFToken; authenticate programs by a token instead.",
    source: include_str!("drf_csrf_not_enforced.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    for module in project.modules.iter().filter(|module| !module.is_for_tests()) {
        statements(&module.ast.body, &mut |statement| {
            if let Stmt::ClassDef(class) = statement {
                judge(module, class, found);
            }
        });
    }
}

fn judge(module: &Module, class: &StmtClassDef, found: &mut Found<'_>) {
    let arguments = class.arguments.as_ref();
    let bases: Vec<String> =
        arguments.map(|arguments| arguments.args.iter().filter_map(last).collect()).unwrap_or_default();
    let of_session = bases.iter().any(|base| base.ends_with("SessionAuthentication"));
    let method = |name: &str| {
        class.body.iter().find_map(|statement| match statement {
            Stmt::FunctionDef(function) if function.name.as_str() == name => Some(function),
            _ => None,
        })
    };
    if let Some(enforce) = method("enforce_csrf") {
        // A mixin is put before SessionAuthentication elsewhere.
        if does_nothing(enforce) && (of_session || bases.is_empty() || class.name.ends_with("Mixin")) {
            let confidence = if of_session { Confidence::High } else { Confidence::Medium };
            let message =
                format!("`{}` takes a session for who somebody is, and its enforce_csrf does nothing", class.name);
            found.add(confidence, message, (&module.at(enforce.name.range), "checks nothing"), &[]);
        }
    } else if let Some(authenticate) = method("authenticate").filter(|_| of_session) {
        let text = module.span(class).text().to_ascii_lowercase();
        if !names_check(&text) && !text.contains(".authenticate(") {
            let message = format!("`{}` authenticates in its own way and never calls enforce_csrf", class.name);
            let at = module.at(authenticate.name.range);
            found.rated(Severity::High, Confidence::Medium, message, (&at, "no enforce_csrf in it"), &[]);
        }
    } else if let Some(authenticate) = method("authenticate")
        && bases.iter().any(|base| base.ends_with("Authentication"))
    {
        let text = module.span(class).text().to_ascii_lowercase();
        let believes = module.span(authenticate).text().contains(".COOKIES");
        if believes && !text.contains("csrf") {
            let message = format!("`{}` authenticates by a cookie and never checks CSRF", class.name);
            let at = module.at(authenticate.name.range);
            found.rated(Severity::High, Confidence::Medium, message, (&at, "browsers attach the cookie"), &[]);
        }
    }
}

fn names_check(text: &str) -> bool {
    text.contains("enforce_csrf") || text.contains("csrfcheck") || text.contains("process_view")
}

/// `pass`, `return`, `...` and texts only.
fn does_nothing(function: &StmtFunctionDef) -> bool {
    function.body.iter().all(|statement| match statement {
        Stmt::Pass(_) => true,
        Stmt::Return(result) => result.value.as_deref().is_none_or(Expr::is_literal_expr),
        Stmt::Expr(expression) => expression.value.is_literal_expr(),
        _ => false,
    })
}
