//! The assertion: the signed statement about client, intent and request that the gateway puts on
//! every request that it forwards, and the check of one. `docs/assertion.md` is the contract.
//!
//! - [`KeySet`]: the keys of a site, read from and written as a JWK Set; which of them signs when.
//! - [`Minter`]: makes assertions; what a connection does not change is prepared once.
//! - [`Verifier`]: refuses whatever is not exactly what it was told to expect, each time with a
//!   [`Code`]. Algorithm, keys, issuer and audience come from its configuration, never from the token.
//!
//! Invariants
//! - The signature is checked before any claim is read, by `aws-lc-rs`, in constant time.
//! - No text that anybody can send panics, or is held in more memory than 16 KiB need.
//! - Secrets are in [`KeySet`] alone; no error and no `Debug` shows them.
//!
//! No I/O, no clock, no runtime: files are read by whoever has them, time is an argument.

mod algorithm;
mod base64url;
mod binding;
mod claims;
mod error;
mod json;
mod keys;
mod mint;
mod replay;
mod verify;

pub use algorithm::Algorithm;
pub use binding::{RequestFacts, binding};
pub use claims::{
    Bound, Certificate, Claims, ClientClaims, ClientFacts, ConnectionFacts, Intent, Names, Revocation, TlsFacts,
    TlsVersion,
};
pub use error::{CODES, Code, VerifyError};
pub use keys::{Key, KeyError, KeySet, KeyState};
pub use mint::{MintError, Minter, Mode, Prepared, RequestClaims};
pub use replay::{MemoryReplayCache, ReplayCache};
pub use verify::Verifier;

/// The header that bears it.
pub const HEADER: &str = "countersign-assertion";
/// The life of an assertion, in seconds.
pub const LIFE: i64 = 30;
/// The longest life that a verifier accepts, in seconds.
pub const LONGEST_LIFE: i64 = 60;
/// How far two clocks may differ, in seconds.
pub const SKEW: i64 = 5;
/// The longest assertion that a verifier reads, in bytes.
pub const LONGEST: usize = 16 << 10;
/// How long before its use a new key is written, so that every app has read it by then, in seconds.
pub const LEAD: i64 = 600;
/// How long a superseded key stays, so that what it signed can still be verified, in seconds.
pub const OVERLAP: i64 = 120;

const TYPE: &str = "countersign+jwt";
