//! The fuzz targets of this crate, on a stable compiler; `fuzz/stable` says how.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at the first surprise"
)]
#![allow(unreachable_pub, missing_docs, reason = "the targets are public in their own crate")]

#[path = "../../../fuzz/targets/certificate.rs"]
mod certificate;
#[path = "../../../fuzz/targets/cookies.rs"]
mod cookies;
#[path = "../../../fuzz/stable/mod.rs"]
mod stable;

#[test]
fn certificate_keeps_its_invariants() {
    stable::run("certificate", certificate::certificate, 4_000);
}

#[test]
fn cookies_keep_their_invariants() {
    stable::run("cookies", cookies::cookies, 4_000);
}
