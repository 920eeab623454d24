//! What the code of a project does that several checks ask about: collected once.

use ruff_python_ast::{
    CmpOp, Expr, ExprCall, Stmt, StmtClassDef, StmtFunctionDef,
    visitor::{Visitor, walk_expr, walk_stmt},
};
use ruff_text_size::Ranged;

use crate::{
    exemption::Exemption,
    project::Project,
    proxy::is_certificate,
    python::{Module, dotted, last, statements, string},
    source::Span,
};

/// A view that is exempt from the CSRF check.
#[derive(Clone, Debug)]
pub(crate) struct Exempt {
    pub(crate) span: Span,
    /// The view, or what is made one.
    pub(crate) of: String,
    /// The function or class, if the exemption stands at it.
    pub(crate) body: Option<Span>,
}

impl Exempt {
    /// Whether its code has words of one that verifies a signature, a webhook's secret or a bearer token.
    pub(crate) fn checks_itself(&self) -> bool {
        const WORDS: [&str; 8] = [
            "compare_digest",
            "constant_time_compare",
            "hmac",
            "signature",
            "construct_event",
            "verify_token",
            "bearer",
            "api_key",
        ];
        let body = self.body.as_ref().map(|body| body.text().to_ascii_lowercase());
        body.is_some_and(|body| WORDS.iter().any(|word| body.contains(word)))
    }
}

/// A request header that is read.
#[derive(Clone, Debug)]
pub(crate) struct HeaderRead {
    pub(crate) span: Span,
    /// As WSGI folds it, without `HTTP_`.
    pub(crate) name: String,
}

/// A class, as checks ask about it.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    pub(crate) span: Span,
    pub(crate) name: String,
    pub(crate) bases: Vec<String>,
    /// Its methods and attributes that are set.
    pub(crate) methods: Vec<String>,
    pub(crate) attributes: Vec<(String, Option<String>, Span)>,
    pub(crate) text: String,
}

/// Two values that are compared with `==` or `!=`.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    pub(crate) span: Span,
    pub(crate) sides: [String; 2],
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) exempt: Vec<Exempt>,
    pub(crate) headers: Vec<HeaderRead>,
    pub(crate) classes: Vec<Class>,
    pub(crate) comparisons: Vec<Comparison>,
    /// `request._dont_enforce_csrf_checks = True` and its kin.
    pub(crate) switched_off: Vec<Span>,
    /// `DEFAULT_AUTHENTICATION_CLASSES` and `authentication_classes` of REST framework.
    pub(crate) rest_authentication: Vec<(String, Span)>,
    /// `NinjaAPI(...)`.
    pub(crate) ninja: Vec<(Span, Option<bool>, bool)>,
    /// Where a certificate is taken for who somebody is.
    pub(crate) by_certificate: Vec<(String, Span)>,
    /// Functions that answer GET alone and change something.
    pub(crate) changing_get: Vec<(String, Span)>,
}

impl Facts {
    pub(crate) fn of(project: &Project) -> Self {
        let mut facts = Self::default();
        for module in &project.modules {
            if module.is_for_tests() {
                continue;
            }
            let mut eye = Eye { module, in_class: false, exemption: Exemption::of(module), facts: &mut facts };
            for statement in &module.ast.body {
                eye.visit_stmt(statement);
            }
        }
        for (module, settings) in project.all_settings() {
            if let Some(middleware) = settings.get("MIDDLEWARE") {
                for name in middleware.value.some_strings() {
                    if name.ends_with("RemoteUserMiddleware") {
                        facts
                            .by_certificate
                            .push((format!("{name} signs in whom the server names"), middleware.span.clone()));
                    }
                }
            }
            let _ = module;
        }
        for read in &facts.headers {
            if is_certificate(&read.name) {
                facts
                    .by_certificate
                    .push((format!("{} is taken for who somebody is", read.span.text()), read.span.clone()));
            }
        }
        for proxy in &project.proxies {
            for entrance in &proxy.entrances {
                let what = format!("{} asks for client certificates", proxy.kind.as_str());
                facts.by_certificate.push((what, entrance.span.clone()));
            }
        }
        facts
    }
}

struct Eye<'a, 'f> {
    module: &'a Module,
    /// What is visited is part of a class, and of no function in it.
    in_class: bool,
    exemption: Exemption,
    facts: &'f mut Facts,
}

impl Eye<'_, '_> {
    fn span(&self, of: &impl Ranged) -> Span {
        self.module.span(of)
    }

