//! What the identity formats write, read back as their readers read it.
//!
//! `vectors`: golden values in `testdata/identity`. `properties`: random names, built to break out
//! of their fields. `readers`: the readers of both. `page`: `docs/identity-headers.md`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test ends at the first surprise"
)]

mod page;
mod properties;
mod readers;
mod told;
mod vectors;
