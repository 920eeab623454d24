//! `countersign key new` and `revoke`, and the part of `key list` that is about API keys.
//!
//! The key itself is all that `new` writes to standard output, so that a script can take it; what is to
//! know about it goes to standard error. No other command can show it.

use std::{
    collections::BTreeMap,
    fmt::Write,
    path::{Path, PathBuf},
};

use countersign_core::{ApiKeyId, ApiKeyRule, ApiKeyText, UnixTime};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339};

use super::file::{self, ApiKeyFile, ApiKeyFileError, Entry, LONGEST_NAME, MOST_SCOPE_BYTES, MOST_SCOPES};
use crate::{
    check::table,
    config::{self, Config},
    key::KeyFileError,
    report::{Format, Report},
};

/// `countersign key new`
#[derive(Clone, Debug, clap::Args)]
pub struct NewArgs {
    /// The configuration file
    #[arg(short, long, value_name = "FILE", default_value = "countersign.toml")]
    pub config: PathBuf,
    /// What it is for, as `scope` of a route's api_key has it; may be repeated
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    pub scopes: Vec<String>,
    /// What people call it; the app is told [default: its id]
    #[arg(long)]
    pub name: Option<String>,
    /// How long it counts: 90d, 12h, or until the first second of a day (UTC), 2027-01-31 [default: until revoked]
    #[arg(long, value_name = "TIME")]
    pub expires: Option<String>,
    /// The site that it is for, by its first host; may be repeated [default: all sites]
    #[arg(long = "site", value_name = "HOST")]
    pub sites: Vec<String>,
    /// Counts with this certificate alone (PEM), and not with the one that follows it
    #[arg(long, value_name = "FILE", conflicts_with = "identity")]
    pub bind_cert: Option<PathBuf>,
    /// Counts for this identity alone: a subject "CN=alice,O=Example", or TYPE:PATTERN with subject, issuer, dns,
    /// email, uri, ip or upn; may be repeated, then all must match
    #[arg(long = "bind-identity", value_name = "NAME", id = "identity")]
    pub identity: Vec<String>,
}

/// `countersign key revoke`
#[derive(Clone, Debug, clap::Args)]
pub struct RevokeArgs {
    /// The configuration file
    #[arg(short, long, value_name = "FILE", default_value = "countersign.toml")]
    pub config: PathBuf,
    /// The keys, by id: 0123abcd, or csk_0123abcd
    #[arg(value_name = "ID", required = true)]
    pub ids: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error("no random numbers can be had")]
    Random,
    #[error(transparent)]
    Write(#[from] KeyFileError),
    #[error("the file of API keys cannot be used: {0}")]
    Read(#[from] ApiKeyFileError),
}

impl Failure {
    fn report(&self) -> Report {
        let code = if matches!(self, Self::Usage(_)) { Report::USAGE } else { Report::FAILED };
        Report { stderr: format!("error: {self}\n"), code, ..Report::default() }
    }
}

/// Makes a key.
pub(in crate::key) fn new(args: &NewArgs, config: &Config, format: Format, now: UnixTime) -> Report {
    match made(args, config, now) {
        Ok((key, entry)) => {
            let path = &config.api_keys.path;
            match format {
                Format::Json => {
                    let mut record = record(&entry, now);
                    if let Some(members) = record.as_object_mut() {
                        members.insert("key".into(), key.reveal().into());
                        members.insert("file".into(), json!(path));
                    }
                    Report { stdout: format!("{record:#}\n"), ..Report::default() }
                }
                Format::Text => Report {
                    stdout: format!("{}\n", key.reveal()),
                    stderr: told(&entry, config, path),
                    code: Report::FINE,
                },
            }
        }
        Err(failure) => failure.report(),
    }
}

/// Takes keys back. An id that is not there changes nothing.
pub(in crate::key) fn revoke(args: &RevokeArgs, config: &Config, format: Format, now: UnixTime) -> Report {
    match revoked(args, &config.api_keys.path, now) {
        Ok(ids) => Report {
            stdout: match format {
                Format::Json => format!("{:#}\n", json!({ "revoked": ids })),
                Format::Text => ids.iter().fold(String::new(), |text, id| text + &format!("revoked {id}\n")),
            },
            ..Report::default()
        },
        Err(failure) => failure.report(),
    }
}

fn made(args: &NewArgs, config: &Config, now: UnixTime) -> Result<(ApiKeyText, Entry), Failure> {
    let mut entry = asked(args, config, now)?;
    let mut random = [0; 30];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| Failure::Random)?;
    let key = ApiKeyText::from_random(&random);
    entry.id = key.id().to_string();
    entry.sha256 = key.hash().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    if entry.name.is_empty() {
        entry.name.clone_from(&entry.id);
    }
    entry.key().map_err(|why| Failure::Usage(why.into()))?;
    let (entry, _) = ApiKeyFile::change(&config.api_keys.path, |entries| {
        if entries.iter().any(|other| other.id == entry.id) {
            return Err(Failure::Usage("two keys drew one id: run the command again".into()));
        }
        entries.push(entry.clone());
        Ok(entry)
    })?;
    Ok((key, entry))
}

