//! `countersign_core::django` beside Django: verdict and sentence.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test ends at the first surprise")]
#![allow(clippy::print_stderr, reason = "what was compared")]

mod case;
mod generate;
#[path = "../installed/mod.rs"]
mod installed;
mod live;
#[path = "../form/random.rs"]
mod random;
mod recorded;
mod suite;
