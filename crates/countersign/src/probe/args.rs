//! The command line of `countersign probe`.

use std::{net::ToSocketAddrs, path::PathBuf, time::Duration};

use countersign_audit::Severity;
use countersign_probe::{Pace, Site, Target};

use super::inventory;
use crate::report::Report;

/// What `countersign probe` is told.
#[derive(Clone, Debug, clap::Args)]
#[command(
    after_help = "Attack only what you own or were asked to test. Exit codes: 0 no findings, 1 findings, 2 a wrong \
command line, 3 the site does not answer an honest request."
)]
pub struct ProbeArgs {
    /// The site, an https URL; its path is the page that is opened first
    #[arg(value_name = "URL")]
    pub url: Option<String>,
    /// The client certificate that attacks ride on, PEM, with any CAs above it
    #[arg(long, value_name = "FILE", help_heading = "Certificates")]
    pub cert: Option<PathBuf>,
    /// Its key, PEM, unencrypted
    #[arg(long, value_name = "FILE", help_heading = "Certificates")]
    pub key: Option<PathBuf>,
    /// CAs that the site's own certificate may come from; the system's if not given
    #[arg(long, value_name = "FILE", help_heading = "Certificates")]
    pub cacert: Option<PathBuf>,
    /// Accept any certificate of the site
    #[arg(short = 'k', long, help_heading = "Certificates")]
    pub insecure: bool,
    /// Another person's certificate: whether sessions and tokens are bound
    #[arg(long, value_name = "FILE", requires = "second_key", help_heading = "Certificates")]
    pub second_cert: Option<PathBuf>,
    /// Its key
    #[arg(long, value_name = "FILE", requires = "second_cert", help_heading = "Certificates")]
    pub second_key: Option<PathBuf>,
    /// A certificate that was revoked
    #[arg(long, value_name = "FILE", requires = "revoked_key", help_heading = "Certificates")]
    pub revoked_cert: Option<PathBuf>,
    /// Its key
    #[arg(long, value_name = "FILE", requires = "revoked_cert", help_heading = "Certificates")]
    pub revoked_key: Option<PathBuf>,
    /// The CA that issues client certificates (a test CA): expired and misused ones are made with it
    #[arg(long, value_name = "FILE", requires = "issuing_ca_key", help_heading = "Certificates")]
    pub issuing_ca_cert: Option<PathBuf>,
    /// Its key
    #[arg(long, value_name = "FILE", requires = "issuing_ca_cert", help_heading = "Certificates")]
    pub issuing_ca_key: Option<PathBuf>,