/// The entry that the arguments ask for, without what is drawn by lot.
fn asked(args: &NewArgs, config: &Config, now: UnixTime) -> Result<Entry, Failure> {
    let usage = |message: String| Failure::Usage(message);
    if let Some(scope) = args.scopes.iter().find(|scope| !ApiKeyRule::is_scope(scope)) {
        return Err(usage(format!("{scope:?} is no scope: write 1 to 64 letters, digits and .:_/-")));
    }
    if args.scopes.len() > MOST_SCOPES || args.scopes.iter().map(String::len).sum::<usize>() > MOST_SCOPE_BYTES {
        return Err(usage(format!("a key has at most {MOST_SCOPES} scopes, of {MOST_SCOPE_BYTES} bytes together")));
    }
    let name = args.name.clone().unwrap_or_default();
    if name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(usage(format!("{name:?} is no name: write at most {LONGEST_NAME} bytes")));
    }
    let sites: Vec<String> = config.settings.sites.iter().map(|site| site.policy.name()).collect();
    if let Some(site) = args.sites.iter().find(|site| !sites.contains(site)) {
        return Err(usage(format!("there is no site {site:?}; the sites are {}", sites.join(", "))));
    }
    let expires = args.expires.as_deref().map(|text| end(text, now)).transpose()?;
    let certificate = args.bind_cert.as_deref().map(fingerprint).transpose()?;
    let identity = identity(&args.identity)?;
    let (scopes, sites) = (args.scopes.clone(), args.sites.clone());
    let (id, sha256) = (String::new(), String::new());
    Ok(Entry { id, name, scopes, sha256, created: now.0, expires, revoked: None, sites, certificate, identity })
}

/// `90d`, `12h`, a date or a time.
fn end(text: &str, now: UnixTime) -> Result<i64, Failure> {
    let life = |unit: char, seconds: i64| {
        let count: i64 = text.strip_suffix(unit)?.parse().ok()?;
        now.0.checked_add(count.checked_mul(seconds)?)
    };
    let date = || {
        let form = time::macros::format_description!("[year]-[month]-[day]");
        Date::parse(text, form).ok().map(|date| date.midnight().assume_utc().unix_timestamp())
    };
    let time = || OffsetDateTime::parse(text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp);
    let end = life('d', 86_400).or_else(|| life('h', 3_600)).or_else(date).or_else(time);
    match end {
        Some(end) if end > now.0 => Ok(end),
        Some(_) => Err(Failure::Usage(format!("a key that expires at {text:?} would never count"))),
        None => Err(Failure::Usage(format!("invalid time {text:?}: write 90d, 12h or 2027-01-31"))),
    }
}

/// SHA-256 of the first certificate of a file.
fn fingerprint(path: &Path) -> Result<String, Failure> {
    let certificates = config::certificates(path).map_err(Failure::Usage)?;
    let first = certificates.first().map(AsRef::<[u8]>::as_ref).unwrap_or_default();
    Ok(Sha256::digest(first).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}")))
}

fn identity(names: &[String]) -> Result<Option<BTreeMap<String, String>>, Failure> {
    const TYPES: [&str; 7] = ["subject", "issuer", "dns", "email", "uri", "ip", "upn"];
    let mut all = BTreeMap::new();
    for name in names {
        let (name_type, pattern) = match name.split_once(':') {
            Some((name_type, pattern)) if TYPES.contains(&name_type) => (name_type, pattern),
            _ if name.contains('=') => ("subject", name.as_str()),
            _ => {
                let message =
                    format!("{name:?} names nobody: write \"CN=alice,O=Example\", or uri:spiffe://example.com/x");
                return Err(Failure::Usage(message));
            }
        };
        if all.insert(name_type.to_owned(), pattern.to_owned()).is_some() {
            return Err(Failure::Usage(format!("two names of type {name_type}: write one, perhaps with a *")));
        }
    }
    if all.is_empty() {
        return Ok(None);
    }
    file::identity(&all).map_err(|why| Failure::Usage(why.into()))?;
    Ok(Some(all))
}

