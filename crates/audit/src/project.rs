//! What is audited: its Python, its settings, its proxy, and what is seen in them.
//!
//! Files are found as `git` sees them (`.gitignore` counts), hidden folders, virtual environments and
//! `node_modules` left out. Nothing is run, nothing outside is read, links are not followed.

use std::{
    collections::HashSet,
    fs,
    num::NonZero,
    path::{Component, Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use ignore::WalkBuilder;

use crate::{
    apache, caddy,
    directive::{self, Directive},
    envoy,
    facts::Facts,
    haproxy, kubernetes, nginx,
    proxy::{Passing, Proxy},
    python::Module,
    requirements::{self, Requirement},
    server,
    settings::{Reader, Settings},
    source::Source,
    traefik, tree,
};

/// Larger files are none that people write.
const MAX_FILE: u64 = 1 << 20;
/// Of threads that walk syntax trees; memory is taken as it is used.
pub(crate) const STACK: usize = 256 << 20;
const SKIPPED: &[&str] =
    &["node_modules", "venv", ".venv", "env", "site-packages", "__pycache__", "target", "dist", "build"];

/// All of it, read once.
#[derive(Debug, Default)]
pub(crate) struct Project {
    pub(crate) modules: Vec<Module>,
    /// Settings that are run, not those that are only built upon: the module's place, and what it has.
    pub(crate) settings: Vec<(usize, Settings)>,
    /// Trees of nginx, their includes in place.
    pub(crate) nginx: Vec<Vec<Directive>>,
    /// Every configuration of a proxy, nginx's too.
    pub(crate) proxies: Vec<Proxy>,
    pub(crate) facts: Facts,
    pub(crate) requirements: Vec<Requirement>,
    /// Files that start servers.
    pub(crate) starts: Vec<Arc<Source>>,
    /// Files with comments, for what is ignored on purpose.
    pub(crate) sources: Vec<Arc<Source>>,
    pub(crate) notes: Vec<String>,
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
    pub(crate) fn read(
        paths: &[PathBuf],
        exclude: &[String],
        told: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<Self, ReadError> {
        let mut project = Self::default();
        let mut configurations: Vec<Arc<Source>> = Vec::new();
        let mut readers = (kubernetes::Reader::default(), traefik::Reader::default());
        let mut python: Vec<(String, PathBuf)> = Vec::new();
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
                    // Of several folders each has names of its own.
                    let within = if paths.len() == 1 { root.as_path() } else { Path::new("") };
                    if let Some(shown) = shown(within, entry.path(), exclude) {
                        project.started(shown, root, entry.path());
                    }
                    let Some((shown, format)) = wanted(within, entry.path(), exclude) else { continue };
                    if format == Format::Python {
                        python.push((shown, entry.into_path()));
                    } else {
                        project.file(shown, entry.path(), format, &mut configurations, &mut readers);
                    }
                }
            }
        }
        project.read_python(&python, told);
        project.read_nginx(&configurations);
        let (kubernetes, traefik) = readers;
        project.proxies.extend(kubernetes.proxy());
        project.proxies.extend(traefik::finish(traefik));
        project.read_settings();
        project.facts = Facts::of(&project);
        // A compose file starts servers and may be a proxy's as well.
        let mut seen = HashSet::new();
        project.sources.retain(|source| seen.insert(source.path.clone()));
        Ok(project)
    }

    /// A file that says which versions are asked for, or how a server is started.
    fn started(&mut self, shown: String, root: &Path, path: &Path) {
        let within = path.strip_prefix(root).ok().filter(|rest| !rest.as_os_str().is_empty()).unwrap_or(path);
        let within = within.to_string_lossy().replace('\\', "/");
        let (kind, start) = (requirements::Kind::of(&within), server::is_start(&within));
        if kind.is_none() && !start {
            return;
        }
        if fs::metadata(path).is_ok_and(|about| about.len() > requirements::MAX_FILE) {
            self.notes.push(format!("{shown} was not read: it is larger than {} KiB", requirements::MAX_FILE >> 10));
            return;
        }
        match fs::read_to_string(path) {
            Ok(text) => {
                let source = Arc::new(Source::read(shown, text, path.to_owned()));
                self.requirements.extend(kind.map(|kind| requirements::parse(kind, &source)).unwrap_or_default());
                self.sources.push(Arc::clone(&source));
                if start {
                    self.starts.push(source);
                }
            }
            Err(error) => self.notes.push(format!("{shown} was not read: {error}")),
        }
    }

    fn file(
        &mut self,
        shown: String,
        path: &Path,
        format: Format,
        configurations: &mut Vec<Arc<Source>>,
        readers: &mut (kubernetes::Reader, traefik::Reader),
    ) {
        // Data is often large, and none of it is configuration that people write.
        let quiet = matches!(format, Format::Tree | Format::Toml);
        if fs::metadata(path).is_ok_and(|about| about.len() > MAX_FILE) {
            if !quiet {
                self.notes.push(format!("{shown} was not read: it is larger than {} KiB", MAX_FILE >> 10));
            }
            return;
        }
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(_) if quiet => return,
            Err(error) => {
                self.notes.push(format!("{shown} was not read: {error}"));
                return;
            }
        };
        let source = Arc::new(Source::read(shown, text, path.to_owned()));
        let proxy = match format {
            Format::HaProxy => haproxy::parse(&source).map(|sections| haproxy::proxy(&sections)),
            Format::Caddyfile => caddy::caddyfile(&source),
            Format::Tree => return self.tree(&source, readers),
            Format::Toml => {
                let table = traefik::looks_like(&source).then(|| tree::toml(&source)).flatten();
                if table.is_some_and(|table| readers.1.document(&table)) {
                    self.sources.push(source);
                }
                return;
            }
            _ => {
                configurations.push(source);
                return;
            }
        };
        if let Some(proxy) = proxy {
            self.sources.push(source);
            self.proxies.push(proxy);
        }
    }

    /// A file of YAML or JSON that may be any of several formats.
    fn tree(&mut self, source: &Arc<Source>, readers: &mut (kubernetes::Reader, traefik::Reader)) {
        let has = |word: &str| source.text.contains(word);
        let (envoy, manifest) = (has("filter_chain"), has("apiVersion"));
        let caddy = has("\"apps\"") && has("\"servers\"");
        if !(envoy || manifest || caddy || traefik::looks_like(source)) {
            return;
        }
        let documents = tree::yaml(source).unwrap_or_else(|error| {
            let kinds = ["kind: Ingress", "kind: Gateway", "kind: HTTPRoute", "TLSOption"];
            let ours = envoy || kinds.iter().any(|kind| has(kind));
            let path = &source.path;
            if ours && has("{{") {
                let render = "audit what `helm template` makes of it";
                self.notes.push(format!("{path} was not read: it is a template ({render})"));
            } else if ours {
                self.notes.push(format!("{path} was not read: {error}"));
            }
            Vec::new()
        });
        let mut ours = false;
        for document in &documents {
            let read = if caddy { caddy::json(document) } else { None };
            let read = read.or_else(|| if envoy { envoy::proxy(document) } else { None });
            ours |= read.is_some();
            self.proxies.extend(read);
            ours |= manifest && readers.0.document(document, &mut readers.1);
            ours |= !manifest && readers.1.document(document);
        }
        if ours {
            self.sources.push(Arc::clone(source));
        }
    }

    /// Parses on as many threads as there are cores; the order is that of the names.
    fn read_python(&mut self, files: &[(String, PathBuf)], told: &(dyn Fn(usize, usize) + Sync)) {
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(8);
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = || {
            let mut parsed = Vec::new();
            while let Some((shown, file)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                parsed.push((shown, parse(shown, file)));
                told(done.fetch_add(1, Ordering::Relaxed) + 1, files.len());
            }
            parsed
        };
        let mut all = thread::scope(|scope| {
            // A syntax tree is as deep as its source, and so is the stack that makes it.
            let spawn = |_| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
            let workers: Vec<_> = (1..threads).filter_map(|at| spawn(at).ok()).collect();
            let mut all = work();
            for worker in workers {
                all.extend(worker.join().unwrap_or_default());
            }
            all
        });
        all.sort_by_key(|(shown, _)| *shown);
        if all.len() < files.len() {
            self.notes.push("some files of Python were not read: a thread did not end well".into());
        }
        for (_, parsed) in all {
            match parsed {
                Ok(module) => {
                    self.sources.push(Arc::clone(&module.source));
                    self.modules.push(module);
                }
                Err(note) => self.notes.push(note),
            }
        }
    }

    fn read_nginx(&mut self, configurations: &[Arc<Source>]) {
        let trees: Vec<(Arc<Source>, Vec<Directive>)> = configurations
            .iter()
            .filter_map(|source| directive::parse(source).map(|tree| (Arc::clone(source), tree)))
            .filter(|(_, tree)| looks_like_nginx(tree))
            .collect();
        let mut includes = Includes { trees: &trees, included: Vec::new(), open: Vec::new(), left: Includes::MOST };
        let mut whole: Vec<(String, Vec<Directive>)> = Vec::new();
        for (source, tree) in &trees {
            includes.left = Includes::MOST;
            whole.push((source.path.clone(), includes.place(tree)));
            self.sources.push(Arc::clone(source));
        }
        for source in configurations {
            if trees.iter().any(|(nginx, _)| nginx.path == source.path) {
                continue;
            }
            if let Some(lines) = apache::parse(source) {
                self.sources.push(Arc::clone(source));
                self.proxies.push(apache::proxy(&lines));
            }
        }
        // What another one includes is looked at there, with what is around it.
        for (path, tree) in whole {
            if !includes.included.contains(&path) {
                self.proxies.push(nginx::proxy(&tree));
                self.nginx.push(tree);
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

    /// Where any proxy passes requests on, with the proxy.
    pub(crate) fn passings(&self) -> impl Iterator<Item = (&Proxy, &Passing)> {
        self.proxies.iter().flat_map(|proxy| proxy.passings.iter().map(move |passing| (proxy, passing)))
    }
}

/// As findings name a file, and what it may be; `None` for what is not read.
fn wanted(root: &Path, path: &Path, exclude: &[String]) -> Option<(String, Format)> {
    let name = path.file_name()?.to_str()?;
    let format = Format::of(name).or_else(|| Format::by_folder(name, path.parent()?.file_name()?.to_str()?))?;
    Some((shown(root, path, exclude)?, format))
}

/// As findings name a file; `None` for what is excluded.
fn shown(root: &Path, path: &Path, exclude: &[String]) -> Option<String> {
    let shown = path.strip_prefix(root).ok().filter(|rest| !rest.as_os_str().is_empty()).unwrap_or(path);
    let parts = shown.components().filter(|part| !matches!(part, Component::CurDir));
    let shown = parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    let within = |folder: &String| {
        let folder = folder.trim_end_matches('/');
        shown == folder || shown.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    };
    if exclude.iter().any(within) { None } else { Some(shown) }
}

fn parse(shown: &str, file: &Path) -> Result<Module, String> {
    if fs::metadata(file).is_ok_and(|about| about.len() > MAX_FILE) {
        return Err(format!("{shown} was not read: it is larger than {} KiB", MAX_FILE >> 10));
    }
    let text = fs::read_to_string(file).map_err(|error| format!("{shown} was not read: {error}"))?;
    Module::parse(Source::read(shown.to_owned(), text, file.to_owned()))
        .map_err(|error| format!("{shown} is no Python of today and was not read: {error}"))
}

/// What a file's name says that it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Python,
    HaProxy,
    Caddyfile,
    /// YAML or JSON.
    Tree,
    Toml,
    /// nginx or Apache.
    Server,
}

impl Format {
    fn of(name: &str) -> Option<Self> {
        let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
        if name.starts_with("Caddyfile") {
            return Some(Self::Caddyfile);
        }
        if name.ends_with(".conf.template") || name.ends_with("nginx.conf.sample") {
            return Some(Self::Server);
        }
        Some(match end?.as_str() {
            "py" => Self::Python,
            "cfg" => Self::HaProxy,
            "caddyfile" | "caddy" => Self::Caddyfile,
            "yaml" | "yml" | "json" => Self::Tree,
            "toml" => Self::Toml,
            "conf" | "nginx" => Self::Server,
            _ => return None,
        })
    }
}

impl Format {
    /// Debian's files have no ends.
    fn by_folder(name: &str, folder: &str) -> Option<Self> {
        let ours = matches!(folder, "sites-available" | "sites-enabled" | "snippets" | "nginx");
        let plain = !name.contains('.') && name != "Dockerfile" && name != "Makefile";
        let site = matches!(folder, "sites-available" | "sites-enabled") && !name.starts_with('.');
        (site || ours && plain || name == "proxy_params").then_some(Self::Server)
    }
}

fn looks_like_nginx(tree: &[Directive]) -> bool {
    let known = ["server", "location", "upstream", "http", "stream", "listen", "map"];
    let families = ["proxy_", "ssl_", "uwsgi_", "fastcgi_", "grpc_", "more_", "underscores_in_", "ignore_invalid_"];
    tree.iter().any(|directive| {
        known.contains(&directive.name()) || families.iter().any(|start| directive.name().starts_with(start))
    })
}

/// Puts what is included in place, as far as it is part of what is audited.
struct Includes<'a> {
    trees: &'a [(Arc<Source>, Vec<Directive>)],
    included: Vec<String>,
    /// Files that are being read, one within the other.
    open: Vec<String>,
    /// How many more directives may be put in place.
    left: usize,
}

