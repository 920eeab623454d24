//! CA, certificates and configuration of `dev`, made once and made anew when they near their end.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::SystemTime,
};

use countersign_core::UnixTime;
use countersign_gateway::Upstream;
use rustls::pki_types::{CertificateDer, pem::PemObject};

use super::DevArgs;
use crate::pki::{Authority, ClientRequest, Password, PkiError, ServerRequest};

const DAYS: u32 = 365;
const CA_DAYS: u32 = 3_650;
/// Certificates that end sooner are made anew.
const MARGIN: i64 = 7 * 86_400;

/// The files of one directory.
#[derive(Clone, Debug)]
pub struct Material {
    /// The CA's certificate.
    pub ca: PathBuf,
    /// The client's certificate.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// Both, for a browser.
    pub p12: PathBuf,
    /// The password of `p12`.
    pub password: PathBuf,
    /// The configuration.
    pub config: PathBuf,
    server: PathBuf,
    server_key: PathBuf,
}

/// Why the material is not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MaterialError {
    /// A file or directory.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A name for a certificate.
    #[error(transparent)]
    Pki(#[from] PkiError),
}

impl Material {
    /// Makes what is missing in the directory, and the configuration always.
    ///
    /// # Errors
    /// [`MaterialError`] for what cannot be written, or named in a certificate.
    pub fn prepare(args: &DevArgs, upstream: &Upstream, now: SystemTime) -> Result<Self, MaterialError> {
        let dir = args.directory();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&dir)
            .map_err(|source| MaterialError::Write { path: dir.clone(), source })?;
        let dir = dir.canonicalize().map_err(|source| MaterialError::Write { path: dir.clone(), source })?;
        let at = |name: &str| dir.join(name);
        let material = Self {
            ca: Authority::certificate_path(&dir),
            cert: at("client.pem"),
            key: at("client.key"),
            p12: at("client.p12"),
            password: at("client.p12.password"),
            config: at("countersign.toml"),
            server: at("server.pem"),
            server_key: at("server.key"),
        };
        material.certificates(&dir, args, now)?;
        write(&material.config, material.configuration(args, upstream).as_bytes())?;
        Ok(material)
    }

    fn certificates(&self, dir: &Path, args: &DevArgs, now: SystemTime) -> Result<(), MaterialError> {
        let fresh = |path: &Path| remaining(path, now).is_some_and(|left| left > MARGIN);
        if !fresh(&self.ca) {
            for path in [self.ca.clone(), Authority::key_path(dir)] {
                remove(&path)?;
            }
            Authority::create(&format!("countersign dev {}", args.client_name()), CA_DAYS, now)?.save(dir)?;
            // What the old one issued is worth nothing now.
            remove(&self.server)?;
            remove(&self.cert)?;
        }
        let ca = Authority::load(dir)?;
        let (server, client) = (server(args), client(args));
        if !fresh(&self.server) || !names(&self.server, &server.names) {
            let issued = ca.issue_server(&server, now)?;
            write(&self.server, issued.chain_pem().as_bytes())?;
            write(&self.server_key, issued.key_pem.as_bytes())?;
        }
        if !fresh(&self.cert) || !subject(&self.cert).contains(&client.name) {
            let issued = ca.issue_client(&client, now)?;
            let password = Password::random()?;
            write(&self.cert, issued.chain_pem().as_bytes())?;
            write(&self.key, issued.key_pem.as_bytes())?;
            write(&self.p12, &issued.pkcs12(&client.name, &password)?)?;
            write(&self.password, format!("{}\n", password.reveal()).as_bytes())?;
        }
        Ok(())
    }

    fn configuration(&self, args: &DevArgs, upstream: &Upstream) -> String {
        let hosts = server(args).names.into_iter().map(|name| match name.parse::<std::net::Ipv6Addr>() {
            Ok(_) => format!("[{name}]"),
            Err(_) => name,
        });
        let hosts: Vec<String> = hosts.map(|host| format!("{host:?}")).collect();
        let mut text = format!(
            "# Written by `countersign dev`, anew at each start: copy it before you change it.\n\
             [listen]\n\
             https = [{listen:?}]\n\n\
             [trust.dev]\n\
             ca = [\"ca.pem\"]\n\n\
             [[site]]\n\
             hosts = [{hosts}]\n\
             certificate = \"server.pem\"\n\
             key = \"server.key\"\n\
             upstream = {upstream:?}\n\
             client = {{ trust = \"dev\", mode = \"soft\" }}\n\
             identity_headers = [\"nginx\", \"django\"]\n",
            listen = args.listen.to_string(),
            hosts = hosts.join(", "),
            upstream = upstream.to_string(),
        );
        if !args.machine.is_empty() {
            text.push_str("\n[[site.route]]\npath = \"/\"\n");
            for path in &args.machine {
                text.push_str(&format!("\n[[site.route]]\npath = {path:?}\naudience = \"machine\"\n"));
            }
        }
        text
    }
}

fn server(args: &DevArgs) -> ServerRequest {
    let mut names = vec!["localhost".into(), "127.0.0.1".into(), "::1".into()];
    names.extend(
        args.hosts.iter().filter(|host| !["localhost", "127.0.0.1", "::1", "[::1]"].contains(&host.as_str())).cloned(),
    );
    ServerRequest { names, days: DAYS }
}

fn client(args: &DevArgs) -> ClientRequest {
    ClientRequest { name: args.client_name(), days: DAYS, ..ClientRequest::default() }
}

fn read(path: &Path) -> Option<countersign_gateway::Facts> {
    let der = CertificateDer::from_pem_file(path).ok()?;
    countersign_gateway::read_certificate(&der).ok()
}

/// Seconds left to the certificate in this file.
fn remaining(path: &Path, now: SystemTime) -> Option<i64> {
    let UnixTime(end) = read(path)?.identity.not_after;
    let now = i64::try_from(now.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs()).ok()?;
    Some(end - now)
}

fn names(path: &Path, wanted: &[String]) -> bool {
    let Some(facts) = read(path) else { return false };
    let sans = facts.identity.sans;
    wanted.iter().all(|name| sans.dns.contains(name) || sans.ip.contains(name))
}

fn subject(path: &Path) -> String {
    read(path).map(|facts| facts.identity.subject).unwrap_or_default()
}

/// Replaced as a whole, readable for its owner alone.
fn write(path: &Path, content: &[u8]) -> Result<(), MaterialError> {
    let error = |source| MaterialError::Write { path: path.to_owned(), source };
    remove(path)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(error)?;
    file.write_all(content).map_err(error)
}

fn remove(path: &Path) -> Result<(), MaterialError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(MaterialError::Write { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}
