//! What is audited: its Python, its settings, its proxy, and what is seen in them.
//!
//! Files are found as `git` sees them (`.gitignore` counts), hidden folders, virtual environments and
//! `node_modules` left out. Nothing is run, nothing outside is read, links are not followed.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use ignore::WalkBuilder;

use crate::{
    apache,
    facts::Facts,
    haproxy::{self, Section},
    line::Line,
    nginx::{self, Directive, Passing},
    python::Module,
    requirements::{self, Requirement},
    server,
    settings::{Reader, Settings},
    source::Source,
};

/// Larger files are none that people write.
const MAX_FILE: u64 = 1 << 20;
const SKIPPED: &[&str] =
    &["node_modules", "venv", ".venv", "env", "site-packages", "__pycache__", "target", "dist", "build"];

/// All of it, read once.
#[derive(Debug, Default)]
pub(crate) struct Project {
    pub(crate) modules: Vec<Module>,
    /// Settings that are run, not those that are only built upon: the module's place, and what it has.
    pub(crate) settings: Vec<(usize, Settings)>,
    pub(crate) nginx: Vec<Nginx>,
    pub(crate) haproxy: Vec<Vec<Section>>,
    pub(crate) apache: Vec<Vec<Line>>,
    pub(crate) facts: Facts,
    pub(crate) requirements: Vec<Requirement>,
    /// Files that start servers.
    pub(crate) starts: Vec<Arc<Source>>,
    /// Files with comments, for what is ignored on purpose.
    pub(crate) sources: Vec<Arc<Source>>,
    pub(crate) notes: Vec<String>,
}

/// A configuration of nginx, its includes in place.
#[derive(Debug)]
pub(crate) struct Nginx {
    pub(crate) tree: Vec<Directive>,
    pub(crate) passings: Vec<Passing>,
}

/// What cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// No such folder or file.
    #[error("cannot read {0:?}: {1}")]
    Path(String, std::io::Error),
}

impl Project {
    pub(crate) fn read(paths: &[PathBuf], exclude: &[String]) -> Result<Self, ReadError> {
        let mut project = Self::default();
        let mut configurations: Vec<Arc<Source>> = Vec::new();
        for root in paths {
            fs::metadata(root).map_err(|error| ReadError::Path(root.display().to_string(), error))?;
            let mut walk = WalkBuilder::new(root);
            walk.follow_links(false).require_git(false).sort_by_file_name(std::cmp::Ord::cmp).filter_entry(|entry| {
                !(entry.file_type().is_some_and(|kind| kind.is_dir())
                    && entry.depth() > 0
                    && SKIPPED.iter().any(|name| entry.file_name() == *name))
            });
            for entry in walk.build().flatten() {
                if entry.file_type().is_some_and(|kind| kind.is_file()) {
                    project.file(root, entry.path(), exclude, &mut configurations);
                }
            }
        }
        project.read_nginx(&configurations);
        project.read_settings();
        project.facts = Facts::of(&project);
        Ok(project)
    }