impl Includes<'_> {
    /// A file that includes many that include many is none that people write.
    const MOST: usize = 50_000;

    /// An include of which nothing is here stays in the tree.
    fn place(&mut self, tree: &[Directive]) -> Vec<Directive> {
        let mut whole = Vec::new();
        for directive in tree {
            let Directive { words, block, span } = directive;
            let found = if directive.name() == "include" && self.open.len() < 8 {
                self.found(directive.argument(1), &span.source.path)
            } else {
                Vec::new()
            };
            for (source, tree) in &found {
                let size = directive::every(tree).count();
                let Some(left) = self.left.checked_sub(size) else { break };
                self.left = left;
                self.included.push(source.path.clone());
                self.open.push(source.path.clone());
                whole.extend(self.place(tree));
                self.open.pop();
            }
            if found.is_empty() {
                let block = block.as_ref().map(|block| self.place(block));
                whole.push(Directive { words: words.clone(), block, span: span.clone() });
            }
        }
        whole
    }

    /// The files that an include means. Paths of a server are seldom those of a repository: of several with one
    /// name it is the one that is nearest.
    fn found(&self, pattern: &str, own: &str) -> Vec<(Arc<Source>, Vec<Directive>)> {
        let parts: Vec<&str> = pattern.split('/').collect();
        let Some((name, folders)) = parts.split_last() else { return Vec::new() };
        let (home, _) = own.rsplit_once('/').unwrap_or(("", own));
        let candidates = self.trees.iter().filter_map(|(source, tree)| {
            let (folder, file) = source.path.rsplit_once('/').unwrap_or(("", &source.path));
            let open = source.path == own || self.open.contains(&source.path);
            if open || !matches(name, file) {
                return None;
            }
            let shared = folders.iter().rev().zip(folder.rsplit('/')).take_while(|(one, other)| *one == other).count();
            let near = home.split('/').zip(folder.split('/')).take_while(|(one, other)| one == other).count();
            Some((shared, folder == home, near, source, tree))
        });
        let candidates: Vec<_> = candidates.collect();
        let best = candidates.iter().map(|(shared, same, near, ..)| (*shared, *same, *near)).max();
        let Some(best) = best else { return Vec::new() };
        let many = name.contains('*');
        let wanted = candidates.into_iter().filter(|(shared, same, near, ..)| {
            // Of a pattern all files of one folder, and not files that only end like it.
            (*shared, *same, *near) == best && (!many || *shared > 0 || *same)
        });
        let wanted = wanted.map(|(.., source, tree)| (Arc::clone(source), tree.clone()));
        wanted.take(if many { usize::MAX } else { 1 }).collect()
    }
}

