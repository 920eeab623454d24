//! A configuration with parts to replace, and the directory it lives in.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use tempfile::TempDir;

use super::{HOST, pki::pki};

/// What a test changes; the rest is as an operator would have it.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    listen: String,
    admin: String,
    limits: String,
    log: String,
    trust: String,
    hosts: String,
    upstream: String,
    client: String,
    site: String,
    routes: String,
    sites: String,
    partners: bool,
    files: Vec<(String, String)>,
}

impl Config {
    /// One site in front of `upstream`, for staff.
    pub(crate) fn new(upstream: impl Into<String>) -> Self {
        Self {
            listen: "127.0.0.1:0".into(),
            admin: String::new(),
            limits: String::new(),
            log: "access = true".into(),
            trust: String::new(),
            hosts: format!("\"{HOST}\", \"127.0.0.1\", \"[::1]\""),
            upstream: upstream.into(),
            client: "trust = \"staff\"".into(),
            site: "identity_headers = [\"nginx\", \"django\"]".into(),
            routes: String::new(),
            sites: String::new(),
            partners: false,
            files: Vec::new(),
        }
    }

    /// Another address than 127.0.0.1, port 0.
    pub(crate) fn listen(mut self, address: &str) -> Self {
        self.listen = address.into();
        self
    }

    /// An admin address; a free port of 127.0.0.1.
    pub(crate) fn admin(self) -> Self {
        self.admin_at("127.0.0.1:0", "")
    }

    /// An admin address, and another line of `[listen]`.
    pub(crate) fn admin_at(mut self, address: &str, line: &str) -> Self {
        self.admin = format!("admin = {address:?}\n{line}\n");
        self
    }

    /// Another line of `[listen]`.
    pub(crate) fn listens(mut self, line: &str) -> Self {
        self.admin += &format!("{line}\n");
        self
    }

    /// Other names for the site, as TOML has them: `"a", "b"`.
    pub(crate) fn hosts(mut self, hosts: &str) -> Self {
        self.hosts = hosts.into();
        self
    }

    /// A line of `[log]` in place of `access = true`.
    pub(crate) fn log(mut self, line: &str) -> Self {
        self.log = line.into();
        self
    }

    /// A line of `[limits]`.
    pub(crate) fn limit(mut self, line: &str) -> Self {
        self.limits += &format!("{line}\n");
        self
    }

    /// A line of `[trust.staff]`.
    pub(crate) fn trust(mut self, line: &str) -> Self {
        self.trust += &format!("{line}\n");
        self
    }

    /// Another file beside it.
    pub(crate) fn file(mut self, name: &str, content: &str) -> Self {
        self.files.push((name.into(), content.into()));
        self
    }

    /// `soft`, `hard`, `optional` or `off`.
    pub(crate) fn mode(mut self, mode: &str) -> Self {
        let trust = if mode == "off" { "" } else { "trust = \"staff\", " };
        self.client = format!("{trust}mode = \"{mode}\"");
        self
    }

    /// The identity formats, as TOML has them, in place of `"nginx", "django"`.
    pub(crate) fn formats(mut self, formats: &str) -> Self {
        self.site = self.site.replace("\"nginx\", \"django\"", formats);
        self
    }

    /// A line of the site.
    pub(crate) fn site(mut self, line: &str) -> Self {
        self.site += &format!("\n{line}");
        self
    }

    /// Declares the trust of the partners.
    pub(crate) fn partners(mut self) -> Self {
        self.partners = true;
        self
    }

    /// The lines of one route.
    pub(crate) fn route(mut self, lines: &str) -> Self {
        self.routes += &format!("\n[[site.route]]\n{lines}\n");
        self
    }

    /// Another site with the same server certificate: its host, its `client`, its upstream.
    pub(crate) fn another(mut self, host: &str, client: &str, upstream: &str) -> Self {
        self.sites += &format!(
            "\n[[site]]\nhosts = [{host:?}]\ncertificate = \"server.pem\"\nkey = \"server.key\"\n\
             upstream = {upstream:?}\nclient = {{ {client} }}\nidentity_headers = [\"nginx\"]\n"
        );
        self
    }

    /// The file.
    pub(crate) fn text(&self) -> String {
        let Self {
            listen,
            admin,
            limits,
            log,
            trust,
            hosts,
            upstream,
            client,
            site,
            routes,
            sites,
            partners,
            files: _,
        } = self;
        let partners =
            if *partners || sites.contains("partners") { "[trust.partners]\nca = [\"partners.pem\"]\n" } else { "" };
        let staff = if client.contains("staff") || sites.contains("staff") {
            format!("[trust.staff]\nca = [\"staff.pem\"]\n{trust}")
        } else {
            String::new()
        };
        format!(
            "[listen]\nhttps = [\"{listen}\"]\nworkers = 2\n{admin}[log]\nformat = \"json\"\n{log}\n[limits]\n{limits}\n\
             {staff}{partners}\
             [[site]]\nhosts = [{hosts}]\ncertificate = \"server.pem\"\nkey = \"server.key\"\nupstream = \"{upstream}\"\n\
             client = {{ {client} }}\n{site}\n{routes}{sites}"
        )
    }

    /// Writes it with the files that it names.
    pub(crate) fn write(&self) -> (TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let pki = pki();
        let files = self.files.iter().map(|(name, content)| (name.as_str(), content.as_str()));
        let (text, server) = (self.text(), pki.server.chain_pem());
        let usual = [
            ("countersign.toml", text.as_str()),
            ("server.pem", &server),
            ("server.key", &pki.server.key_pem),
            ("staff.pem", &pki.staff.certificate().pem),
            ("partners.pem", &pki.partners.certificate().pem),
        ];
        for (name, content) in usual.into_iter().chain(files) {
            let path = dir.path().join(name);
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let path = dir.path().join("countersign.toml");
        (dir, path)
    }
}
