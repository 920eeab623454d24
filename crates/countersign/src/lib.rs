//! The parts of the `countersign` command; `main.rs` parses, dispatches and prints.

pub mod audit;
pub mod check;
pub mod config;
pub mod dev;
pub mod diagnostic;
pub mod explain;
pub mod key;
pub mod logging;
pub mod metrics;
pub mod pki;
pub mod probe;
mod progress;
mod reload;
pub mod report;
pub mod run;
pub mod suggest;

#[cfg(test)]
mod snapshot;
