//! (being written)
pub mod pki;
