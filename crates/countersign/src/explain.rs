//! being written

/// Stub.
#[derive(Clone, Debug, clap::Args)]
pub struct ExplainArgs {}
/// Stub.
#[must_use]
pub fn run(_: &ExplainArgs, _: countersign_core::UnixTime) -> crate::report::Report {
    crate::report::Report::default()
}
