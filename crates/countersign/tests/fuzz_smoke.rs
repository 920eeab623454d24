//! The fuzz targets of this crate, on a stable compiler; `fuzz/stable` says how.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]
#![allow(unreachable_pub, missing_docs, reason = "the targets are public in their own crate")]

#[path = "../../../fuzz/targets/config.rs"]
mod config;
#[path = "../../../fuzz/targets/crl.rs"]
mod crl;
#[path = "../../../fuzz/stable/mod.rs"]
mod stable;

#[test]
fn crl_keeps_its_invariants() {
    stable::run("crl", crl::crl, 10_000);
}

#[test]
fn config_keeps_its_invariants() {
    stable::run("config", config::config, 3_000);
}
