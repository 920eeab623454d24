//! What the process tests stand on: certificates, the gateway as a process, an app that does what
//! it is told, and clients that can say anything.
//!
//! Nothing here sleeps to be safe: whatever has to be waited for is waited for until
//! [`patience::PATIENCE`] is over.

pub(crate) mod admin;
pub(crate) mod bank;
pub(crate) mod client;
pub(crate) mod command;
pub(crate) mod config;
pub(crate) mod crl;
pub(crate) mod echo;
pub(crate) mod exposition;
pub(crate) mod gateway;
pub(crate) mod http2;
pub(crate) mod log;
pub(crate) mod patience;
pub(crate) mod pki;
pub(crate) mod response;
pub(crate) mod spellings;
pub(crate) mod target;
pub(crate) mod twin;
pub(crate) mod upstream;
pub(crate) mod venv;
pub(crate) mod websocket;

pub(crate) use self::{
    admin::Admin,
    client::{Connection, TlsClient},
    config::Config,
    gateway::Gateway,
    http2::Http2,
    response::Response,
    upstream::Upstream,
};

/// The name of the site in most tests.
pub(crate) const HOST: &str = "app.example.com";
/// Its origin.
pub(crate) const ORIGIN: &str = "https://app.example.com";
