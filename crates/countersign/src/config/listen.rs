//! `[listen]`, `[log]` and `[state]`.

use std::{net::SocketAddr, path::PathBuf};

use super::{
    admin,
    section::{Field, Section},
};

/// What is logged, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// For people or for programs.
    pub format: LogFormat,
    /// Whether permitted requests are logged too.
    pub access: bool,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

const HELP: &str = "write [listen] with https = [\"[::]:8443\"]";

/// Where the gateway listens.
pub(super) struct Listen {
    /// At least one.
    pub(super) https: Vec<SocketAddr>,
    /// Those that redirect.
    pub(super) http: Vec<SocketAddr>,
    pub(super) admin: Option<SocketAddr>,
    /// 0: one per core.
    pub(super) workers: usize,
}

pub(super) fn listen(root: &Section<'_>) -> Option<Listen> {
    root.required("listen", HELP)?;
    let section = root.table("listen")?;
    let field = section.required("https", "write https = [\"[::]:8443\"]");
    let https = field.map(https).unwrap_or_default();
    let http = section.field("http").map(|field| http(field, &https)).unwrap_or_default();
    let admin = admin::read(&section, &https, &http);
    let workers = section.number("workers").and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    field.map(|_| Listen { https, http, admin, workers })
}

fn https(field: &Field<'_>) -> Vec<SocketAddr> {
    if field.items().is_empty() {
        field.error("there is no address to listen on", HELP);
    }
    addresses(field)
}

fn http(field: &Field<'_>, https: &[SocketAddr]) -> Vec<SocketAddr> {
    let addresses = addresses(field);
    for (address, item) in addresses.iter().zip(field.items()) {
        if let Some(taken) = https.iter().find(|https| admin::overlap(**https, *address)) {
            item.error(format!("{address} is taken: https listens on {taken}"), "give http a port of its own");
        }
    }
    addresses
}

fn addresses(field: &Field<'_>) -> Vec<SocketAddr> {
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for item in field.items() {
        match item.text().parse::<SocketAddr>() {
            Ok(address) if address.port() != 0 && addresses.contains(&address) => {
                item.error(format!("{address} is listed twice"), "remove one of the two");
            }
            Ok(address) => addresses.push(address),
            Err(_) => not_an_address(&item),
        }
    }
    addresses
}

fn not_an_address(item: &Field<'_>) {
    let text = item.text();
    let port = |port: &str| !port.is_empty() && port.parse::<u16>().is_ok();
    let help = match text.rsplit_once(':') {
        None if port(text) => format!("write \"[::]:{text}\" for all addresses, or \"127.0.0.1:{text}\""),
        Some(("" | "*", p)) if port(p) => format!("write \"[::]:{p}\" for all addresses, or \"127.0.0.1:{p}\""),
        Some(("localhost", p)) if port(p) => {
            format!("names are not looked up: write \"127.0.0.1:{p}\" and \"[::1]:{p}\"")
        }
        _ if text.parse::<std::net::Ipv6Addr>().is_ok() => {
            format!("write an IPv6 address in brackets: \"[{text}]:8443\"")
        }
        _ if text.parse::<std::net::Ipv4Addr>().is_ok() => format!("add a port: \"{text}:8443\""),
        _ => "write an IP address and a port: \"[::]:8443\", \"127.0.0.1:8443\", or port 0 for a free one".into(),
    };
    item.error(format!("{text:?} is no address with a port"), help);
}

pub(super) fn log(root: &Section<'_>) -> LogConfig {
    let section = root.table("log");
    let section = section.as_ref();
    let format = match section.and_then(|s| s.field("format")).map(Field::text) {
        Some("json") => LogFormat::Json,
        _ => LogFormat::Text,
    };
    LogConfig { format, access: section.and_then(|s| s.flag("access")).unwrap_or(true) }
}

pub(super) fn state(root: &Section<'_>) -> PathBuf {
    let section = root.table("state");
    match section.as_ref().and_then(|s| s.field("dir")) {
        Some(field) if field.text().is_empty() => {
            field.error("the path of the state directory is empty", "write dir = \"state\"");
            PathBuf::new()
        }
        Some(field) => root.cx.resolve(field.text()),
        None => root.cx.resolve("state"),
    }
}