    fn decorators(&mut self, function: &StmtFunctionDef) {
        // On the handler of a method the decorator does nothing: Django asks `dispatch` alone (run against 5.2).
        let without_effect = self.in_class && is_handler(&function.name);
        for decorator in function.decorator_list.iter().filter(|_| !without_effect) {
            if self.exemption.is(&decorator.expression) {
                let body = Some(self.span(function));
                self.facts.exempt.push(Exempt { span: self.span(decorator), of: function.name.to_string(), body });
            }
            self.method_decorator(&decorator.expression, &function.name, self.span(function));
        }
        let gets = function
            .decorator_list
            .iter()
            .any(|decorator| matches!(last(&decorator.expression).as_deref(), Some("require_GET" | "require_safe")));
        if gets && let Some(change) = changes(&function.body) {
            self.facts.changing_get.push((function.name.to_string(), self.module.at(change)));
        }
    }

    fn method_decorator(&mut self, expr: &Expr, of: &str, body: Span) {
        let name = match expr {
            Expr::Call(call) => call.arguments.find_keyword("name").and_then(|keyword| string(&keyword.value)),
            _ => None,
        };
        if self.exemption.for_methods(expr) && !name.is_some_and(|name| is_handler(&name)) {
            self.facts.exempt.push(Exempt { span: self.span(expr), of: of.into(), body: Some(body) });
        }
    }

    fn class(&mut self, class: &StmtClassDef) {
        for decorator in &class.decorator_list {
            self.method_decorator(&decorator.expression, &class.name, self.span(class));
        }
        let arguments = class.arguments.as_ref();
        let bases: Vec<String> =
            arguments.map(|arguments| arguments.args.iter().filter_map(last).collect()).unwrap_or_default();
        if bases.iter().any(|base| base == "CsrfExemptMixin") {
            let head = arguments.map_or_else(|| self.span(class), |arguments| self.span(&**arguments));
            self.facts.exempt.push(Exempt { span: head, of: class.name.to_string(), body: Some(self.span(class)) });
        }
        let mut methods = Vec::new();
        let mut attributes = Vec::new();
        for statement in &class.body {
            match statement {
                Stmt::FunctionDef(function) => methods.push(function.name.to_string()),
                Stmt::Assign(assign) => {
                    for target in &assign.targets {
                        if let Expr::Name(name) = target {
                            attributes.push((name.id.to_string(), string(&assign.value), self.span(statement)));
                            if name.id.as_str() == "authentication_classes" {
                                self.rest(&assign.value);
                            }
                        }
                    }
                }
                Stmt::AnnAssign(assign) => {
                    if let (Expr::Name(name), Some(value)) = (&*assign.target, &assign.value) {
                        attributes.push((name.id.to_string(), string(value), self.span(statement)));
                    }
                }
                _ => {}
            }
        }
        let name_end = class.name.range().end();
        let span = self.module.at(ruff_text_size::TextRange::new(class.range().start(), name_end));
        let text = self.span(class).text().to_owned();
        self.facts.classes.push(Class { span, name: class.name.to_string(), bases, methods, attributes, text });
    }

    fn rest(&mut self, value: &Expr) {
        let items = match value {
            Expr::List(list) => &list.elts,
            Expr::Tuple(tuple) => &tuple.elts,
            _ => return,
        };
        for item in items {
            let name = string(item).or_else(|| dotted(item));
            if let Some(name) = name {
                let name = name.rsplit('.').next().unwrap_or(&name).to_owned();
                self.facts.rest_authentication.push((name, self.span(item)));
            }
        }
    }

