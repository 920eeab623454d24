//! How the application's server is started: `gunicorn.conf.py`, and command lines of containers, units and scripts.

use std::sync::Arc;

use ruff_python_ast::{Expr, Stmt};

use crate::{
    audience::is_aside,
    project::Project,
    python::{Module, string},
    source::{Source, Span},
};

/// A setting of gunicorn or uvicorn.
#[derive(Clone, Debug)]
pub(crate) struct ServerOption {
    /// As a file of gunicorn writes it.
    pub(crate) name: &'static str,
    pub(crate) value: String,
    pub(crate) span: Span,
    /// Whether it listens where nobody but a proxy of this machine reaches it.
    pub(crate) is_local: bool,
}

/// How they are written in a file, on a command line, and in the environment.
const OPTIONS: &[(&str, &str, &str)] = &[
    ("forwarded_allow_ips", "--forwarded-allow-ips", "FORWARDED_ALLOW_IPS"),
    ("header_map", "--header-map", ""),
    ("forwarder_headers", "--forwarder-headers", ""),
];

/// Whether a file starts servers; those for developers and tests left out.
pub(crate) fn is_start(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|end| name.ends_with(end));
    let kind = name == "procfile"
        || name.starts_with("dockerfile")
        || ends(&[".dockerfile", ".sh", ".service"])
        || (name.contains("compose") && ends(&[".yml", ".yaml"]));
    kind && !is_aside(path)
}

pub(crate) fn options(project: &Project) -> Vec<ServerOption> {
    let files = project.modules.iter().filter(|module| is_gunicorns(module)).flat_map(of_file);
    files.chain(project.starts.iter().flat_map(of_commands)).collect()
}

fn is_gunicorns(module: &Module) -> bool {
    let name = module.source.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    name.contains("gunicorn") && !is_aside(&module.source.path)
}

fn of_file(module: &Module) -> Vec<ServerOption> {
    let assigned = |statement: &Stmt| {
        let Stmt::Assign(assign) = statement else { return None };
        let [Expr::Name(name)] = &*assign.targets else { return None };
        Some((name.id.to_string(), string(&assign.value)?, module.span(statement)))
    };
    let all: Vec<(String, String, Span)> = module.ast.body.iter().filter_map(assigned).collect();
    let is_local = all.iter().any(|(name, value, _)| name == "bind" && is_local(value));
    let known = all.into_iter().filter_map(|(name, value, span)| {
        let (name, ..) = OPTIONS.iter().find(|(option, ..)| *option == name)?;
        Some(ServerOption { name, value, span, is_local })
    });
    known.collect()
}

fn is_local(text: &str) -> bool {
    ["unix:", "--uds", "127.0.0.1:", "localhost:", "--host 127.0.0.1", "--host=127.0.0.1"]
        .iter()
        .any(|way| text.contains(way))
}

fn of_commands(source: &Arc<Source>) -> Vec<ServerOption> {
    let is_local = is_local(&source.text);
    let mut all = Vec::new();
    let mut start = 0;
    for line in source.text.split_inclusive('\n') {
        for (name, flag, variable) in OPTIONS {
            let Some((at, written)) = [flag, variable]
                .into_iter()
                .filter(|written| !written.is_empty())
                .find_map(|written| Some((line.find(written)?, *written)))
            else {
                continue;
            };
            if line.trim_start().starts_with('#') {
                continue;
            }
            let after = line.get(at + written.len()..).unwrap_or_default();
            let value = after.trim_start_matches([' ', '=', ':', '"', '\'', ',', '[', '\\']);
            let value = value.split([' ', '"', '\'', ']', '\n', '\r', '\\']).next().unwrap_or_default();
            let length = written.len() + after.len()
                - after.trim_start_matches([' ', '=', ':', '"', '\'', ',', '[', '\\']).len()
                + value.len();
            let span = Span::new(source, start + at..start + at + length);
            all.push(ServerOption { name, value: value.to_owned(), span, is_local });
        }
        start += line.len();
    }
    all
}
