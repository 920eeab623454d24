//! The parts of the `countersign` command: configuration, diagnostics, and the commands that need
//! no network.

pub mod check;
pub mod config;
pub mod diagnostic;
pub mod explain;
pub mod report;
