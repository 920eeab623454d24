//! A certificate authority for a small team: `countersign ca`, `countersign dev`, and tests.
//!
//! What it decides: the shape of every certificate (`template`), which names may be in one
//! ([`San`], [`RequestError`]), and how long it lives (`validity`). Each of these modules says
//! what it refuses, and why.
//!
//! ```
//! # use std::time::SystemTime;
//! use countersign::pki::{Authority, ClientRequest};
//!
//! let now = SystemTime::now();
//! let ca = Authority::create("Example Client CA", 3650, now)?;
//! let name = "Ada Lovelace".to_owned();
//! let ada = ca.issue_client(&ClientRequest { name, days: 90, ..Default::default() }, now)?;
//! assert_eq!(ada.facts.subject, "CN=Ada Lovelace");
//! # Ok::<(), countersign::pki::PkiError>(())
//! ```

mod authority;
pub mod cli;
mod crl;
mod deviations;
mod error;
mod facts;
mod file_name;
mod host_name;
mod issued;
mod next;
mod password;
mod pkcs12;
mod random;
pub mod report;
mod request;
mod revocations;
mod san;
mod store;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod uri;
mod validity;

pub use authority::Authority;
pub use cli::CaCommand;
pub use crl::{CrlArgs, CrlReport, RevokeArgs};
pub use deviations::{Deviations, Usage};
pub use error::PkiError;
pub use facts::Facts;
pub use issued::{AuthorityCertificate, Issued};
pub use password::Password;
pub use pkcs12::pkcs12_of;
pub use report::{Answer, CaReport};
pub use request::{ClientRequest, MAX_DAYS, RequestError, ServerRequest};
pub use revocations::{Revocation, Why};
pub use san::{San, SanError};