    fn file(&mut self, root: &Path, path: &Path, exclude: &[String], configurations: &mut Vec<Arc<Source>>) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let python = name.ends_with(".py");
        let nginx = name.ends_with(".conf")
            || name.ends_with(".nginx")
            || name.ends_with(".conf.template")
            || name.ends_with("nginx.conf.sample");
        let haproxy = name.ends_with(".cfg");
        let relative = path.strip_prefix(root).ok().filter(|rest| !rest.as_os_str().is_empty()).unwrap_or(path);
        let relative = relative.to_string_lossy().replace('\\', "/");
        let wanted = requirements::Kind::of(&relative);
        let start = server::is_start(&relative);
        if !(python || nginx || haproxy || wanted.is_some() || start) {
            return;
        }
        let shown = path.strip_prefix(root).ok().filter(|rest| !rest.as_os_str().is_empty()).unwrap_or(path);
        let shown = shown.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        let within = |folder: &String| {
            let folder = folder.trim_end_matches('/');
            shown == folder || shown.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        if exclude.iter().any(within) {
            return;
        }
        let most = if wanted.is_some() { requirements::MAX_FILE } else { MAX_FILE };
        if fs::metadata(path).is_ok_and(|about| about.len() > most) {
            self.notes.push(format!("{shown} was not read: it is larger than {} KiB", most >> 10));
            return;
        }
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                self.notes.push(format!("{shown} was not read: {error}"));
                return;
            }
        };
        if python {
            match Module::parse(Source::new(shown.clone(), text)) {
                Ok(module) => {
                    self.sources.push(Arc::clone(&module.source));
                    self.modules.push(module);
                }
                Err(error) => self.notes.push(format!("{shown} is no Python of today and was not read: {error}")),
            }
        } else if let Some(kind) = wanted {
            let source = Arc::new(Source::new(shown, text));
            self.requirements.extend(requirements::parse(kind, &source));
            self.sources.push(source);
        } else if start {
            let source = Arc::new(Source::new(shown, text));
            self.sources.push(Arc::clone(&source));
            self.starts.push(source);
        } else if haproxy {
            let source = Arc::new(Source::new(shown, text));
            if let Some(sections) = haproxy::parse(&source) {
                self.sources.push(source);
                self.haproxy.push(sections);
            }
        } else {
            configurations.push(Arc::new(Source::new(shown, text)));
        }
    }

    fn read_nginx(&mut self, configurations: &[Arc<Source>]) {
        let trees: Vec<(Arc<Source>, Vec<Directive>)> = configurations
            .iter()
            .filter_map(|source| nginx::parse(source).map(|tree| (Arc::clone(source), tree)))
            .filter(|(_, tree)| looks_like_nginx(tree))
            .collect();
        let mut included = Vec::new();
        let mut whole: Vec<(String, Vec<Directive>)> = Vec::new();
        for (source, tree) in &trees {
            whole.push((source.path.clone(), include(tree, &trees, &mut included, 0)));
            self.sources.push(Arc::clone(source));
        }
        for source in configurations {
            if trees.iter().any(|(nginx, _)| nginx.path == source.path) {
                continue;
            }
            if let Some(lines) = apache::parse(source) {
                self.sources.push(Arc::clone(source));
                self.apache.push(lines);
            }
        }
        // What another one includes is looked at there, with what is around it.
        for (path, tree) in whole {
            if !included.contains(&path) {
                let passings = nginx::passings(&tree);
                self.nginx.push(Nginx { tree, passings });
            }
        }
    }

    fn read_settings(&mut self) {
        let mut reader = Reader::new(&self.modules);
        let mut found = Vec::new();
        for (at, module) in self.modules.iter().enumerate() {
            let path = &module.source.path;
            let by_name = path.contains("settings") || path.contains("config/");
            if module.is_for_tests() || !(by_name || module.source.text.contains("INSTALLED_APPS")) {
                continue;
            }
            let settings = reader.read(module, 0);
            let is_whole = settings.get("MIDDLEWARE").is_some() || settings.get("INSTALLED_APPS").is_some();
            if is_whole {
                found.push((at, settings));
            }
        }
        let imported = reader.imported;
        // A base that nothing builds upon is run itself.
        found.retain(|(at, _)| self.modules.get(*at).is_some_and(|module| !imported.contains(&module.name)));
        self.settings = found;
    }

    pub(crate) fn module(&self, at: usize) -> Option<&Module> {
        self.modules.get(at)
    }

    /// Settings that run somewhere, with their module; those of developers' machines left out.
    pub(crate) fn deployed(&self) -> impl Iterator<Item = (&Module, &Settings)> {
        self.all_settings().filter(|(module, _)| !module.is_for_developers())
    }

    pub(crate) fn all_settings(&self) -> impl Iterator<Item = (&Module, &Settings)> {
        self.settings.iter().filter_map(|(at, settings)| self.module(*at).map(|module| (module, settings)))
    }

    pub(crate) fn passings(&self) -> impl Iterator<Item = &Passing> {
        self.nginx.iter().flat_map(|nginx| &nginx.passings)
    }
}

fn looks_like_nginx(tree: &[Directive]) -> bool {
    let known =
        ["server", "location", "upstream", "http", "proxy_pass", "proxy_set_header", "ssl_certificate", "listen"];
    tree.iter().any(|directive| known.contains(&directive.name()))
}

/// The tree with its includes in place, as far as they are part of what is audited.
fn include(
    tree: &[Directive],
    trees: &[(Arc<Source>, Vec<Directive>)],
    included: &mut Vec<String>,
    depth: usize,
) -> Vec<Directive> {
    let mut whole = Vec::new();
    for directive in tree {
        if directive.name() == "include" && depth < 8 {
            let pattern = directive.argument(1).rsplit('/').next().unwrap_or_default().to_owned();
            let own = directive.span.source.path.clone();
            for (source, tree) in trees {
                let name = source.path.rsplit('/').next().unwrap_or_default();
                if source.path != own && matches(&pattern, name) {
                    included.push(source.path.clone());
                    whole.extend(include(tree, trees, included, depth + 1));
                }
            }
            continue;
        }
        let block = directive.block.as_ref().map(|block| include(block, trees, included, depth));
        whole.push(Directive { block, ..directive.clone() });
    }
    whole
}

/// `*.conf` and plain names.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => name.starts_with(start) && name.ends_with(end),
        None => pattern == name,
    }
}
