//! Reviews a Django project, its proxy, and the seam between them, without running either.
//!
//! `countersign audit` is its command line. A [`Check`] looks for one thing; [`audit()`] reads what lies in a
//! folder and runs them all. What the environment or unread code decides is unknown, and no check guesses at
//! it. What is found is a [`Finding`], which `countersign probe` reports as well: one baseline, one SARIF
//! writer and one `--fail-on` serve both.
//!
//! **Invariants**: files are read, nothing is run, no network is reached, links are not followed.

mod apache;
mod audience;
mod audit;
pub mod baseline;
mod caddy;
mod check;
mod checks;
mod directive;
pub mod docs;
mod envoy;
mod exemption;
mod facts;
mod finding;
pub mod fix;
mod haproxy;
#[cfg(test)]
mod hostile;
mod kubernetes;
mod line;
mod nginx;
mod project;
mod proxy;
mod python;
pub mod report;
mod request;
mod requirements;
pub mod sarif;
mod server;
mod settings;
mod source;
mod traefik;
mod tree;

pub use self::{
    audit::{Results, audit, audit_told},
    check::{Check, Side},
    checks::CHECKS,
    finding::{Confidence, Edit, Finding, Mark, Severity},
    project::ReadError,
};
