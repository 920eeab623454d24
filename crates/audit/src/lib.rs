//! Findings, and how they are reported.
//!
//! What `countersign probe` finds at a running site is a [`Finding`], so that one baseline, one SARIF
//! writer and one `--fail-on` serve every tester. This crate reads no network.

pub mod baseline;
mod finding;
pub mod sarif;

pub use self::finding::{Confidence, Finding, Severity};