    /// I own this site or was asked to test it; needed for all but loopback addresses
    #[arg(long, help_heading = "Limits")]
    pub i_am_authorized: bool,
    /// Send what changes state, not a marker that the app ignores
    #[arg(long, requires = "endpoint", help_heading = "Limits")]
    pub unsafe_methods: bool,
    /// Requests per second; 0 is no limit
    #[arg(long, value_name = "N", default_value_t = 20, help_heading = "Limits")]
    pub rate: u32,
    /// Seconds to wait for an answer
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, help_heading = "Limits")]
    pub timeout: f32,
    /// Seconds after which a request counts as hanging
    #[arg(long, value_name = "SECONDS", default_value_t = 3.0, help_heading = "Limits")]
    pub hang: f32,
    /// Dial this address in place of the host's
    #[arg(long, value_name = "HOST:PORT", help_heading = "Limits")]
    pub connect_to: Option<String>,

    /// A page for people, that sets the CSRF cookie [default: the URL's path]
    #[arg(long, value_name = "PATH", help_heading = "The site")]
    pub page: Option<String>,
    /// A page that shows who is signed in [default: --page]
    #[arg(long, value_name = "PATH", help_heading = "The site")]
    pub whoami: Option<String>,
    /// What takes a write, safely [default: the first form of --page]
    #[arg(long, value_name = "PATH", help_heading = "The site")]
    pub endpoint: Option<String>,
    /// How it is asked
    #[arg(long, default_value = "POST", help_heading = "The site")]
    pub method: String,
    /// A field of its form; {canary} stands for a new word in each request
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, help_heading = "The site")]
    pub field: Vec<(String, String)>,
    /// A JSON body instead; {canary} likewise
    #[arg(long, value_name = "JSON", conflicts_with = "field", help_heading = "The site")]
    pub json: Option<String>,
    /// A page that shows what was written: with --unsafe-methods, what is stored decides
    #[arg(long, value_name = "PATH", help_heading = "The site")]
    pub read_back: Option<String>,
    /// A cookie to send along, of a session for example
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, help_heading = "The site")]
    pub cookie: Vec<(String, String)>,
    /// A login form, beside the certificate
    #[arg(long, value_name = "PATH", help_heading = "The site")]
    pub login: Option<String>,
    /// What it is told
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, requires = "login", help_heading = "The site")]
    pub login_field: Vec<(String, String)>,
    /// A WebSocket
    #[arg(long, value_name = "PATH", help_heading = "The site")]
    pub websocket: Option<String>,
    /// A path without a CSRF check
    #[arg(long, value_name = "PATH", help_heading = "The site")]
    pub exempt: Vec<String>,
    /// What `manage.py countersign inventory --format json` wrote: its exempt paths
    #[arg(long, value_name = "FILE", help_heading = "The site")]
    pub inventory: Option<PathBuf>,
    /// A header that the app reads the identity from, beside the known ones
    #[arg(long, value_name = "NAME", help_heading = "The site")]
    pub identity_header: Vec<String>,
    /// The origin of another site that may write here
    #[arg(long, value_name = "ORIGIN", help_heading = "The site")]
    pub trusted_origin: Vec<String>,
    /// Another site at the same address
    #[arg(long, value_name = "HOST", help_heading = "The site")]
    pub other_host: Option<String>,
    /// Where http is served [default: port 80, if https is at 443]
    #[arg(long, value_name = "HOST:PORT", help_heading = "The site")]
    pub plain_http: Option<String>,
    /// The name of the CSRF cookie
    #[arg(long, value_name = "NAME", default_value = "csrftoken", help_heading = "The site")]
    pub csrf_cookie: String,
    /// The name of its header
    #[arg(long, value_name = "NAME", default_value = "X-CSRFToken", help_heading = "The site")]
    pub csrf_header: String,
    /// The name of its form field
    #[arg(long, value_name = "NAME", default_value = "csrfmiddlewaretoken", help_heading = "The site")]
    pub csrf_field: String,
    /// The name of the session cookie
    #[arg(long, value_name = "NAME", default_value = "sessionid", help_heading = "The site")]
    pub session_cookie: String,

    /// Attack with an installed browser too, which is given the certificate
    #[arg(long, value_enum, help_heading = "Cases")]
    pub browser: Option<BrowserName>,
    /// Only this case
    #[arg(long, value_name = "CASE", help_heading = "Cases")]
    pub only: Vec<String>,
    /// Not this case
    #[arg(long, value_name = "CASE", help_heading = "Cases")]
    pub skip: Vec<String>,
    /// Only cases of this class
    #[arg(long, value_name = "CLASS", value_delimiter = ',', help_heading = "Cases")]
    pub class: Vec<String>,
    /// List the cases
    #[arg(long, help_heading = "Cases")]
    pub list_cases: bool,

    /// How to answer
    #[arg(long, value_enum, default_value_t, help_heading = "Report")]
    pub format: ProbeFormat,
    /// Write the report there
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub output: Option<PathBuf>,
    /// The table alone
    #[arg(short, long, help_heading = "Report")]
    pub quiet: bool,
    /// Findings that are known: they are shown, and don't fail
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub baseline: Option<PathBuf>,
    /// Write what was found there
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub write_baseline: Option<PathBuf>,
    /// The least severity that makes the exit code 1
    #[arg(long, value_name = "SEVERITY", default_value = "low", value_parser = severity, help_heading = "Report")]
    pub fail_on: Severity,
}

