//! The fuzz target of this crate, on a stable compiler; `fuzz/stable` says how.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]
#![allow(unreachable_pub, missing_docs, reason = "the targets are public in their own crate")]

#[path = "../../../fuzz/targets/assertion.rs"]
mod assertion;
#[path = "../../../fuzz/stable/mod.rs"]
mod stable;

#[test]
fn assertion_keeps_its_invariants() {
    stable::run("assertion", assertion::assertion, 20_000);
}