fn revoked(args: &RevokeArgs, path: &Path, now: UnixTime) -> Result<Vec<String>, Failure> {
    let mut ids = Vec::new();
    for text in &args.ids {
        // A whole key on a command line is one more place that it leaked to: not repeated here.
        let id: ApiKeyId = text.parse().map_err(|()| {
            Failure::Usage(
                "an id is what stands between the underscores of a key: countersign key revoke 0123abcd".into(),
            )
        })?;
        ids.push(id.to_string());
    }
    let (ids, _) = ApiKeyFile::change(path, |entries| {
        for id in &ids {
            match entries.iter_mut().find(|entry| entry.id == *id) {
                Some(entry) => entry.revoked = entry.revoked.or(Some(now.0)),
                None => {
                    let message = format!("there is no key {id}: countersign key list shows those that there are");
                    return Err(Failure::Usage(message));
                }
            }
        }
        Ok(ids)
    })?;
    Ok(ids)
}

/// What to know about a new key, for the person at the terminal.
fn told(entry: &Entry, config: &Config, path: &Path) -> String {
    let mut text = format!("key {} for {}, {}", entry.id, entry.scopes.join(", "), until(entry));
    if let Some(whose) = whose(entry) {
        text += &format!(", bound to {whose}");
    }
    text += "\nit is shown this once and kept nowhere: put it where the program finds it, and into no repository\n";
    // Writing to a String does not fail.
    let _ = writeln!(text, "{} has its hash; a running gateway takes it within a second", path.display());
    for scope in &entry.scopes {
        let mut headers: Vec<&str> = Vec::new();
        for route in config.settings.sites.iter().flat_map(|site| site.policy.routes.iter()) {
            if let Some(rule) = route.api_key.as_ref().filter(|rule| rule.scope() == scope) {
                headers.push(rule.shown());
            }
        }
        let _ = match headers.first() {
            Some(header) => writeln!(text, "send it as {header}: KEY"),
            None => writeln!(text, "note: no route asks for a key for {scope:?}"),
        };
    }
    text
}

fn until(entry: &Entry) -> String {
    entry.expires.map_or_else(|| "until it is revoked".into(), |end| format!("until {}", UnixTime(end)))
}

fn whose(entry: &Entry) -> Option<String> {
    Some(entry.key().ok()?.bound?.to_string())
}

/// The table of `key list`; nothing if there are no keys.
pub(in crate::key) fn text(file: &ApiKeyFile, now: UnixTime) -> String {
    if file.entries.is_empty() {
        return String::new();
    }
    let or = |list: &[String], nothing: &str| if list.is_empty() { nothing.into() } else { list.join(", ") };
    let rows: Vec<Vec<String>> = file
        .entries
        .iter()
        .map(|entry| {
            vec![
                entry.id.clone(),
                entry.name.clone(),
                or(&entry.scopes, "nothing"),
                entry.state(now).into(),
                entry.expires.map_or_else(|| "never".into(), |end| UnixTime(end).to_string()),
                or(&entry.sites, "all"),
                whose(entry).unwrap_or_else(|| "nobody".into()),
            ]
        })
        .collect();
    let head = ["api key", "name", "scopes", "state", "expires", "sites", "bound to"];
    format!("\n{}{}\n", table::render(&head, &rows), file.path.display())
}

/// The same for programs.
pub(in crate::key) fn json(file: &ApiKeyFile, now: UnixTime) -> Value {
    file.entries.iter().map(|entry| record(entry, now)).collect()
}

fn record(entry: &Entry, now: UnixTime) -> Value {
    json!({
        "id": entry.id, "name": entry.name, "scopes": entry.scopes, "state": entry.state(now),
        "created": entry.created, "expires": entry.expires, "revoked": entry.revoked, "sites": entry.sites,
        "bound_to": whose(entry),
    })
}