/// `*.conf` and plain names.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end),
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sites of a tree of files, each with what its includes are.
    fn read(files: &[(&str, &str)]) -> Project {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Project::read(&[folder.path().to_owned()], &[], &|_, _| {}).unwrap()
    }

    #[test]
    fn an_include_means_the_nearest_file() {
        let site = "server { location / { include proxy.conf; proxy_pass http://x; } }";
        let project = read(&[
            ("a/site.conf", site),
            ("a/proxy.conf", "proxy_set_header A a;"),
            ("b/site.conf", site),
            ("b/proxy.conf", "proxy_set_header B b;"),
        ]);
        let handles: Vec<[bool; 2]> =
            project.passings().map(|(_, passing)| ["A", "B"].map(|name| passing.handles(name))).collect();
        assert_eq!(handles, [[true, false], [false, true]]);
    }

    #[test]
    fn files_that_include_each_other_end() {
        let names: Vec<String> = (0..30).map(|at| format!("{at}.conf")).collect();
        let text = "include *.conf; server { location / { proxy_pass http://x; } }";
        let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), text)).collect();
        let start = std::time::Instant::now();
        assert!(read(&files).proxies.len() <= 30);
        assert!(start.elapsed().as_secs() < 20);
    }

    #[test]
    fn sites_of_debian_have_no_end() {
        let project = read(&[("etc/sites-available/bank.test", "server { location / { proxy_pass http://x; } }")]);
        assert_eq!(project.proxies.len(), 1);
        assert!(read(&[("nginx/Dockerfile", "FROM nginx\n"), ("snippets/x.md", "server")]).proxies.is_empty());
    }
}