    fn header(&mut self, of: &Expr, key: &Expr, whole: &Expr) {
        let (Some(of), Some(key)) = (last(of), string(key)) else { return };
        let name = match of.as_str() {
            "META" => match key.strip_prefix("HTTP_") {
                Some(name) => name.to_owned(),
                None if key == "REMOTE_USER" => return,
                None => return,
            },
            "headers" => key.to_ascii_uppercase().replace('-', "_"),
            _ => return,
        };
        self.facts.headers.push(HeaderRead { span: self.span(whole), name });
    }
    /// Apart from `visit_expr`, whose frames a deep file piles up.
    fn call(&mut self, call: &ExprCall, expr: &Expr) {
        if let Expr::Attribute(attribute) = &*call.func
            && attribute.attr.as_str() == "get"
            && let Some(key) = call.arguments.args.first()
        {
            self.header(&attribute.value, key, expr);
        }
        // `csrf_exempt(view)` in a URLconf, or around `as_view()`; `method_decorator(csrf_exempt)(View)`.
        if let Some(view) = call.arguments.args.first()
            && (self.exemption.is(&call.func) || self.exemption.for_methods(&call.func))
        {
            let of = of_view(view).unwrap_or_default();
            self.facts.exempt.push(Exempt { span: self.span(expr), of, body: None });
        }
        match last(&call.func).as_deref() {
            // Of `django-decorator-include`: all that a URLconf includes.
            Some("decorator_include") => {
                if let [decorators, urls, ..] = &*call.arguments.args
                    && self.exemption.within(decorators)
                {
                    let of = string(urls).or_else(|| dotted(urls)).unwrap_or_default();
                    self.facts.exempt.push(Exempt { span: self.span(expr), of, body: None });
                }
            }
            Some("setattr") => {
                if let [_, name, Expr::BooleanLiteral(on)] = &*call.arguments.args
                    && on.value
                    && matches!(string(name).as_deref(), Some("_dont_enforce_csrf_checks" | "csrf_processing_done"))
                {
                    self.facts.switched_off.push(self.span(expr));
                }
            }
            Some("NinjaAPI") => {
                let keyword = |name: &str| call.arguments.find_keyword(name).map(|keyword| &keyword.value);
                let csrf = match keyword("csrf") {
                    Some(Expr::BooleanLiteral(literal)) => Some(literal.value),
                    _ => None,
                };
                self.facts.ninja.push((self.span(expr), csrf, keyword("auth").is_some()));
            }
            _ => {}
        }
    }
}

impl<'a> Visitor<'a> for Eye<'a, '_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => self.decorators(function),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::Assign(assign) => {
                for target in &assign.targets {
                    if let Expr::Attribute(attribute) = target {
                        let on = matches!(&*assign.value, Expr::BooleanLiteral(literal) if literal.value);
                        match attribute.attr.as_str() {
                            "csrf_exempt" if on => {
                                let of = dotted(&attribute.value).unwrap_or_default();
                                self.facts.exempt.push(Exempt { span: self.span(statement), of, body: None });
                            }
                            "_dont_enforce_csrf_checks" | "csrf_processing_done" if on => {
                                self.facts.switched_off.push(self.span(statement));
                            }
                            _ => {}
                        }
                    }
                }
            }
            _ => {}
        }
        let outside = self.in_class;
        self.in_class = matches!(statement, Stmt::ClassDef(_));
        walk_stmt(self, statement);
        self.in_class = outside;
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Subscript(subscript) => self.header(&subscript.value, &subscript.slice, expr),
            Expr::Call(call) => self.call(call, expr),
            Expr::Dict(dict) => {
                for item in &dict.items {
                    if item.key.as_ref().and_then(string).as_deref() == Some("DEFAULT_AUTHENTICATION_CLASSES") {
                        self.rest(&item.value);
                    }
                }
            }
            Expr::Compare(compare) => {
                if let ([CmpOp::Eq | CmpOp::NotEq], [right]) = (&*compare.ops, &*compare.comparators) {
                    let text = |side: &Expr| self.span(side).text().to_owned();
                    let sides = [text(&compare.left), text(right)];
                    self.facts.comparisons.push(Comparison { span: self.span(expr), sides });
                }
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}

/// The name of a handler of `View`.
fn is_handler(name: &str) -> bool {
    matches!(name, "get" | "post" | "put" | "patch" | "delete" | "head" | "options" | "trace")
}

/// `views.pay`, or `Pay` of `Pay.as_view()`.
fn of_view(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(attribute) if attribute.attr.as_str() == "as_view" => dotted(&attribute.value),
            other => dotted(other),
        },
        other => dotted(other),
    }
}

/// The first call that writes to the database.
fn changes(body: &[Stmt]) -> Option<ruff_text_size::TextRange> {
    let mut found = None;
    statements(body, &mut |statement| {
        let expr = match statement {
            Stmt::Expr(expression) => &expression.value,
            Stmt::Assign(assign) => &assign.value,
            _ => return,
        };
        if let Expr::Call(call) = &**expr
            && let Expr::Attribute(attribute) = &*call.func
        {
            let on_manager = dotted(&attribute.value).is_some_and(|on| on.contains("objects"));
            let writes = match attribute.attr.as_str() {
                "save" | "delete" | "bulk_create" => true,
                "create" | "update" | "get_or_create" | "update_or_create" => on_manager,
                _ => false,
            };
            if writes && found.is_none() {
                found = Some(call.range());
            }
        }
    });
    found
}