/// An installed browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum BrowserName {
    /// Needs root, for a policy that chooses the certificate.
    Chromium,
    /// Also as ESR.
    Firefox,
}

/// How it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ProbeFormat {
    /// A table, for people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For code scanning.
    Sarif,
    /// For a merge request.
    Markdown,
    /// One page, for a browser or a phone.
    Html,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.into(), value.into()))
}

fn severity(text: &str) -> Result<Severity, String> {
    text.parse()
}

impl ProbeArgs {
    /// What the site is.
    pub(super) fn site(&self, target: &Target) -> Result<Site, Report> {
        let page = self.page.clone().unwrap_or_else(|| target.path.clone());
        let mut exempt = self.exempt.clone();
        if let Some(file) = &self.inventory {
            exempt.extend(inventory::exempt(&super::read(file)?).map_err(|error| super::unusable(file, &error))?);
        }
        exempt.dedup();
        let paths = [
            Some(&page),
            self.whoami.as_ref(),
            self.endpoint.as_ref(),
            self.read_back.as_ref(),
            self.login.as_ref(),
            self.websocket.as_ref(),
        ];
        for path in paths.into_iter().flatten().chain(&exempt) {
            if !path.starts_with('/') {
                return Err(Report::usage(format!("invalid path {path:?}: expected one that begins with a slash")));
            }
        }
        if let Some(json) = &self.json
            && let Err(error) = serde_json::from_str::<serde_json::Value>(json)
        {
            return Err(Report::usage(format!("--json is no JSON: {error}")));
        }
        let plain_http = self.plain_http.as_ref().map(|address| {
            let found = address.to_socket_addrs().ok().and_then(|mut found| found.next());
            let found =
                found.ok_or_else(|| Report::usage(format!("invalid --plain-http {address:?}: expected HOST:PORT")))?;
            if found.ip() == target.address.ip() {
                Ok(found)
            } else {
                Err(Report::usage(format!(
                    "--plain-http {address:?} is not the site's address {}",
                    target.address.ip()
                )))
            }
        });
        Ok(Site {
            whoami: self.whoami.clone().unwrap_or_else(|| page.clone()),
            endpoint: self.endpoint.clone(),
            page,
            method: self.method.to_ascii_uppercase(),
            fields: self.field.clone(),
            json: self.json.clone(),
            read_back: self.read_back.clone(),
            cookies: self.cookie.clone(),
            login: self.login.clone(),
            login_fields: self.login_field.clone(),
            websocket: self.websocket.clone(),
            exempt,
            csrf_cookie: self.csrf_cookie.clone(),
            csrf_header: self.csrf_header.clone(),
            csrf_field: self.csrf_field.clone(),
            session_cookie: self.session_cookie.clone(),
            trusted_origins: self.trusted_origin.clone(),
            identity_headers: self.identity_header.clone(),
            other_host: self.other_host.clone(),
            plain_http: plain_http.transpose()?,
            unsafe_methods: self.unsafe_methods,
        })
    }

    pub(super) fn pace(&self) -> Pace {
        let seconds = |value: f32| {
            Duration::try_from_secs_f32(value).unwrap_or(Duration::from_secs(10)).max(Duration::from_millis(100))
        };
        Pace { rate: self.rate, timeout: seconds(self.timeout), hang: seconds(self.hang) }
    }

    /// How `curl` is told the same.
    pub(super) fn trust_words(&self) -> Vec<String> {
        match (&self.cacert, self.insecure) {
            (_, true) => vec!["-k".into()],
            (Some(file), false) => vec!["--cacert".into(), file.display().to_string()],
            (None, false) => Vec::new(),
        }
    }
}
