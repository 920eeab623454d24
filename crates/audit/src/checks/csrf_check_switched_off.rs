//! Code that switches the CSRF check off.
//!
//! `request._dont_enforce_csrf_checks = True` or `request.csrf_processing_done = True` outside tests: a middleware or
//! view decides that this request needs no check. So does `process_view` of a `CsrfViewMiddleware` of the project that
//! returns None without asking Django's. Where a header decides it, `csrf-decided-by-header` says so instead.

use ruff_python_ast::{Expr, Stmt, StmtClassDef};

use crate::{
    Confidence, Severity,
    check::{Check, Found, Side},
    project::Project,
    python::{Module, last, statements},
    source::Span,
};

use super::csrf_decided_by_header;

pub(super) const CHECK: Check = Check {
    id: "csrf-check-switched-off",
    side: Side::Django,
    title: "Code that switches the CSRF check off",
    severity: Severity::High,
    references: &["CWE-352"],
    why: "Whatever the condition looks at, a page may be able to cause it; and Django's check does not run after it. These attributes are for Django's own tests.",
    fix: "Remove the assignment; authenticate programs on a route of their own instead.",
    source: include_str!("csrf_check_switched_off.rs"),
    run,
};

fn run(project: &Project, found: &mut Found<'_>) {
    let decided = csrf_decided_by_header::decisions(project);
    let by_header = |span: &Span| {
        let same = |skip: &Span| skip.source.path == span.source.path && skip.range.contains(&span.range.start);
        decided.iter().any(|decision| same(&decision.skip))
    };
    for span in project.facts.switched_off.iter().filter(|span| !by_header(span)) {
        found.add(
            Confidence::High,
            "the CSRF check is switched off for this request",
            (span, "Django's check ends here"),
            &[],
        );
    }
    for module in project.modules.iter().filter(|module| !module.is_for_tests()) {
        statements(&module.ast.body, &mut |statement| {
            if let Stmt::ClassDef(class) = statement {
                for skip in passed(module, class).into_iter().filter(|skip| !by_header(skip)) {
                    let message = format!("`{}` lets a request pass without the check", class.name);
                    found.add(Confidence::High, message, (&skip, "Django's check is not asked"), &[]);
                }
            }
        });
    }
}

/// Where `process_view` of a subclass returns None.
fn passed(module: &Module, class: &StmtClassDef) -> Vec<Span> {
    let bases = class.arguments.as_ref().map(|all| all.args.iter().filter_map(last).collect::<Vec<_>>());
    if !bases.unwrap_or_default().iter().any(|base| base.ends_with("CsrfViewMiddleware")) {
        return Vec::new();
    }
    let mut all = Vec::new();
    for statement in &class.body {
        let Stmt::FunctionDef(function) = statement else { continue };
        if function.name.as_str() != "process_view" {
            continue;
        }
        let asks = |from: usize, to: usize| {
            module.source.text.get(from..to).is_some_and(|text| text.contains(".process_view("))
        };
        let whole = module.span(function).range;
        // Whoever asks Django's first may pass what it let pass.
        let first = |at: &Stmt| !asks(whole.start, module.span(at).range.start);
        if !asks(whole.start, whole.end) {
            all.extend(function.body.iter().filter(|inner| is_pass(inner)).map(|inner| module.span(inner)));
        }
        statements(&function.body, &mut |inner| {
            if let Stmt::If(condition) = inner
                && !as_django_does(module.span(&*condition.test).text())
            {
                // What switches the check off is told where it does.
                let told = |inner: &Stmt| as_django_does(module.span(inner).text());
                let passes = condition.body.iter().filter(|inner| is_pass(inner) && first(inner));
                let passes = passes.filter(|_| !condition.body.iter().any(told));
                all.extend(passes.map(|inner| module.span(inner)));
            }
        });
    }
    all
}

/// Django's own reasons: the view is exempt, another middleware did it, the method is safe.
fn as_django_does(condition: &str) -> bool {
    ["csrf_processing_done", "csrf_exempt", "_dont_enforce_csrf_checks", "method"]
        .iter()
        .any(|word| condition.contains(word))
}

/// `return`, `return None` or `return self._accept(request)`
fn is_pass(statement: &Stmt) -> bool {
    let Stmt::Return(result) = statement else { return false };
    match result.value.as_deref() {
        None | Some(Expr::NoneLiteral(_)) => true,
        Some(Expr::Call(call)) => last(&call.func).as_deref() == Some("_accept"),
        _ => false,
    }
}
