//! `countersign dev`: a mutual TLS site for one's own app on a laptop, in one command.
//!
//! Makes a throw-away CA, a server and a client certificate and a configuration file in one
//! directory, then runs that configuration as `run` would: what is seen here is what the same file
//! does elsewhere. The directory is kept, so that the certificate has to be imported once; the
//! private key of the CA lies in it and must never be trusted for anything else.

mod command;
mod material;

use std::{io, net::SocketAddr, path::PathBuf};

use countersign_gateway::{Upstream, UpstreamError};

pub use command::{Command, CommandError};
pub use material::{Material, MaterialError};

use crate::key::KeyFile;

/// What `countersign dev` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct DevArgs {
    /// Where the app listens: HOST:PORT, http://HOST:PORT or unix:/PATH
    #[arg(long, value_name = "ADDR", required_unless_present = "command")]
    pub upstream: Option<String>,
    /// Where to listen
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443")]
    pub listen: SocketAddr,
    /// More host names beside localhost, 127.0.0.1 and ::1
    #[arg(long = "host", value_name = "NAME")]
    pub hosts: Vec<String>,
    /// Paths for machine clients, such as /api/
    #[arg(long = "machine", value_name = "PATH")]
    pub machine: Vec<String>,
    /// The name in the client certificate [default: $USER, or developer]
    #[arg(long, value_name = "NAME")]
    pub client: Option<String>,
    /// Where to keep CA, certificates and configuration [default: $XDG_STATE_HOME/countersign-dev]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Start the app as well: {port} in an argument, and PORT in its environment, stand for a free port;
    /// COUNTERSIGN_KEYS in its environment names the file that verifies assertions
    #[arg(last = true, value_name = "CMD")]
    pub command: Vec<String>,
}

impl DevArgs {
    /// The directory to use.
    #[must_use]
    pub fn directory(&self) -> PathBuf {
        self.dir.clone().unwrap_or_else(|| {
            let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
            let state =
                std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute()).or_else(home);
            state.unwrap_or_else(|| PathBuf::from(".")).join("countersign-dev")
        })
    }

    /// What the app verifies assertions with. The gateway makes it, later than the app starts: it is
    /// where the gateway has its state unless told otherwise, under the first host of the site.
    ///
    /// # Errors
    /// The current directory is unknown.
    pub fn keys(&self) -> io::Result<PathBuf> {
        std::path::absolute(self.directory().join("state/assertion/localhost.jwks"))
    }

    /// The name in the client certificate.
    #[must_use]
    pub fn client_name(&self) -> String {
        self.client.clone().or_else(|| std::env::var("USER").ok()).unwrap_or_else(|| "developer".into())
    }

    /// The upstream, with `http://` understood.
    ///
    /// # Errors
    /// [`UpstreamError`] for what is no address.
    pub fn upstream(&self) -> Option<Result<Upstream, UpstreamError>> {
        let text = self.upstream.as_deref()?;
        let has_scheme = text.contains("://") || text.starts_with("unix:");
        Some(if has_scheme { text.parse() } else { format!("http://{text}").parse() })
    }
}

/// What a person needs to know to use the site.
#[must_use]
pub fn greeting(material: &Material, address: SocketAddr, upstream: &Upstream, keys: Option<&KeyFile>) -> String {
    let Material { ca, cert, key, p12, password, config, .. } = material;
    let port = address.port();
    let url = format!("https://localhost:{port}/");
    let keys = keys.map(|keys| format!("assertion    {} verifies it\n", keys.for_app().display())).unwrap_or_default();
    format!(
        "site         {url}  →  {upstream}\n\
         curl         curl --cacert {ca} --cert {cert} --key {key} {url}\n\
         browser      import {p12} (password in {password})\n\
         \x20            and trust {ca} for web sites\n\
         {keys}\
         settings     {config}, a file for `countersign run`\n\
         stop         Ctrl-C\n",
        ca = ca.display(),
        cert = cert.display(),
        key = key.display(),
        p12 = p12.display(),
        password = password.display(),
        config = config.display(),
    )
}
